import { afterEach, describe, expect, test } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import type { SipRequest } from '../message/request';
import { SipStack } from '../stack/sip-stack';
import { MemoryNetwork } from '../testing/memory-network';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { RegistrationOptions } from './registration-options';

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

async function setUp(
  serve: (transaction: ServerTransaction, count: number) => void | Promise<void>,
  options: Partial<RegistrationOptions> = {},
) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  const stack = (host: string, seed: number) =>
    new SipStack({
      clock,
      random: seededRandomBytes(seed),
      transports: [network.transport('UDP', { host, port: 5060 })],
    });
  const phone = stack('192.0.2.1', 1);
  const registrar = stack('192.0.2.9', 2);
  await phone.start();
  await registrar.start();
  const requests: { time: number; request: SipRequest }[] = [];
  registrar.on('request', (transaction) => {
    requests.push({ time: clock.now(), request: transaction.request });
    void serve(transaction, requests.length);
  });
  const registration = phone.register({ aor: 'sip:bob@192.0.2.9', ...options });
  const states: string[] = [];
  registration.on('state', (state, { status }) => states.push(status ? `${state} ${status}` : state));
  close = async () => {
    await clock.until(phone.close());
    await clock.until(registrar.close());
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  };
  return { clock, registration, requests, states };
}

const bind = (seconds: number) => (transaction: ServerTransaction) => {
  const contact = transaction.request.contact!.clone();
  if (contact.params.get('expires') !== '0') contact.params.set('expires', String(seconds));
  transaction.reply(200, { headers: [['Contact', contact.toString()]] });
};

