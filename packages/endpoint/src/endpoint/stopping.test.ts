import { expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';
import { WirePeer } from '../testing/wire-peer';

async function inviting() {
  const lab = new MemoryLab();
  const alice = await lab.endpoint('alice');
  const bob = await WirePeer.open(lab, '10.0.0.1');
  const call = alice.call('sip:bob@10.0.0.200:5060');
  call.established.catch(() => {});
  await lab.clock.advance(20);
  return { lab, alice, bob, call, invite: bob.requests('INVITE')[0]! };
}

test('an endpoint that stops before anybody answered its INVITE stays until it could cancel it (RFC 3261 §9.1)', async () => {
  const { lab, alice, bob, call, invite } = await inviting();
  const stopped = alice.stop();
  await lab.clock.advance(300);
  expect(call.state).toBe('disconnected');
  expect(bob.requests('CANCEL')).toHaveLength(0);
  await bob.respond(invite, 180);
  const cancel = bob.requests('CANCEL')[0]!;
  await bob.respond(cancel, 200);
  await bob.respond(invite, 487);
  await lab.until(stopped, 50);
  expect(bob.requests('ACK')).toHaveLength(1);
});

test('an endpoint that stops ends by BYE what is answered after all', async () => {
  const { lab, alice, bob, invite } = await inviting();
  const stopped = alice.stop();
  await lab.clock.advance(300);
  await bob.respond(invite, 200);
  expect(bob.requests('ACK')).toHaveLength(1);
  expect(bob.requests('BYE')).toHaveLength(1);
  await bob.respond(bob.requests('BYE')[0]!, 200);
  await lab.until(stopped, 2000);
});

test('an endpoint that stops waits for a callee that says nothing no longer than it was told', async () => {
  const { lab, alice } = await inviting();
  let stopped = false;
  void alice.stop({ timeout: 1000 }).then(() => {
    stopped = true;
  });
  await lab.clock.advance(900);
  expect(stopped).toBe(false);
  await lab.clock.advance(200);
  expect(stopped).toBe(true);
});
