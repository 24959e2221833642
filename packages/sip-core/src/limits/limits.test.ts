import { describe, expect, it } from 'vitest';
import { SipRequest } from '../message/request';
import { SipStack } from '../stack/sip-stack';
import type { SipStackOptions } from '../stack/stack-options';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { ServerTransaction } from '../transaction/server-transaction';
import { TransactionLayer } from '../transaction/transaction-layer';
import type { Limits } from './limits';
import { DirectTransport, requestText } from './testing/direct-transport';

const PEER = { host: '192.0.2.2', port: 5060 };
const OTHER = { host: '192.0.2.3', port: 5060 };

/** A layer that keeps what it is asked, and answers when told. */
async function element(limits: Partial<Limits> = {}, protocol: 'UDP' | 'TCP' = 'UDP') {
  const clock = new VirtualClock();
  const transport = new DirectTransport(undefined, protocol);
  const requests: ServerTransaction[] = [];
  const acks: SipRequest[] = [];
  const layer = new TransactionLayer(
    {
      request: (transaction) => requests.push(transaction),
      ack: (ack) => acks.push(ack),
      knows: (request) => request.to.tag === 'known',
    },
    { clock, random: seededRandomBytes(1), limits },
  );
  await layer.attach(transport);
  let count = 0;
  const send = (method: string, options: Parameters<typeof requestText>[1] = {}, from = PEER) => {
    const branch = options?.branch ?? `z9hG4bK${++count}`;
    transport.receive(requestText(method, { host: from.host, ...options, branch }), from);
    return transport.statuses();
  };
  return { clock, transport, layer, requests, acks, send, counters: layer.counters };
}

async function phone(limits: Partial<Limits>, options: Partial<SipStackOptions> = {}) {
  const clock = new VirtualClock();
  const transport = new DirectTransport();
  const stack = new SipStack({ clock, transports: [transport], random: seededRandomBytes(3), limits, ...options });
  await stack.start();
  return { clock, transport, stack };
}

describe('the size of a message', () => {
  it('is limited: 413 when the body is what is long (RFC 3261 §21.4.11)', async () => {
    const { transport, send, counters, requests } = await element({ maxMessageSize: 2_000 });
    expect(send('MESSAGE', { body: 'x'.repeat(3_000) })).toEqual(['413']);
    expect(counters.refusals['too-large']).toBe(1);
    expect(send('MESSAGE', { body: 'x'.repeat(300) })).toEqual([]);
    expect(requests).toHaveLength(1);
    expect(transport.sent).toEqual([]);
  });

  it('is limited: 513 when the header section is (§21.5.7), as long as enough of it fits', async () => {
    const { send, counters } = await element({ maxMessageSize: 2_000 });
    expect(send('MESSAGE', { headers: [`X: ${'x'.repeat(3_000)}`] })).toEqual(['513']);
    expect(send('MESSAGE', { headers: Array.from({ length: 300 }, () => 'X: y') })).toEqual(['513']);
    expect(send('ACK', { headers: [`X: ${'x'.repeat(3_000)}`] })).toEqual([]);
    expect(counters.refusals['too-large']).toBe(2);
    expect(counters.drops['malformed-request']).toBe(1);
  });

  it('is told from the head alone, when a stream is cut no further', async () => {
    const { transport, counters } = await element({}, 'TCP');
    const text = requestText('MESSAGE').replace('Content-Length: 0', 'Content-Length: 1000000');
    transport.receive(text, PEER);
    expect(transport.statuses()).toEqual(['413']);
    expect(counters.refusals['too-large']).toBe(1);
  });

  it('of the body alone has a limit of its own', async () => {
    const { send } = await element({ maxBodySize: 10 });
    expect(send('MESSAGE', { body: 'x'.repeat(11) })).toEqual(['413']);
    expect(send('MESSAGE', { body: 'x'.repeat(10) })).toEqual([]);
  });

  it('in header lines, their length and that of the Request-URI is limited: 513, 513, 414', async () => {
    const { transport, send } = await element({ maxHeaderCount: 20, maxHeaderLength: 100 });
    expect(send('OPTIONS', { headers: Array.from({ length: 20 }, () => 'X: y') })).toEqual(['513']);
    expect(send('OPTIONS', { headers: [`X: ${'y'.repeat(100)}`] })).toEqual(['513']);
    transport.receive(requestText('OPTIONS').replace('sip:alice@', `sip:${'a'.repeat(100)}@`), PEER);
    expect(transport.statuses()).toEqual(['414']);
  });
});

