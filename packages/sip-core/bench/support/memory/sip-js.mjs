// Many lines, dialogs or subscriptions of sip.js: sip-js.mjs KIND. What it sends is answered in the same process, by texts that
// are forgotten at once, so that all that stays is its own.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { each, measured } from './measured.mjs';

const folder = pathToFileURL(createRequire(import.meta.url).resolve('sip.js/lib/index.js'));
const { Inviter, Registerer, SessionState, Subscriber, UserAgent } = await import(folder);
const { EmitterImpl } = await import(new URL('./api/emitter.js', folder));
const { TransportState } = await import(new URL('./api/transport-state.js', folder));
const { Timers } = await import(new URL('./core/timers.js', folder));

// Transactions are gone after 64 × T1; what is measured is what stays.
for (const name of ['TIMER_B', 'TIMER_F', 'TIMER_H', 'TIMER_L', 'TIMER_M', 'TIMER_N']) Timers[name] = 64 * 40;

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const summary = 'Messages-Waiting: no\r\n';

/** A transport whose far end says yes to everything. */
class Agreeing {
  protocol = 'UDP';
  state = TransportState.Disconnected;
  stateChange = new EmitterImpl();
  onConnect = undefined;
  onDisconnect = undefined;
  onMessage = undefined;

  async connect() {
    this.state = TransportState.Connected;
    this.stateChange.emit(this.state);
    this.onConnect?.();
  }

  async disconnect() {}
  async dispose() {}

  isConnected() {
    return this.state === TransportState.Connected;
  }

  async send(message) {
    for (const answer of answers(message)) setImmediate(() => this.onMessage?.(answer));
  }
}

let tags = 0;

function answers(message) {
  const [line] = message.split('\r\n', 1);
  const [method, uri] = line.split(' ');
  if (method === 'ACK' || line.startsWith('SIP/2.0')) return [];
  const value = (name) => new RegExp(`^${name}: (.*)$`, 'im').exec(message)?.[1];
  const to = /tag=/.test(value('To')) ? value('To') : `${value('To')};tag=peer${tags++}`;
  const contact = method === 'REGISTER' ? value('Contact') : '<sip:peer@192.0.2.9>';
  const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${value(name)}`);
  const body = method === 'INVITE' ? sdp : '';
  const typed = body === '' ? [] : ['Content-Type: application/sdp'];
  const rest = [
    `To: ${to}`,
    `Contact: ${contact}`,
    'Expires: 3600',
    ...typed,
    `Content-Length: ${body.length}`,
    '',
    body,
  ];
  const ok = ['SIP/2.0 200 OK', ...copied, ...rest].join('\r\n');
  if (method !== 'SUBSCRIBE') return [ok];
  const notify = [
    `NOTIFY ${/<(.*?)>/.exec(value('Contact'))?.[1] ?? uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKpeer${tags++}`,
    'Max-Forwards: 70',
    `From: ${to}`,
    `To: ${value('From')}`,
    `Call-ID: ${value('Call-ID')}`,
    'CSeq: 1 NOTIFY',
    'Contact: <sip:peer@192.0.2.9>',
    `Event: ${value('Event')}`,
    'Subscription-State: active;expires=3600',
    'Content-Type: application/simple-message-summary',
    `Content-Length: ${summary.length}`,
    '',
    summary,
  ].join('\r\n');
  return [ok, notify];
}

const described = {
  close() {},
  getDescription: async () => ({ body: sdp, contentType: 'application/sdp' }),
  hasDescription: () => true,
  setDescription: async () => {},
  sendDtmf: () => false,
};

/** It knows one address-of-record each. */
async function agentOf(user) {
  const agent = new UserAgent({
    uri: UserAgent.makeURI(`sip:user${user}@example.com`),
    transportConstructor: Agreeing,
    transportOptions: {},
    sessionDescriptionHandlerFactory: () => described,
    logLevel: 'error',
    gracefulShutdown: false,
    authorizationUsername: `user${user}`,
    authorizationPassword: 'secret',
  });
  await agent.start();
  return agent;
}

const kept = [];
let shared;
const clients = {
  async line(user) {
    const agent = await agentOf(user);
    const line = new Registerer(agent, { expires: 3600 });
    kept.push(line);
    await new Promise((resolve, reject) => {
      const requestDelegate = { onAccept: resolve, onReject: () => reject(new Error('The line was refused.')) };
      line.register({ requestDelegate }).catch(reject);
    });
  },
  async dialog() {
    const session = new Inviter(shared, UserAgent.makeURI('sip:callee@example.com'));
    kept.push(session);
    await new Promise((resolve, reject) => {
      session.stateChange.addListener((state) => {
        if (state === SessionState.Established) resolve();
        if (state === SessionState.Terminated) reject(new Error('The call ended.'));
      });
      session.invite().catch(reject);
    });
  },
  async subscription(user) {
    const subscription = new Subscriber(shared, UserAgent.makeURI(`sip:user${user}@example.com`), 'message-summary');
    kept.push(subscription);
    await new Promise((resolve, reject) => {
      subscription.delegate = {
        onNotify(notification) {
          notification.accept();
          resolve();
        },
      };
      subscription.subscribe().catch(reject);
    });
  },
};

const kind = process.argv[2];
if (kind !== 'line') shared = await agentOf('shared');
let users = 0;
measured(async (count) => {
  const first = users;
  users += count;
  await each(count, (index) => clients[kind](first + index));
});
process.send({});
