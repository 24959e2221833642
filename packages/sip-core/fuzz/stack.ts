import type { Chance } from '../../../tooling/fuzz/chance';
import { bytesOf, type FuzzTarget, type Input } from '../../../tooling/fuzz/target';
import { mutate } from './mutate';
import { samples } from './samples';
import { Scene } from './scene';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\n';
const CALL = '{call}';

const write = (start: string, lines: readonly string[], body = '') =>
  [start, ...lines, `Content-Length: ${body.length}`, '', body].join('\r\n');

/** A request of the stranger: in the dialog of the call that came in (`call`), in one of ours, or alone. */
function request(chance: Chance, method: string, place: string, headers: readonly string[] = [], body = ''): string {
  const sequence = method === 'ACK' || method === 'CANCEL' ? 1 : 1 + chance.below(6);
  const branch = method === 'CANCEL' ? 'z9hG4bKinvite' : `z9hG4bK${chance.below(1_000_000)}`;
  const alone = ['From: <sip:bob@192.0.2.2>;tag=peer', 'Call-ID: call'];
  const dialog =
    place === CALL
      ? [...alone, `To: <sip:alice@192.0.2.1>;tag={tag ${chance.is(0.8) ? 'INVITE' : 'SUBSCRIBE'}}`]
      : place === ''
        ? [...alone, 'To: <sip:alice@192.0.2.1>']
        : [place];
  return write(
    `${method} sip:alice@192.0.2.1 SIP/2.0`,
    [
      `Via: SIP/2.0/UDP 192.0.2.2:5060;rport;branch=${method === 'INVITE' && place === '' ? 'z9hG4bKinvite' : branch}`,
      'Max-Forwards: 70',
      ...dialog,
      `CSeq: ${sequence} ${method}`,
      'Contact: <sip:bob@192.0.2.2:5060>',
      ...headers,
    ],
    body,
  );
}

const SDP_TYPE = 'Content-Type: application/sdp';
const METHODS: Record<string, (chance: Chance) => [headers: string[], body?: string]> = {
  INVITE: (chance) => [[SDP_TYPE, ...(chance.is(0.5) ? ['Supported: 100rel, timer', 'Session-Expires: 90'] : [])], SDP],
  ACK: () => [[]],
  BYE: () => [['Reason: SIP;cause=200']],
  CANCEL: () => [[]],
  UPDATE: (chance) => (chance.is(0.5) ? [[SDP_TYPE], SDP] : [['Session-Expires: 90;refresher=uac']]),
  PRACK: () => [['RAck: {rseq} 1 INVITE']],
  INFO: () => [['Info-Package: foo', 'Content-Type: text/plain'], 'x'],
  MESSAGE: () => [['Content-Type: text/plain'], 'hello'],
  OPTIONS: () => [['Accept: application/sdp']],
  REFER: (chance) => [
    [
      `Refer-To: <sip:carol@192.0.2.2?Replaces=call%3Bto-tag%3D1%3Bfrom-tag%3D2>`,
      ...(chance.is(0.3) ? ['Refer-Sub: false'] : []),
    ],
  ],
  SUBSCRIBE: (chance) => [['Event: presence', `Expires: ${chance.pick([0, 60, 3_600])}`]],
  PUBLISH: (chance) => [
    ['Event: presence', 'Expires: 60', 'Content-Type: text/plain', ...(chance.is(0.5) ? ['SIP-If-Match: {etag}'] : [])],
    'state',
  ],
  NOTIFY: (chance) => [
    [
      `Event: ${chance.pick(['presence', 'refer', 'talk'])}`,
      `Subscription-State: ${chance.pick(['active;expires=60', 'terminated;reason=timeout', 'pending'])}`,
      `Content-Type: ${chance.pick(['message/sipfrag', 'text/plain'])}`,
    ],
    'SIP/2.0 200 OK\r\n',
  ],
  REGISTER: () => [['Expires: 60']],
  FOO: () => [['Require: bar']],
};
const OURS = [
  'INVITE',
  'REGISTER',
  'SUBSCRIBE',
  'OPTIONS',
  'MESSAGE',
  'BYE',
  'REFER',
  'INFO',
  'PRACK',
  'NOTIFY',
  'UPDATE',
];
const STATUSES = [
  100, 180, 183, 199, 200, 200, 200, 202, 302, 401, 407, 408, 422, 423, 481, 487, 489, 491, 500, 503, 600,
];

