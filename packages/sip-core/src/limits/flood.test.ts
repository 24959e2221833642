import { describe, expect, it } from 'vitest';
import { SipStack } from '../stack/sip-stack';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandom, seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { DirectTransport, requestText } from './testing/direct-transport';

const FRIEND = { host: '198.51.100.1', port: 5060 };
const OFFER = { headers: ['Content-Type: application/sdp'], body: 'offer' };
const SOURCES = 10_000;
const DATAGRAMS = 100_000;

/** One of what strangers send: calls, registrations, probes, repeats, refusals of nothing, nonsense. */
function hostile(random: () => number, index: number, host: string): string {
  const branch = `z9hG4bKflood${index}`;
  switch (Math.floor(random() * 9)) {
    case 0:
      return requestText('OPTIONS', { host, branch });
    case 1:
      return requestText('REGISTER', { host, branch });
    case 2:
      return requestText('BYE', { host, branch, toTag: 'guessed' });
    case 3:
      return requestText('INVITE', { host, branch: `z9hG4bKflood${index - 1}` });
    case 4:
      return requestText('OPTIONS', { host, branch }).replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n');
    case 5:
      return requestText('SUBSCRIBE', { host, branch, headers: ['Event: presence', 'Max-Forwards: -1'] });
    case 6:
      return requestText('CANCEL', { host, branch });
    default:
      return requestText('INVITE', { host, branch });
  }
}

describe('a flood', () => {
  it(`of ${DATAGRAMS} datagrams from ${SOURCES} sources fills no table, and calls go on`, async () => {
    const clock = new VirtualClock();
    const transport = new DirectTransport();
    const limits = {
      maxServerTransactions: 200,
      maxAnsweredTransactions: 500,
      maxSessions: 100,
      maxSources: 2_000,
      sourceRate: 5,
      sourceBurst: 10,
    };
    const stack = new SipStack({ clock, transports: [transport], random: seededRandomBytes(5), limits });
    stack.on('invite', (session) => {
      session.offerAnswer = new ScriptedMedia('A');
      // Strangers' calls ring and ring; the friend's are answered.
      if (session.invite.from.sipUri?.host === FRIEND.host) session.accept().catch(() => {});
    });
    await stack.start();
    const ask = async (text: string) => {
      transport.sent = [];
      transport.receive(text, FRIEND);
      await clock.advance(0);
      return transport.sent.filter(({ to }) => to.startsWith(FRIEND.host)).map((each) => each.text);
    };
    const begin = (id: string) =>
      requestText('INVITE', { host: FRIEND.host, branch: `z9hG4bK${id}`, callId: `friend-${id}`, ...OFFER });
    const inside = (method: string, id: string, toTag: string, sequence: number) =>
      requestText(method, {
        host: FRIEND.host,
        branch: `z9hG4bK${id}${method}${sequence}`,
        callId: `friend-${id}`,
        toTag,
      }).replace(`CSeq: 1 ${method}`, `CSeq: ${sequence} ${method}`);
    const tagOf = (responses: string[]) => {
      const ok = responses.find((each) => each.startsWith('SIP/2.0 200'));
      return /^To: .*;tag=([^;\r]+)/m.exec(ok ?? '')?.[1];
    };

    const before = tagOf(await ask(begin('before')));
    expect(before).toBeDefined();
    await ask(inside('ACK', 'before', before!, 1));

    const random = seededRandom(9);
    let waiting = 0;
    let answered = 0;
    let sessions = 0;
    let reoffers = 0;
    for (let index = 0; index < DATAGRAMS; index++) {
      const number = Math.floor(random() * SOURCES);
      const host =
        number % 4 === 0 ? `2001:db8:${(number >> 2).toString(16)}::1` : `10.0.${number >> 8}.${number & 255}`;
      transport.receive(hostile(random, index, host), { host, port: 5060 });
      if (index % 100 !== 99) continue;
      transport.sent = [];
      await clock.advance(10);
      const { load } = stack;
      sessions = Math.max(sessions, load.sessions);
      waiting = Math.max(waiting, stack.transactions.waiting);
      answered = Math.max(answered, stack.transactions.answered);
      expect(stack.transactions.sources).toBeLessThanOrEqual(2_001);
      expect(clock.pending).toBeLessThan(3_000);
      if (index % 10_000 === 9_999) {
        // In the midst of it, the call there is goes on.
        const [response] = await ask(inside('UPDATE', 'before', before!, 2 + reoffers++));
        expect(response).toMatch(/^SIP\/2\.0 200 /);
      }
    }
    expect(waiting).toBeLessThanOrEqual(200 + 50);
    expect(answered).toBeLessThanOrEqual(500);
    expect(sessions).toBeLessThanOrEqual(100);
    const { refusals, drops } = stack.counters;
    expect(refusals.sessions + refusals.transactions).toBeGreaterThan(1_000);
    expect(drops['stray-response']).toBeGreaterThan(1_000);
    expect(refusals.malformed).toBeGreaterThan(1_000);

    expect(tagOf(await ask(inside('BYE', 'before', before!, 50)))).toBe(before);
    // When strangers' calls are over, there is room for friends at once.
    await clock.until(stack.close());
    await clock.advance(100);
    expect(stack.load.transactions).toBe(0);
    expect(clock.pending).toBe(0);
  }, 60_000);
});
