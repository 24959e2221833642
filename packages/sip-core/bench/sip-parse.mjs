// Parse and serialise rates of one core. Build first, then: node packages/sip-core/bench/sip-parse.mjs [--json] [--seconds N]
import { parseArgs } from 'node:util';
import { parseMessage, SipResponse, serializeMessage, validateRequest } from '../dist/index.js';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, seconds: { type: 'string', default: '2' } } });
const seconds = Number(values.seconds);

const sdp = [
  'v=0',
  'o=alice 2890844526 2890844526 IN IP4 192.0.2.101',
  's=-',
  'c=IN IP4 192.0.2.101',
  't=0 0',
  'm=audio 49172 RTP/AVP 0 8 96',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:96 telephone-event/8000',
  'a=fmtp:96 0-16',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

/** An INVITE of about 1 KB as a desk phone sends it through one proxy. */
const text = [
  'INVITE sip:bob@biloxi.example.com SIP/2.0',
  'Via: SIP/2.0/UDP proxy.atlanta.example.com:5060;branch=z9hG4bK74bf92d8a1b3c',
  'Via: SIP/2.0/UDP 192.0.2.101:5060;branch=z9hG4bK776asdhds;rport=5060;received=192.0.2.101',
  'Max-Forwards: 69',
  'From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=1928301774',
  'To: "Bob" <sip:bob@biloxi.example.com>',
  'Call-ID: a84b4c76e66710d1f2c3@pc33.atlanta.example.com',
  'CSeq: 314159 INVITE',
  'Contact: <sip:alice@192.0.2.101:5060;transport=udp>',
  'P-Asserted-Identity: <sip:alice@atlanta.example.com>',
  'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, REFER',
  'Supported: replaces, timer, 100rel, outbound',
  'Session-Expires: 1800;refresher=uac',
  'Min-SE: 90',
  'User-Agent: ExamplePhone/4.2.1.0815 (000413261b2e)',
  'Content-Type: application/sdp',
  `Content-Length: ${Buffer.byteLength(sdp)}`,
  '',
  sdp,
].join('\r\n');

/** The same from sixteen callers with names and tags of different lengths, so that no branch is learnt by heart. */
const invites = Array.from({ length: 16 }, (_, caller) => {
  const name = 'alice'.padEnd(3 + ((caller * 7) % 8), 'xyz').slice(0, 3 + ((caller * 7) % 8));
  const tag = String(1928301774 * (caller + 1)).slice(0, 6 + ((caller * 5) % 7));
  return Buffer.from(
    text
      .replaceAll('alice@', `${name}@`)
      .replace('1928301774', tag)
      .replace('314159', String(caller * 911)),
  );
});
const invite = Buffer.from(text);

/** What a user agent server reads of each request. */
function readInvite(turn) {
  const message = parseMessage(invites[turn & 15]);
  const sequence = message.cseq.sequence;
  const addresses = message.from.uri.host.length + message.to.uri.host.length + message.contact.uri.host.length;
  return message.via.branch.length + message.callId.length + sequence + addresses;
}

const parsed = parseMessage(invite);
const built = parsed.clone();
for (const [name, value] of [...parsed.headers]) built.headers.set(name, value);

const cases = {
  'sip-parse': readInvite,
  'sip-parse-validate': (turn) => (validateRequest(parseMessage(invites[turn & 15])) === undefined ? 1 : 0),
  'sip-serialize': () => serializeMessage(parsed).length,
  'sip-serialize-built': () => serializeMessage(built).length,
  'sip-forward': () => {
    const copy = parsed.clone();
    copy.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1');
    copy.maxForwards = 68;
    return serializeMessage(copy).length;
  },
  'sip-respond': () => serializeMessage(SipResponse.for(parsed, 180, 'Ringing', { toTag: 'a6c85cf' })).length,
};

let sink = 0;

/** Calls per second of processor time, garbage collection included: the best of the rounds, as others use the machine too. */
function measure(run) {
  for (let warm = 0; warm < 50_000; warm++) sink += run(warm);
  let best = 0;
  const deadline = performance.now() + seconds * 1000;
  while (performance.now() < deadline) {
    const start = process.cpuUsage();
    for (let call = 0; call < 20_000; call++) sink += run(call);
    const { user, system } = process.cpuUsage(start);
    best = Math.max(best, 20_000e6 / (user + system));
  }
  return best;
}

if (!values.json) console.log(`INVITE of ${invite.length} bytes, Node.js ${process.version}`);
for (const [name, run] of Object.entries(cases)) {
  const rate = Math.round(measure(run));
  if (values.json) console.log(JSON.stringify({ name, ours: rate, unit: '1/s' }));
  else console.log(`${name.padEnd(20)} ${rate.toLocaleString('en').padStart(12)} /s  ${(1e6 / rate).toFixed(2)} µs`);
}
if (sink === 0) throw new Error('nothing was measured');
