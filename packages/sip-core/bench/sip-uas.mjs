// A stateful user agent server on one core: INVITE, 200, ACK, BYE over UDP without media, driven by SIPp (Debian package sip-tester).
// Build first, then: node packages/sip-core/bench/sip-uas.mjs [--json] [--rate 2000] [--seconds 5]
import { fork, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

if (process.send) await serve();
else await drive();

/** The server, in a process of its own, so that its CPU time is its own. */
async function serve() {
  const { SipStack } = await import('../dist/index.js');
  const { UdpTransport } = await import('../dist/node.js');
  const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
  const body = { contentType: 'application/sdp', body: new TextEncoder().encode(sdp) };
  const media = { createOffer: () => body, createAnswer: () => body, acceptAnswer() {}, rollback() {} };
  const stack = new SipStack({
    transports: [new UdpTransport({ host: '127.0.0.1' })],
    // All load comes from one source.
    limits: { sourceRate: 0 },
  });
  await stack.start();
  let calls = 0;
  stack.on('invite', (session) => {
    calls++;
    session.offerAnswer = media;
    session.accept().catch(() => {});
  });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ calls, cpu: user + system, sessions: stack.load.sessions, rss: process.memoryUsage().rss });
  });
  process.send({ port: stack.transports[0].local.port });
}

async function drive() {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      rate: { type: 'string', default: '2000' },
      seconds: { type: 'string', default: '5' },
    },
  });
  if (spawnSync('sipp', ['-v']).error) {
    console.error('SIPp is not installed; see tooling/peers/install.sh.');
    process.exit(1);
  }
  const rate = Number(values.rate);
  const calls = rate * Number(values.seconds);
  const server = fork(fileURLToPath(import.meta.url));
  const answer = () => new Promise((resolve) => server.once('message', resolve));
  const { port } = await answer();
  const ask = () => {
    server.send('measure');
    return answer();
  };
  // The first calls are served by code that has not been compiled yet.
  await sipp(port, 1_000, 500);
  const before = await ask();
  const { failed, retransmissions } = await sipp(port, calls, rate);
  const after = await ask();
  server.kill();
  const served = after.calls - before.calls;
  const result = { calls: served, failed, retransmissions, cpuPerCall: (after.cpu - before.cpu) / served };
  if (values.json) {
    console.log(
      JSON.stringify({ name: 'sip-uas', ours: result.cpuPerCall, unit: 'µs of CPU a call', rate, ...result }),
    );
  } else {
    console.log(`${served} calls at ${rate} a second: ${failed} failed, ${retransmissions} retransmissions by SIPp`);
    console.log(`${result.cpuPerCall.toFixed(0)} µs of CPU a call; ${after.sessions} sessions left`);
  }
}

function sipp(port, calls, rate) {
  const folder = mkdtempSync(join(tmpdir(), 'sip-uas-'));
  const statistics = join(folder, 'statistics.csv');
  const child = spawn(
    'sipp',
    [
      ...['-sn', 'uac', `127.0.0.1:${port}`, '-i', '127.0.0.1', '-nostdin', '-m', String(calls), '-r', String(rate)],
      ...['-l', String(calls), '-timeout', '60s', '-trace_stat', '-stf', statistics, '-fd', '1'],
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  return new Promise((resolve) => {
    child.on('close', () => {
      const lines = readFileSync(statistics, 'utf8').trim().split('\n');
      const names = lines[0].split(';');
      const figure = (name) => Number(lines.at(-1).split(';')[names.indexOf(name)]);
      resolve({ failed: figure('FailedCall(C)'), retransmissions: figure('Retransmissions(C)') });
    });
  });
}
