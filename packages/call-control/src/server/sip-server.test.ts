import { SipError, SipUri } from '@offhook/sip-core';
import { describe, expect, it } from 'vitest';
import { Phone, World } from '../testing/phones';

describe('registering with a server', () => {
  it('takes the right password, and puts the user where calls find it', async () => {
    const { world } = await World.withAliceAndBob();
    expect(world.server.registrar.registered()).toEqual(['bob@192.0.2.1']);
  });

  it('refuses a wrong one, and somebody who takes the address of another', async () => {
    const world = new World();
    await world.server.start();
    const phone = new Phone(world, 'alice', '192.0.2.10');
    await phone.stack.start();
    const registrar = 'sip:192.0.2.1';
    const wrong = { username: 'alice', password: 'no' };
    const guess = phone.stack.register({ aor: 'sip:alice@192.0.2.1', registrar, credentials: wrong });
    await expect(world.clock.until(guess.start())).rejects.toMatchObject({ status: 401 });
    const other = { username: 'alice', password: "alice's" };
    const theft = phone.stack.register({ aor: 'sip:bob@192.0.2.1', registrar, credentials: other });
    await expect(world.clock.until(theft.start())).rejects.toMatchObject({ status: 403 });
    expect(world.server.registrar.registered()).toEqual([]);
  });
});

