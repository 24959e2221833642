import { afterEach, describe, expect, test } from 'vitest';
import { SipStack } from '../stack/sip-stack';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { parseMessage } from './parse';
import type { SipRequest } from './request';
import { SipResponse } from './response';
import { serializeMessage } from './serialize';
import { encodeUtf8 } from './text';

const PHONE = { host: '2001:db8::1', port: 5060 };
const PHONE4 = { host: '192.0.2.1', port: 5060 };
const PEER = { host: '2001:db8::2', port: 5060 };

interface Case {
  about: string;
  /** Parts of an OPTIONS from 2001:db8::2. */
  uri?: string;
  via?: string;
  headers?: readonly string[];
  /** What comes back, and where to. */
  status: number;
  to?: string;
}

/** Messages between IPv6 hosts, of the kinds RFC 5118 §4 warns of, at the door of a stack. */
const cases: readonly Case[] = [
  { about: 'a reference in Request-URI and Via (§4.1)', status: 200, to: '2001:db8::2 5060' },
  { about: 'a Request-URI without brackets (§4.2)', uri: 'sip:2001:db8::1', status: 400 },
  { about: 'one that runs into its port (§4.2)', uri: 'sip:2001:db8::1:5060', status: 400 },
  { about: 'digits inside the brackets are address (§4.3)', uri: 'sip:[2001:db8::1:5060]', status: 200 },
  { about: 'a port outside (§4.3)', uri: 'sip:alice@[2001:db8::1]:5060;transport=udp', status: 200 },
  { about: 'a port too large', uri: 'sip:[2001:db8::1]:65536', status: 400 },
  { about: 'a bracket that never closes', uri: 'sip:[2001:db8::1', status: 400 },
  { about: 'a group too many', uri: 'sip:[1:2:3:4:5:6:7:8:9]', status: 400 },
  { about: 'two gaps', uri: 'sip:[2001::db8::1]', status: 400 },
  { about: 'a zone', uri: 'sip:[fe80::1%eth0]', status: 400 },
  { about: 'a zone, escaped (RFC 6874)', uri: 'sip:[fe80::1%25eth0]', status: 400 },
  { about: 'an IPv4-mapped address (§4.10)', uri: 'sip:[::ffff:192.0.2.1]', status: 200 },
  { about: 'capital letters', uri: 'sip:[2001:DB8:0:0::1]', status: 200 },
  { about: 'a Via with a port', via: '[2001:db8::2]:5062', status: 200, to: '2001:db8::2 5062' },
  { about: 'a Via with spaces around its colon', via: '[2001:db8::2] : 5062', status: 200, to: '2001:db8::2 5062' },
  { about: 'a Via without brackets', via: '2001:db8::2', status: 400 },
  {
    about: 'a Via with a name, answered where it came from (§4.4)',
    via: 'host.example',
    status: 200,
    to: '2001:db8::2 5060',
  },
  { about: 'another address in Via (§4.4)', via: '[2001:db8::99]', status: 200, to: '2001:db8::2 5060' },
  { about: 'an address in Via written otherwise', via: '[2001:DB8:0::2]', status: 200, to: '2001:db8::2 5060' },
  { about: 'rport (RFC 3581)', via: '[2001:db8::99]:5090;rport', status: 200, to: '2001:db8::2 5060' },
  {
    about: 'received that the sender wrote',
    via: '[2001:db8::2];received=2001:db8::66',
    status: 200,
    to: '2001:db8::2 5060',
  },
  {
    about: 'received in brackets (§4.5)',
    via: '[2001:db8::2];received=[2001:db8::66]',
    status: 200,
    to: '2001:db8::2 5060',
  },
  { about: 'maddr', via: '[2001:db8::2];maddr=2001:db8::3', status: 200, to: '2001:db8::3 5060' },
  { about: 'maddr in brackets', via: '[2001:db8::2];maddr=[2001:db8::3]', status: 200, to: '2001:db8::3 5060' },
  { about: 'a second Via of IPv4 (§4.7)', headers: ['Via: SIP/2.0/TCP 192.0.2.9:5060;branch=z9hG4bKb'], status: 200 },
  {
    about: 'Route and Record-Route',
    headers: ['Record-Route: <sip:[2001:db8::7]:5070;lr>,<sip:192.0.2.7;lr>'],
    status: 200,
  },
  { about: 'a Contact without brackets', headers: ['Contact: <sip:bob@2001:db8::2>'], status: 400 },
  { about: 'a Contact with three colons (§4.9)', headers: ['Contact: <sip:bob@[:::ffff:192.0.2.2]>'], status: 400 },
  { about: 'a Call-ID with an address', headers: ['X-Id: x@[2001:db8::2]'], status: 200 },
  { about: 'IN IP6 in a description (§4.8)', headers: ['Content-Type: application/sdp'], status: 200 },
];

