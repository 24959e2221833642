import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether SIPp is here. */
export const hasSipp = () => spawnSync('sipp', ['-v']).error === undefined;

const request = (method, cseq, extra = '') => `      ${method} sip:bench@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:caller@[local_ip]:[local_port]>;tag=[call_number]
      To: <sip:bench@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: ${cseq} ${method}
      Contact: <sip:caller@[local_ip]:[local_port]>
      Max-Forwards: 70${extra}`;

/** A call of SIPp's in G.711 that lasts so long; what it hears is sent back. */
const scenario = (holdMs) => `<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="a call">
  <send retrans="500"><![CDATA[
${request(
  'INVITE',
  1,
  `
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=caller 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 0
      a=rtpmap:0 PCMU/8000
`,
)}
  ]]></send>
  <recv response="100" optional="true" />
  <recv response="180" optional="true" />
  <recv response="200" rtd="true" />
  <send><![CDATA[
${request('ACK', 1, '\n      Content-Length: 0\n')}
  ]]></send>
  <pause milliseconds="${holdMs}" />
  <send retrans="500"><![CDATA[
${request('BYE', 2, '\n      Content-Length: 0\n')}
  ]]></send>
  <recv response="200" />
</scenario>
`;

/**
 * SIPp calls an endpoint.
 *
 * @param {object} plan
 * @param {number} plan.port of the endpoint on 127.0.0.1
 * @param {number} plan.calls how many in all
 * @param {number} plan.rate calls a second
 * @param {number} plan.holdMs how long each lasts
 * @returns {Promise<{ failed: number }>} resolves when all are over
 */
export function callersOf({ port, calls, rate, holdMs }) {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-callers-'));
  const file = join(folder, 'call.xml');
  writeFileSync(file, scenario(holdMs));
  const seconds = Math.ceil(calls / rate + holdMs / 1000) + 60;
  const args = ['-sf', file, '-m', calls, '-r', rate, '-l', calls, '-i', '127.0.0.1', '-mi', '127.0.0.1'];
  const child = spawn(
    'sipp',
    [...args, '-rtp_echo', '-nostdin', '-timeout', `${seconds}s`, '-timeout_error', '-nr', `127.0.0.1:${port}`].map(
      String,
    ),
    { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output = (output + chunk).slice(-20_000);
  });
  process.once('exit', () => child.kill());
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      rmSync(folder, { recursive: true, force: true });
      const failed = Number(/Failed call\s*\|\s*\d+\s*\|\s*(\d+)/.exec(output)?.[1] ?? Number.NaN);
      if (code === 0 || code === 1) resolve({ failed: code === 0 ? 0 : failed });
      else reject(new Error(`SIPp ended with ${code}.`));
    });
  });
}