describe('a call through the server', () => {
  it('is two dialogs, and the offer and answer of the parties', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    const call = alice.call('bob');
    await world.confirmed(call);
    await world.clock.advance(100);
    const [leg] = bob.incoming;
    expect(leg?.state).toBe('confirmed');
    expect(leg?.invite.callId).not.toBe(call.invite.callId);
    expect(leg?.invite.from.uri.toString()).toBe('sip:alice@192.0.2.1');
    expect(bob.media.seen).toEqual(['offer: alice 1']);
    expect(alice.media.seen).toEqual(['answer: bob 1']);
    expect(world.server.calls.length).toBe(1);
    await world.clock.until(call.terminate());
    await world.ended(leg!);
    expect(world.server.calls.length).toBe(0);
  });

  it('has one hop less than the call of the caller (RFC 7332)', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    const call = alice.call('bob');
    await world.confirmed(call);
    await world.clock.advance(100);
    expect(bob.incoming[0]!.invite.maxForwards).toBe(69);
    expect(bob.incoming[0]!.invite.headers.get('Max-Breadth')).toBe('60');
  });

  it('that leads back to the server ends when its hops are used up: 483', async () => {
    const world = new World({
      services: { round: new SipUri({ user: 'round', host: '192.0.2.1' }) },
      authenticateCalls: false,
    });
    await world.server.start();
    const phone = new Phone(world, 'alice', '192.0.2.10');
    await phone.stack.start();
    const call = phone.call('round');
    expect(await world.ended(call)).toMatchObject({ status: 483 });
    await world.clock.advance(100);
    expect(world.server.calls.length).toBe(0);
  });

  it('lets the caller hear that it rings', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    bob.onInvite = (session) => void session.ring();
    const statuses: number[] = [];
    const call = alice.call('bob');
    call.on('provisional', ({ status }) => statuses.push(status));
    await world.clock.advance(500);
    expect(statuses).toContain(180);
  });

  it('without an offer asks the callee for it, and takes the answer in the ACK through', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    await world.confirmed(alice.call('bob', { delayedOffer: true }));
    await world.clock.advance(100);
    expect(bob.incoming[0]?.state).toBe('confirmed');
    expect(alice.media.seen).toEqual(['offer: bob 1']);
    expect(bob.media.seen).toEqual(['answer: alice 1']);
  });

  it.each([false, true])(
    'is changed from either side, with and without an offer (delayed: %s)',
    async (delayedOffer) => {
      const { world, alice, bob } = await World.withAliceAndBob();
      const call = alice.call('bob');
      await world.confirmed(call);
      await world.clock.advance(100);
      await world.clock.until(call.reinvite({ delayedOffer }));
      await world.clock.advance(100);
      await world.clock.until(bob.incoming[0]!.reinvite({ delayedOffer }));
      await world.clock.advance(100);
      const [first, second] = delayedOffer ? ['answer', 'offer'] : ['offer', 'answer'];
      expect(bob.media.seen.slice(1)).toEqual([`${first}: alice 2`, `${second}: alice 3`]);
      expect(alice.media.seen.slice(1)).toEqual([`${second}: bob 2`, `${first}: bob 3`]);
      expect([call.state, bob.incoming[0]!.state]).toEqual(['confirmed', 'confirmed']);
    },
  );

  it('goes on when the other party refuses a change', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    const call = alice.call('bob');
    await world.confirmed(call);
    await world.clock.advance(100);
    bob.media.refusal = new SipError('No.', { status: 488 });
    await expect(world.clock.until(call.reinvite())).rejects.toMatchObject({ status: 488 });
    bob.media.refusal = undefined;
    await world.clock.until(call.reinvite());
    expect(call.state).toBe('confirmed');
  });

  it('survives changes from both sides at once', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    const call = alice.call('bob');
    await world.confirmed(call);
    await world.clock.advance(100);
    const changes = Promise.allSettled([call.reinvite(), bob.incoming[0]!.reinvite()]);
    const results = await world.clock.until(changes);
    expect(results).toEqual([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
  });

  it('ends with the callee too', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    const call = alice.call('bob');
    await world.confirmed(call);
    await world.clock.advance(100);
    const end = world.ended(call);
    void bob.incoming[0]!.terminate();
    expect(await end).toMatchObject({ by: 'remote' });
  });

  it('is given up on both legs when the caller cancels', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    bob.onInvite = (session) => void session.ring();
    const call = alice.call('bob');
    await world.clock.advance(500);
    await world.clock.until(call.terminate());
    await world.clock.advance(500);
    expect(bob.incoming[0]?.state).toBe('terminated');
    await world.clock.advance(60_000);
    expect(world.server.calls.length).toBe(0);
  });

  it('hands on why the callee refuses', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    bob.onInvite = (session) => session.reject(486);
    await expect(world.confirmed(alice.call('bob'))).rejects.toMatchObject({ status: 486, reason: 'Busy Here' });
  });

  it('hands on that the callee cannot agree to the offer', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    bob.media.refusal = new SipError('No common codec.', { status: 488 });
    await expect(world.confirmed(alice.call('bob'))).rejects.toMatchObject({ status: 488 });
  });

  it('is refused when the callee has gone without a word', async () => {
    const { world, alice, bob } = await World.withAliceAndBob();
    await bob.stack.close();
    await expect(world.confirmed(alice.call('bob'))).rejects.toMatchObject({ status: 408 });
  });
});

describe('who may call whom', () => {
  it('finds nobody of that name, or nobody registered', async () => {
    const { world, alice } = await World.withAliceAndBob();
    await expect(world.confirmed(alice.call('zoe'))).rejects.toMatchObject({ status: 404 });
    await expect(world.confirmed(alice.call('carol'))).rejects.toMatchObject({ status: 480 });
  });

  it('lets users call, with their own name and password', async () => {
    const { world, alice } = await World.withAliceAndBob();
    await expect(world.confirmed(alice.call('bob', { password: 'wrong' }))).rejects.toMatchObject({ status: 407 });
    const stolen = alice.call('bob', { from: '<sip:carol@192.0.2.1>' });
    await expect(world.confirmed(stolen)).rejects.toMatchObject({ status: 403 });
  });

  it('reaches services without registration', async () => {
    const services = { echo: SipUri.parse('sip:echo@192.0.2.12:5060') };
    const { world, alice } = await World.withAliceAndBob({ services });
    const echo = new Phone(world, 'echo', '192.0.2.12');
    await echo.stack.start();
    await world.confirmed(alice.call('echo'));
    expect(echo.incoming).toHaveLength(1);
  });
});