let stack: SipStack | undefined;
let clock: VirtualClock;

afterEach(async () => {
  await clock.until(stack!.close());
  expect(clock.pending).toBe(0);
});

async function start() {
  clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  const transports = [PHONE, PHONE4].map((each) => network.transport('UDP', each));
  stack = new SipStack({ clock, random: seededRandomBytes(1), transports });
  await stack.start();
  const sent: { message: SipRequest | SipResponse; from: string; to: string }[] = [];
  network.tap = (data, from, to) => {
    if (from.host === PHONE.host || from.host === PHONE4.host)
      sent.push({ message: parseMessage(data), from: from.host, to: `${to.host} ${to.port}` });
  };
  const peer = network.transport('UDP', PEER);
  await peer.listen({ message() {}, flowClosed() {}, noise() {} });
  return { network, peer, sent, stack };
}

const options = (
  { uri = 'sip:[2001:db8::1]', via = '[2001:db8::2]', headers = [] }: Partial<Case>,
  method = 'OPTIONS',
) =>
  [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${via};branch=z9hG4bKa`,
    ...headers,
    'Max-Forwards: 70',
    'From: <sip:bob@[2001:db8::2]>;tag=peer',
    'To: "IPv6" <sip:alice@[2001:db8::1]>',
    'Call-ID: ipv6@[2001:db8::2]',
    `CSeq: 1 ${method}`,
    '',
    'v=0\r\no=- 1 1 IN IP6 2001:db8::2\r\ns=-\r\nc=IN IP6 2001:db8::2\r\nt=0 0\r\n',
  ].join('\r\n');

describe('messages between IPv6 hosts are answered', () => {
  test.each(cases)('$about: $status', async ({ status, to, ...parts }) => {
    const { peer, sent } = await start();
    peer.flow(PHONE).send(encodeUtf8(options(parts)));
    await clock.advance(5);
    expect(sent.map(({ message }) => (message as SipResponse).status)).toEqual([status]);
    if (to !== undefined) expect(sent[0]!.to).toBe(to);
    expect(sent[0]!.from).toBe(PHONE.host);
    expect(sent[0]!.message.headers.get('Via')).toContain(parts.via?.split(';')[0] ?? '[2001:db8::2]');
    await peer.close();
  });
});

describe('our own messages to IPv6 hosts', () => {
  test.each([
    ['sip:bob@[2001:db8::2]', '2001:db8::2 5060', PHONE.host],
    ['sip:bob@[2001:db8::2]:5090', '2001:db8::2 5090', PHONE.host],
    ['sip:bob@example.com;maddr=2001:db8::2', '2001:db8::2 5060', PHONE.host],
    ['sip:bob@example.com;maddr=[2001:db8::2]', '2001:db8::2 5060', PHONE.host],
    ['sip:bob@192.0.2.2', '192.0.2.2 5060', PHONE4.host],
  ])('%s goes to %s from %s, which its Via and Contact name', async (uri, to, from) => {
    const { peer, sent, stack } = await start();
    const session = stack.invite({ uri, from: 'sip:alice@example.com', offerAnswer: new ScriptedMedia('A') });
    await clock.advance(1);
    const [{ message, ...way }] = sent as [(typeof sent)[0]];
    expect(way).toEqual({ to, from });
    expect([message.via.host, message.contact!.sipUri!.host]).toEqual([from, from]);
    expect(message.headers.get('Via')).toContain(from.includes(':') ? `[${from}]:5060;` : `${from}:5060;`);
    peer.flow(PHONE).send(serializeMessage(SipResponse.for(message as SipRequest, 486, 'Busy', { toTag: 'x' })));
    if (from === PHONE4.host) void session.terminate();
    await clock.advance(70_000);
    expect(session.state).toBe('terminated');
    await peer.close();
  });

  test('an address with a zone is none', async () => {
    const { peer, stack } = await start();
    expect(() =>
      stack.invite({ uri: 'sip:b@[fe80::1%25eth0]', from: 'sip:a@b', offerAnswer: new ScriptedMedia('A') }),
    ).toThrow(expect.objectContaining({ code: 'ERR_SIP_SYNTAX' }));
    await peer.close();
  });
});
