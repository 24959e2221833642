// One side of many lines, dialogs or subscriptions over UDP: offhook.mjs server KIND, or offhook.mjs client KIND PORT.
import { SipStack, SipUri } from '../../../dist/index.js';
import { UdpTransport } from '../../../dist/node.js';
import { each, measured } from './measured.mjs';

const [, , role, kind, remote] = process.argv;
const udp = new UdpTransport({ host: '127.0.0.1' });
const stack = new SipStack({
  transports: [udp],
  // Transactions are gone after 64 × T1; what is measured is what stays.
  timers: { T1: 40 },
  limits: { sourceRate: 0, maxSessions: 1e6, maxDialogs: 1e6 },
});
await stack.start();

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const body = { contentType: 'application/sdp', body: new TextEncoder().encode(sdp) };
const media = { createOffer: () => body, createAnswer: () => body, acceptAnswer() {}, rollback() {} };
const summary = {
  contentType: 'application/simple-message-summary',
  body: new TextEncoder().encode('Messages-Waiting: no\r\n'),
};

const servers = {
  async line() {
    const { Registrar } = await import('../../../../call-control/dist/index.js');
    const registrar = new Registrar({
      domains: ['127.0.0.1'],
      now: () => performance.now(),
      date: () => Date.now(),
    });
    stack.on('request', (transaction) => {
      const { request, toTag, flow } = transaction;
      transaction.respond(registrar.answer(request, { toTag, flow }));
    });
  },
  dialog() {
    stack.on('invite', (session) => {
      session.offerAnswer = media;
      session.accept().catch(() => {});
    });
  },
  subscription() {
    stack
      .serveEvent({ event: 'message-summary' })
      .on('subscribe', (subscription) => subscription.accept({ body: summary }));
  },
};

/** What keeps them, as an application does. */
const kept = [];
const from = (user) => `sip:user${user}@127.0.0.1`;
const clients = {
  async line(user) {
    const line = stack.register({
      aor: `${from(user)}:${remote}`,
      credentials: { username: `user${user}`, password: 'secret' },
    });
    kept.push(line);
    await line.start();
    if (line.state !== 'registered') throw new Error(`The line is ${line.state}.`);
  },
  async dialog(user) {
    const session = stack.invite({ uri: `sip:callee@127.0.0.1:${remote}`, from: from(user), offerAnswer: media });
    kept.push(session);
    await new Promise((resolve, reject) => {
      session.on('established', resolve);
      session.on('ended', (end) => reject(end.error ?? new Error(`The call ended: ${end.status}`)));
    });
  },
  async subscription(user) {
    const subscription = stack.subscribe({
      uri: `sip:user${user}@127.0.0.1:${remote}`,
      from: from(user),
      event: 'message-summary',
      server: SipUri.parse(`sip:127.0.0.1:${remote}`),
    });
    kept.push(subscription);
    await subscription.established;
  },
};

let users = 0;
if (role === 'server') await servers[kind]();
measured(async (count) => {
  const first = users;
  users += count;
  await each(count, (index) => clients[kind](first + index));
});
process.send({ port: udp.local.port });