function response(chance: Chance): string {
  const [status, method] = [chance.pick(STATUSES), chance.pick(OURS)];
  const offer = method === 'INVITE' && status < 300 && chance.is(0.8);
  return write(
    `SIP/2.0 ${status} Reason`,
    [
      `{echo ${method} ${chance.pick(['peer', 'peer', 'fork'])}}`,
      'Contact: <sip:bob@192.0.2.2:5060>',
      ...(status > 100 && status < 200 && chance.is(0.5) ? ['Require: 100rel', `RSeq: ${1 + chance.below(3)}`] : []),
      ...(status === 401 || status === 407 ? ['WWW-Authenticate: Digest realm="r", nonce="n"'] : []),
      ...(status === 422 ? ['Min-SE: 1900'] : []),
      ...(status === 423 ? ['Min-Expires: 60'] : []),
      ...(chance.is(0.3)
        ? ['Expires: 60', 'Session-Expires: 90;refresher=uas', 'Record-Route: <sip:192.0.2.2;lr>']
        : []),
      ...(offer ? [SDP_TYPE] : []),
    ],
    offer ? SDP : '',
  );
}

const WORDS = [
  'call',
  'register',
  'subscribe',
  'options',
  'message',
  'ring',
  'accept',
  'reject',
  'end',
  'reinvite',
  'info',
  'refer',
];

function happening(chance: Chance): string {
  const kind = chance.below(10);
  if (kind < 3) return `!${chance.pick(WORDS)} ${chance.below(3)}`;
  if (kind < 4) return `!wait ${chance.pick([1, 250, 600, 5_000, 33_000, 90_000])}`;
  if (kind < 6) return response(chance);
  const method = chance.pick(Object.keys(METHODS));
  const place = chance.pick([CALL, CALL, CALL, '', `{in ${chance.pick(OURS)}}`]);
  return request(chance, method, method === 'CANCEL' ? '' : place, ...METHODS[method]!(chance));
}

/** How it mostly begins, so that there is something to disturb. */
function beginning(chance: Chance): string[] {
  const invite = request(chance, 'INVITE', '', ...METHODS.INVITE!(chance)).replace(/CSeq: \d+/, 'CSeq: 1');
  return chance.pick([
    [invite, '!ring', '!accept', request(chance, 'ACK', CALL)],
    [invite, '!ring'],
    ['!call', write('SIP/2.0 200 OK', ['{echo INVITE}', 'Contact: <sip:bob@192.0.2.2>', SDP_TYPE], SDP)],
    ['!call', response(chance)],
    ['!register', response(chance)],
    ['!subscribe', write('SIP/2.0 200 OK', ['{echo SUBSCRIBE}', 'Contact: <sip:bob@192.0.2.2>', 'Expires: 60'])],
    [],
  ]);
}

/** A whole stack: requests and responses of every kind in any order, some of them mutated, and an application that acts. */
export const stack: FuzzTarget = {
  name: 'stack',
  promise:
    'Nothing is thrown past the API, all it sends can be read, and in the end no transaction, dialog or timer is left.',
  usual: 400,
  make(chance): Input {
    const all = [...beginning(chance), ...chance.some(1, 12, () => happening(chance))].map(bytesOf);
    const spoiled = chance.is(0.7) ? 0.3 : 0;
    return all.map((each) => (each[0] !== 0x21 && chance.is(spoiled) ? mutate(each, chance, samples, 3) : each));
  },
  async check(input) {
    const scene = new Scene();
    await scene.start();
    for (const each of input) await scene.play(each);
    await scene.end();
  },
};