describe('requests that wait for their answer', () => {
  it('are limited: 503 with Retry-After, and nothing is kept of what is refused', async () => {
    const { transport, layer, requests, send, counters } = await element({ maxServerTransactions: 3, retryAfter: 10 });
    for (let index = 0; index < 3; index++) expect(send('OPTIONS')).toEqual([]);
    transport.receive(requestText('OPTIONS', { branch: 'z9hG4bKmore' }), PEER);
    const { text } = transport.sent[0]!;
    expect(text).toMatch(/^SIP\/2\.0 503 /);
    const [, seconds] = /^Retry-After: (\d+)\r$/m.exec(text)!;
    expect(Number(seconds)).toBeGreaterThanOrEqual(10);
    expect(Number(seconds)).toBeLessThanOrEqual(20);
    expect(layer.load.waiting).toBe(3);
    expect(counters.refusals.transactions).toBe(1);
    requests[0]!.reply(200);
    transport.statuses();
    expect(send('OPTIONS')).toEqual([]);
    expect(requests).toHaveLength(4);
  });

  it('have the same To tag in each refusal of one request, though nothing is kept (§8.2.7)', async () => {
    const { transport } = await element({ maxServerTransactions: 0 });
    for (let index = 0; index < 2; index++) transport.receive(requestText('INVITE'), PEER);
    const tags = transport.sent.map(({ text }) => /^To: .*;tag=(\w+)\r$/m.exec(text)![1]);
    expect(tags[0]).toBeDefined();
    expect(tags[1]).toBe(tags[0]);
  });

  it('of dialogs we know, and CANCELs of calls we know, are served all the same, up to a reserve', async () => {
    const { requests, send } = await element({ maxServerTransactions: 1 });
    send('INVITE', { branch: 'z9hG4bKcall' });
    expect(send('BYE', { toTag: 'unknown' })).toEqual(['503']);
    expect(send('BYE', { toTag: 'known' })).toEqual([]);
    expect(send('INFO', { toTag: 'known' })).toEqual([]);
    expect(requests.map(({ request }) => request.method)).toEqual(['INVITE', 'BYE', 'INFO']);
    expect(send('CANCEL', { branch: 'z9hG4bKother' })).toEqual(['503']);
    expect(send('CANCEL', { branch: 'z9hG4bKcall' })).toEqual(['200']);
    const answers = Array.from({ length: 100 }, () => send('INFO', { toTag: 'known' })).flat();
    expect(answers.length).toBeGreaterThan(80);
    expect(new Set(answers)).toEqual(new Set(['503']));
  });

  it('do not wait for ever: the client has given up after 64*T1 (RFC 4320 §4.2)', async () => {
    const { clock, layer, send } = await element();
    send('OPTIONS');
    await clock.advance(32_000);
    expect(layer.load.waiting).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe('requests remembered after their answer', () => {
  it('are limited: the oldest is forgotten first, and absorbs no more repeats', async () => {
    const { clock, layer, requests, send, counters } = await element({ maxAnsweredTransactions: 2 });
    for (const branch of ['z9hG4bKa', 'z9hG4bKb', 'z9hG4bKc']) {
      send('OPTIONS', { branch });
      requests.at(-1)!.reply(200);
    }
    expect(layer.load).toMatchObject({ waiting: 0, answered: 2 });
    expect(counters.forgotten).toBe(1);
    expect(clock.pending, 'one timer for both').toBe(1);
    expect(requests[0]!.state).toBe('terminated');
    send('OPTIONS', { branch: 'z9hG4bKc' });
    expect(requests).toHaveLength(3);
    send('OPTIONS', { branch: 'z9hG4bKa' });
    expect(requests).toHaveLength(4);
  });
});

describe('requests of ours', () => {
  it('are limited: ERR_SIP_LIMIT, except for what ends work', async () => {
    const { transport, layer } = await element({ maxClientTransactions: 2 });
    const errors: string[] = [];
    const send = (method: string) => {
      const headers = { From: '<sip:a@b>;tag=1', To: '<sip:b@b>', 'Call-ID': 'x', CSeq: `1 ${method}` };
      const request = SipRequest.create({ method, uri: 'sip:b@192.0.2.2', headers });
      layer.request(request, transport.flow(PEER), {
        response: () => {},
        timeout: () => {},
        transportError: ({ code, status }) => errors.push(`${code} ${status}`),
      });
      return transport.statuses();
    };
    expect(send('OPTIONS')).toEqual(['OPTIONS']);
    expect(send('OPTIONS')).toEqual(['OPTIONS']);
    expect(send('OPTIONS')).toEqual([]);
    expect(errors).toEqual(['ERR_SIP_LIMIT 503']);
    expect(send('BYE')).toEqual(['BYE']);
    expect(layer.load.clients).toBe(3);
  });
});

describe('sessions and dialogs', () => {
  it('are limited: an INVITE too many is answered 503, one of ours throws', async () => {
    const { clock, transport, stack } = await phone({ maxSessions: 2 });
    stack.on('invite', (session) => {
      session.offerAnswer = new ScriptedMedia('A');
    });
    for (const branch of ['z9hG4bKa', 'z9hG4bKb', 'z9hG4bKc'])
      transport.receive(requestText('INVITE', { branch }), PEER);
    expect(transport.statuses()).toEqual(['503']);
    expect(stack.load.sessions).toBe(2);
    expect(stack.counters.refusals.sessions).toBe(1);
    const call = () =>
      stack.invite({ uri: 'sip:b@192.0.2.2', from: 'sip:a@192.0.2.1', offerAnswer: new ScriptedMedia('A') });
    expect(call).toThrowError(expect.objectContaining({ code: 'ERR_SIP_LIMIT', status: 503 }));
    transport.receive(requestText('OPTIONS'), PEER);
    expect(transport.statuses()).toEqual(['200']);
    await clock.until(stack.close());
  });

  it('are limited in all: what would open a dialog is answered 503', async () => {
    const { clock, transport, stack } = await phone({ maxDialogs: 0 });
    transport.receive(requestText('SUBSCRIBE', { headers: ['Event: presence'] }), PEER);
    expect(transport.statuses()).toEqual(['503']);
    expect(stack.counters.refusals.dialogs).toBe(1);
    await clock.until(stack.close());
  });
});

describe('the rate of a source', () => {
  it('over the limit is answered 503, and further over it not at all', async () => {
    const { clock, send, counters, requests } = await element({ sourceRate: 10, sourceBurst: 10 });
    const answers = Array.from({ length: 100 }, () => send('OPTIONS')).flat();
    expect(requests).toHaveLength(10);
    expect(answers).toEqual(Array.from({ length: 10 }, () => '503'));
    expect(counters.refusals.rate).toBe(10);
    expect(counters.drops.rate).toBe(80);
    // Another is served, and he again as time passes.
    send('OPTIONS', {}, OTHER);
    await clock.advance(1_000);
    send('OPTIONS');
    expect(requests).toHaveLength(12);
  });

  it('can be kept in silence', async () => {
    const { send, counters } = await element({ sourceRate: 10, sourceBurst: 10, overRate: 'drop' });
    expect(Array.from({ length: 100 }, () => send('OPTIONS')).flat()).toEqual([]);
    expect(counters.drops.rate).toBe(90);
  });

  it('does not hold for ACK, for CANCEL of a call we know, for dialogs we know, and for whom it is lifted', async () => {
    const exempt = ({ host }: { host: string }) => host === OTHER.host;
    const { acks, send, requests } = await element({ sourceRate: 1, sourceBurst: 1, exempt });
    send('INVITE', { branch: 'z9hG4bKcall' });
    for (let index = 0; index < 20; index++) {
      send('ACK', { toTag: 'known' });
      send('BYE', { toTag: 'known' });
      send('OPTIONS', {}, OTHER);
    }
    expect(acks).toHaveLength(20);
    expect(requests).toHaveLength(41);
    expect(send('CANCEL', { branch: 'z9hG4bKcall' })).toEqual(['200']);
  });

  it('bounds what is sent to a source that repeats itself, or talks nonsense', async () => {
    const { send, requests, counters } = await element({ sourceRate: 10, sourceBurst: 10 });
    send('OPTIONS', { branch: 'z9hG4bKa' });
    requests[0]!.reply(200);
    const answers = Array.from({ length: 50 }, () => send('OPTIONS', { branch: 'z9hG4bKa' })).flat();
    expect(answers).toHaveLength(11);
    expect(counters.requestsAbsorbed).toBe(10);
    expect(counters.drops['repeat-rate']).toBe(40);
    expect(send('OPTIONS', { headers: ['Max-Forwards: many'] }, OTHER)).toEqual(['400']);
    const more = Array.from({ length: 50 }, () => send('OPTIONS', { headers: ['Max-Forwards: many'] }, OTHER)).flat();
    expect(more).toHaveLength(9);
    expect(counters.drops['malformed-rate']).toBe(41);
  });
});

describe('overload', () => {
  it('is answered 503 while it lasts, but in dialogs (RFC 6357)', async () => {
    let busy = true;
    const { send, counters, requests } = await element({ overload: () => busy });
    expect(send('INVITE')).toEqual(['503']);
    expect(send('OPTIONS')).toEqual(['503']);
    expect(counters.refusals.overload).toBe(2);
    send('BYE', { toTag: 'known' });
    busy = false;
    send('OPTIONS');
    expect(requests.map(({ request }) => request.method)).toEqual(['BYE', 'OPTIONS']);
  });
});

describe('what is dropped', () => {
  it('is counted by reason', async () => {
    const { transport, send, counters } = await element();
    transport.receive('GET / HTTP/1.1\r\n\r\n', PEER);
    transport.receive('SIP/2.0 200 OK\r\nVia: nonsense\r\n\r\n', PEER);
    const stray = requestText('OPTIONS').replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n');
    transport.receive(stray, PEER);
    transport.receive(stray.replace(/^(Via: .*)$/m, '$1, SIP/2.0/UDP h;branch=z9hG4bKx'), PEER);
    transport.noise(PEER);
    send('ACK', { headers: ['Max-Forwards: many'] });
    expect(counters.drops).toMatchObject({
      noise: 1,
      'malformed-request': 2,
      'malformed-response': 1,
      'misrouted-response': 1,
      'stray-response': 1,
    });
    expect(counters.malformed).toBe(5);
    expect(transport.sent).toEqual([]);
  });
});
