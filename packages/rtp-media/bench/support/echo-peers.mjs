// Native programs that send back the RTP they hear, as yardsticks of the benchmark of sessions.
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOST, sleep } from './session-load.mjs';

/** Each peer: its Debian package, what a call of it does, and how it is started. */
export const PEERS = {
  baresip: { program: 'baresip', package: 'baresip-core', does: 'baresip 1.0 echo', start: startBaresip },
  sipp: { program: 'sipp', package: 'sip-tester', does: 'SIPp rtp_echo, undecoded', start: startSipp },
};

export function isInstalled({ program }) {
  return spawnSync(program, ['-h'], { stdio: 'ignore', timeout: 5000 }).error?.code !== 'ENOENT';
}

/** CPU time a process has used, in µs (proc(5): utime and stime in ticks of 10 ms). */
export function cpuOfProcess(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function freePort() {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, HOST, resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port % 2 === 0 ? port : port + 1;
}

function started(command, args, folder) {
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore' });
  return {
    pid: child.pid,
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) {
        await new Promise((resolve) => child.once('exit', resolve));
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startSipp() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-sipp-'));
  const [port, media] = [await freePort(), await freePort()];
  const args = ['-sn', 'uas', '-i', HOST, '-p', String(port), '-mi', HOST, '-mp', String(media), '-rtp_echo'];
  const process = started('sipp', [...args, '-nostdin', '-timeout', '100'], folder);
  await sleep(500);
  return { ...process, peer: `sipp:${media}` };
}

const FOLDERS = ['/usr/lib/baresip/modules', '/usr/lib/x86_64-linux-gnu/baresip/modules'];

async function startBaresip() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-baresip-'));
  const port = await freePort();
  const modules = FOLDERS.find((each) => {
    try {
      return readdirSync(each).includes('echo.so');
    } catch {
      return false;
    }
  });
  const lines = [
    `sip_listen ${HOST}:${port}`,
    `module_path ${modules}`,
    'net_interface 127.0.0.1',
    'call_max_calls 0',
    'ausrc_srate 8000',
    'auplay_srate 8000',
    'ausrc_channels 1',
    'auplay_channels 1',
    'rtp_ports 40000-48000',
    'module g711.so',
    'module aubridge.so',
    'audio_source aubridge,loop',
    'audio_player aubridge,loop',
    'module_tmp account.so',
    'module_app echo.so',
  ];
  writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'accounts'), `<sip:echo@${HOST}:${port}>;regint=0;audio_codecs=PCMU/8000/1\n`);
  writeFileSync(join(folder, 'contacts'), '');
  const process = started('baresip', ['-f', folder], folder);
  await sleep(1500);
  return { ...process, peer: `baresip:${port}` };
}

/** Where each of our ports is to send to: with baresip, after a call for each. */
export async function openPeer(peer, localPorts) {
  const [kind, port] = peer.split(':');
  if (kind === 'sipp') return localPorts.map(() => Number(port));
  return callBaresip(Number(port), localPorts);
}

/** Calls it once for each port, as little SIP as does it, and says where each call's RTP goes. */
async function callBaresip(port, localPorts) {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, HOST, resolve));
  const own = `${HOST}:${socket.address().port}`;
  const found = new Map();
  const send = (method, call, to, body = '') => {
    const lines = [
      `${method} sip:echo@${HOST}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own};branch=z9hG4bK-${method}-${call};rport`,
      'Max-Forwards: 70',
      `From: <sip:bench@${own}>;tag=b${call}`,
      `To: ${to}`,
      `Call-ID: bench-${call}@${HOST}`,
      `CSeq: 1 ${method}`,
      `Contact: <sip:bench@${own}>`,
      ...(body ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${body.length}`,
    ];
    socket.send(`${lines.join('\r\n')}\r\n\r\n${body}`, port, HOST);
  };
  socket.on('message', (message) => {
    const text = message.toString('latin1');
    const call = Number(/^(?:Call-ID|i): bench-(\d+)@/im.exec(text)?.[1] ?? Number.NaN);
    if (!/^SIP\/2.0 200/.test(text) || Number.isNaN(call)) return;
    send('ACK', call, /^(?:To|t): (.*)$/im.exec(text)[1].trim());
    found.set(call, Number(/^m=audio (\d+)/m.exec(text)?.[1]));
  });
  for (let call = 0; call < localPorts.length; call++) {
    const lines = ['v=0', `o=- 1 1 IN IP4 ${HOST}`, 's=-', `c=IN IP4 ${HOST}`, 't=0 0'];
    lines.push(`m=audio ${localPorts[call]} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', 'a=ptime:20', '');
    send('INVITE', call, `<sip:echo@${HOST}:${port}>`, lines.join('\r\n'));
    await sleep(10);
  }
  for (let waited = 0; found.size < localPorts.length && waited < 5000; waited += 50) await sleep(50);
  socket.close();
  if (found.size < localPorts.length) throw new Error(`baresip took ${found.size} of ${localPorts.length} calls.`);
  return localPorts.map((_, call) => found.get(call));
}
