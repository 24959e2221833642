import { type IncomingSession, SipStack } from '@offhook/sip-core';
import { seededRandomBytes } from '@offhook/sip-core/testing';
import { describe, expect, it } from 'vitest';
import { Phone, ScriptedMedia, World } from '../testing/phones';

/** Alice within reach, and bob behind a NAT: nobody can connect to the address he says he has. */
async function bobBehindANat() {
  const world = new World();
  const at = { host: '192.0.2.1', port: 5060 };
  const served = new World({
    transports: [world.network.transport('UDP', at), world.network.transport('TCP', at)],
    clock: world.clock,
  });
  await served.server.start();
  const alice = new Phone(world, 'alice', '192.0.2.10');
  await alice.stack.start();
  const bob = new SipStack({
    clock: world.clock,
    random: seededRandomBytes(77),
    publicAddress: '10.255.255.1',
    transports: [world.network.transport('TCP', { host: '192.0.2.30', port: 5060 })],
  });
  await bob.start();
  const incoming: IncomingSession[] = [];
  bob.on('invite', (session) => {
    session.offerAnswer = new ScriptedMedia('bob');
    incoming.push(session);
    void session.accept();
  });
  const registration = bob.register({
    aor: 'sip:bob@192.0.2.1',
    server: 'sip:192.0.2.1;transport=tcp',
    credentials: { username: 'bob', password: "bob's" },
    outbound: true,
  });
  await world.clock.until(registration.start());
  return { world, server: served.server, alice, bob, registration, incoming };
}

describe('a user who has registered a flow (RFC 5626)', () => {
  it('is called over it, and all that follows in the call goes over it', async () => {
    const { world, alice, registration, incoming } = await bobBehindANat();
    expect(registration.flows[0]!.outbound).toBe(true);
    const call = alice.call('bob');
    await world.confirmed(call);
    await world.clock.advance(100);
    const [leg] = incoming;
    expect(leg!.flow).toBe(registration.flow);
    expect(leg!.state).toBe('confirmed');
    await world.clock.until(call.reinvite());
    await world.clock.until(call.terminate());
    await world.clock.until(world.ended(leg!));
    expect(world.network.connections).toBe(2);
  });

  it('hangs up himself', async () => {
    const { world, alice, incoming } = await bobBehindANat();
    const call = alice.call('bob');
    await world.confirmed(call);
    await world.clock.advance(100);
    const over = world.ended(call);
    await world.clock.until(incoming[0]!.terminate());
    expect(await over).toMatchObject({ by: 'remote' });
  });

  it('is not there while his flow is broken, and there again once he has made another', async () => {
    const { world, server, alice, registration, incoming } = await bobBehindANat();
    await world.clock.advance(130_000);
    world.network.sever('192.0.2.30');
    expect(server.registrar.registered()).toEqual([]);
    await world.clock.advance(100);
    expect(registration.state).toBe('registered');
    await world.confirmed(alice.call('bob'));
    expect(incoming).toHaveLength(1);
  });
});