describe('a registration (RFC 3261 §10.2)', () => {
  test('binds, refreshes before it expires with the same Call-ID and a higher CSeq, and is removed', async () => {
    const { clock, registration, requests, states } = await setUp(bind(600));
    await clock.until(registration.start());
    expect(registration.state).toBe('registered');
    await clock.advance(600_000);
    expect(requests).toHaveLength(2);
    const [first, second] = requests;
    expect(second!.time - first!.time).toBeGreaterThan(300_000);
    expect(second!.time - first!.time).toBeLessThan(595_000);
    expect(second!.request.callId).toBe(first!.request.callId);
    expect(second!.request.cseq.sequence).toBe(first!.request.cseq.sequence + 1);
    expect(first!.request.from.tag).toBe(second!.request.from.tag);
    await clock.until(registration.remove());
    expect(requests[2]!.request.contact!.params.get('expires')).toBe('0');
    expect(states).toEqual(['registering', 'registered 200', 'registered 200', 'unregistered 200']);
    await clock.advance(3_600_000);
    expect(requests).toHaveLength(3);
  });

  test('answers a digest challenge, and the refresh carries credentials from the start', async () => {
    let digest: DigestServer | undefined;
    const { clock, registration, requests } = await setUp(
      async (transaction) => {
        digest ??= new DigestServer({
          realm: 'r',
          password: () => 'secret',
          random: seededRandomBytes(3),
          nonceLifetime: 1e9,
        });
        const verdict = await digest.verify(transaction.request);
        if (verdict.ok) bind(60)(transaction);
        else transaction.reply(401, { headers: digest.challenge(verdict.stale) });
      },
      { credentials: { username: 'bob', password: 'secret' } },
    );
    await clock.until(registration.start());
    expect(requests).toHaveLength(2);
    await clock.advance(60_000);
    expect(requests).toHaveLength(3);
  });

  test('a wrong password fails with 401 and is not tried again and again', async () => {
    const { clock, registration, requests, states } = await setUp(
      (transaction) =>
        transaction.reply(401, { headers: [['WWW-Authenticate', 'Digest realm="r", nonce="n", qop="auth"']] }),
      { credentials: { username: 'bob', password: 'wrong' } },
    );
    await expect(clock.until(registration.start())).rejects.toMatchObject({ code: 'ERR_SIP_RESPONSE', status: 401 });
    await clock.advance(3_600_000);
    expect(requests).toHaveLength(2);
    expect(states).toEqual(['registering', 'failed 401']);
  });

  test('an interval too brief is raised to Min-Expires (§10.2.8)', async () => {
    const { clock, registration, requests } = await setUp(
      (transaction, count) => {
        if (count === 1) transaction.reply(423, { headers: [['Min-Expires', '120']] });
        else bind(120)(transaction);
      },
      { expires: 10 },
    );
    await clock.until(registration.start());
    await clock.advance(115_000);
    expect(requests.map(({ request }) => request.expires)).toEqual([10, 120, 120]);
  });

  test('a server that fails is tried again with growing pauses, and Retry-After is honoured', async () => {
    const { clock, registration, requests } = await setUp((transaction, count) => {
      if (count === 3) transaction.reply(503, { headers: [['Retry-After', '300']] });
      else if (count < 5) transaction.reply(500);
      else bind(3600)(transaction);
    });
    await expect(clock.until(registration.start())).rejects.toMatchObject({ status: 500 });
    await clock.advance(600_000);
    expect(registration.state).toBe('registered');
    const gaps = requests.slice(1).map(({ time }, index) => time - requests[index]!.time);
    expect(gaps[1]).toBeGreaterThan(gaps[0]! * 0.9);
    expect(gaps[2]).toBeGreaterThanOrEqual(300_000);
  });

  test('a server that never answers: a time-out, and a later success', async () => {
    let deaf = true;
    const { clock, registration } = await setUp((transaction) => {
      if (!deaf) bind(60)(transaction);
      else transaction.handlers = {};
    });
    await expect(clock.until(registration.start())).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT' });
    expect(registration.state).toBe('failed');
    deaf = false;
    await clock.advance(10_000);
    expect(registration.state).toBe('registered');
  });

  test('a refresh that fails leaves a binding behind: it is taken away all the same', async () => {
    const { clock, registration, requests, states } = await setUp(
      (transaction, count) => {
        if (count === 2) transaction.reply(403);
        else bind(600)(transaction);
      },
      { expires: 600 },
    );
    await clock.until(registration.start());
    await expect(clock.until(registration.refresh())).rejects.toMatchObject({ status: 403 });
    await clock.until(registration.remove());
    expect(requests[2]!.request.expires).toBe(0);
    expect(states).toEqual(['registering', 'registered 200', 'failed 403', 'unregistered 200']);
    await registration.remove();
    expect(requests).toHaveLength(3);
  });

  test('stopped, it says no more', async () => {
    const { clock, registration, requests } = await setUp(bind(60));
    await clock.until(registration.start());
    registration.stop();
    await clock.advance(600_000);
    expect(requests).toHaveLength(1);
    await expect(registration.refresh()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
  });

  test('name, domain, server and Contact are as asked for; `Contact: *` is never sent', async () => {
    const { clock, registration, requests } = await setUp(bind(60), {
      aor: 'sip:bob@example.com',
      displayName: 'Bob',
      server: 'sip:192.0.2.9',
      contact: '<sip:bob@203.0.113.1:5099>;q=0.5',
    });
    await clock.until(registration.start());
    await clock.until(registration.remove());
    const [first, last] = requests.map(({ request }) => request);
    expect([first!.uriText, first!.to.toString()]).toEqual(['sip:example.com', '"Bob" <sip:bob@example.com>']);
    expect(first!.headers.has('Route')).toBe(false);
    expect(first!.headers.get('Contact')).toBe('<sip:bob@203.0.113.1:5099>;q=0.5;expires=3600');
    expect(last!.headers.get('Contact')).toBe('<sip:bob@203.0.113.1:5099>;q=0.5;expires=0');
  });

  test('many that fail at once do not come back at once', async () => {
    const { clock, registration, requests } = await setUp((transaction) => transaction.reply(500));
    await expect(clock.until(registration.start())).rejects.toMatchObject({ status: 500 });
    await clock.advance(120_000);
    const gaps = requests.slice(1).map(({ time }, index) => time - requests[index]!.time);
    expect(new Set(gaps).size).toBe(gaps.length);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(32_100);
    expect(Math.max(...gaps)).toBeGreaterThan(10_000);
  });
});
