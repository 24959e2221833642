import type { Connection, EndpointOptions } from '@offhook/endpoint';
import { expect, test } from 'vitest';
import { startKamailio } from './support/kamailio';
import { describeWithPeers } from './support/peers';
import { seconds, TestPhone } from './support/phones';

const HEARD = -25;

/** Three phones of ours with lines on one Kamailio, which stands in the way of all they say. */
async function office(transport: 'udp' | 'tcp', options: EndpointOptions = {}) {
  const { port } = await startKamailio();
  const phones: Record<string, { phone: TestPhone; line: Connection }> = {};
  for (const [name, hz] of [
    ['alice', 440],
    ['bob', 1000],
    ['carol', 1700],
  ] as const) {
    const phone = await TestPhone.start(hz, { transports: [{ protocol: transport, host: '127.0.0.1' }], ...options });
    const line = phone.endpoint.addConnection({
      user: `sip:${name}@127.0.0.1:${port};transport=${transport}`,
      password: `secret-${name}`,
    });
    await line.register();
    phones[name] = { phone, line };
  }
  const { alice, bob, carol } = phones as Record<'alice' | 'bob' | 'carol', { phone: TestPhone; line: Connection }>;
  const call = (from: { phone: TestPhone; line: Connection }, to: string) =>
    from.phone.call(`sip:${to}@127.0.0.1:${port};transport=${transport}`, from.line);
  const uri = (name: string) => `sip:${name}@127.0.0.1:${port};transport=${transport}`;
  return { alice, bob, carol, call, uri };
}

/** Both hear each other, and nobody else. */
async function talk(first: TestPhone, second: TestPhone, third: TestPhone): Promise<void> {
  first.forget();
  second.forget();
  await expect.poll(() => first.level(second.hz), { timeout: 8000 }).toBeGreaterThan(HEARD);
  await expect.poll(() => second.level(first.hz), { timeout: 8000 }).toBeGreaterThan(HEARD);
  expect(first.level(third.hz)).toBeLessThan(HEARD);
}

describeWithPeers(['kamailio'], 'transfers through Kamailio', () => {
  test.each(['udp', 'tcp'] as const)('%s: a blind one', async (transport) => {
    const { alice, bob, carol, call, uri } = await office(transport);
    const first = await call(alice, 'bob');
    await talk(alice.phone, bob.phone, carol.phone);
    expect(await first.transfer(uri('carol'))).toMatchObject({ outcome: 'succeeded' });
    await talk(bob.phone, carol.phone, alice.phone);
    expect(alice.phone.endpoint.calls).toEqual([]);
  });

  test.each(['udp', 'tcp'] as const)('%s: an attended one (REFER, Replaces)', async (transport) => {
    const { alice, bob, carol, call } = await office(transport);
    const first = await call(alice, 'bob');
    await first.hold();
    const second = await call(alice, 'carol');
    await talk(alice.phone, carol.phone, bob.phone);
    expect(await first.transfer(second)).toMatchObject({ outcome: 'succeeded' });
    await talk(bob.phone, carol.phone, alice.phone);
    expect(alice.phone.endpoint.calls).toEqual([]);
    expect([bob.phone.endpoint.calls.length, carol.phone.endpoint.calls.length]).toEqual([1, 1]);
  });

  test('to somebody who is not there: the call goes on', async () => {
    const { alice, bob, carol, call, uri } = await office('udp');
    const first = await call(alice, 'bob');
    await expect(first.transfer(uri('nobody'))).rejects.toMatchObject({ status: 404 });
    await seconds(0.5);
    await talk(alice.phone, bob.phone, carol.phone);
    await first.hangup();
  });

  test('held and retrieved, each way', async () => {
    const { alice, bob, carol, call } = await office('udp');
    const first = await call(alice, 'bob');
    await talk(alice.phone, bob.phone, carol.phone);
    for (const side of [first, bob.phone.endpoint.calls[0]!]) {
      await side.hold();
      await seconds(0.5);
      for (const { phone } of [alice, bob]) phone.forget();
      await seconds(0.5);
      expect(bob.phone.level(alice.phone.hz)).toBeLessThan(HEARD);
      expect(alice.phone.level(bob.phone.hz)).toBeLessThan(HEARD);
      await side.retrieve();
      await talk(alice.phone, bob.phone, carol.phone);
    }
    await first.hangup();
  });

  test('a call that rings at one phone is picked up at another (Replaces)', async () => {
    const { alice, bob, carol, uri } = await office('udp', { autoAnswer: false });
    // What a busy lamp would tell of bob's dialog (RFC 4235), read from his own messages.
    const seen: string[] = [];
    bob.phone.endpoint.on('trace', ({ data }) => seen.push(new TextDecoder().decode(data)));
    const first = alice.line.call(uri('bob'), { source: alice.phone.tone });
    alice.phone.listen(first);
    await expect.poll(() => first.snapshot.ringing, { timeout: 5000 }).toBe(true);
    const ringing = seen.find((message) => message.startsWith('SIP/2.0 180'))!;
    const [, caller] = /^From:.*;tag=([^;\s]+)/im.exec(ringing)!;
    const [, callee] = /^To:.*;tag=([^;\s]+)/im.exec(ringing)!;
    const [, callId] = /^Call-ID: *(\S+)/im.exec(ringing)!;
    await carol.phone.call(uri('alice'), {
      call: (to, options) =>
        carol.line.call(to, { ...options, replaces: { callId: callId!, toTag: caller!, fromTag: callee! } }),
    });
    await expect.poll(() => bob.phone.endpoint.calls.length, { timeout: 5000 }).toBe(0);
    await talk(alice.phone, carol.phone, bob.phone);
    expect(alice.phone.endpoint.calls).toHaveLength(1);
  });
});
