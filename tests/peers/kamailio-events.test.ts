import {
  type IncomingReferral,
  type Notification,
  ReferServer,
  type SessionBody,
  type SipStack,
  type Subscription,
} from '@offhook/sip-core';
import { ScriptedMedia } from '@offhook/sip-core/testing';
import { expect, test } from 'vitest';
import { startKamailioEvents } from './support/kamailio-events';
import { describeWithPeers } from './support/peers';
import { answering, ended, established, startStack } from './support/sipp-stack';

const pidf = (basic: 'open' | 'closed'): SessionBody => ({
  contentType: 'application/pidf+xml',
  body: new TextEncoder().encode(
    '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:bob@127.0.0.1">' +
      `<tuple id="phone"><status><basic>${basic}</basic></status></tuple></presence>`,
  ),
});

/** The notifications of a subscription, as they come. */
function notifications(subscription: Subscription): { all: Notification[]; next(test: RegExp): Promise<Notification> } {
  const all: Notification[] = [];
  subscription.on('notify', (notification) => all.push(notification));
  return {
    all,
    async next(test) {
      await expect.poll(() => all.at(-1)?.text, { timeout: 10_000, interval: 20 }).toMatch(test);
      return all.at(-1)!;
    },
  };
}

/** A stack with a line on Kamailio, which knows nobody by password here. */
async function lineOn(port: number, user: string, transport: string) {
  const stack = await startStack();
  const registration = stack.register({ aor: `sip:${user}@127.0.0.1:${port};transport=${transport}` });
  await registration.start();
  const from = `sip:${user}@127.0.0.1`;
  return { stack, registration, from, addressing: { from, registration } };
}

describeWithPeers(['kamailio', 'kamailio-outbound', 'kamailio-presence'], 'Kamailio and events', () => {
  test.each(['udp', 'tcp'])(
    '%s: what is published is told to who subscribes, until it is taken back',
    async (transport) => {
      const { port } = await startKamailioEvents();
      const [bob, alice] = [await startStack(), await startStack()];
      const uri = `sip:bob@127.0.0.1:${port};transport=${transport}`;
      const publication = bob.publish({
        uri,
        from: 'sip:bob@127.0.0.1',
        event: 'presence',
        body: pidf('open'),
        expires: 60,
      });
      await publication.established;
      expect(publication.etag).toMatch(/\S/);
      const subscription = alice.subscribe({ uri, from: 'sip:alice@127.0.0.1', event: 'presence', expires: 60 });
      const told = notifications(subscription);
      const first = await told.next(/<basic>open</);
      expect(first.state).toMatchObject({ state: 'active' });
      const etag = publication.etag;
      await publication.modify(pidf('closed'));
      expect(publication.etag).not.toBe(etag);
      await told.next(/<basic>closed</);
      await publication.modify(pidf('open'));
      await told.next(/<basic>open</);
      await publication.refresh();
      // Kamailio says of a phone whose state is taken back that it is closed.
      await publication.remove();
      await told.next(/<basic>closed</);
      const over = new Promise((resolve) => subscription.on('ended', resolve));
      await subscription.unsubscribe();
      await over;
      expect(subscription.state).toBe('terminated');
      expect(told.all.at(-1)!.state).toMatchObject({ state: 'terminated' });
    },
  );

  test('a subscription is refreshed in time, and so is a publication, by what the server grants', async () => {
    const { port } = await startKamailioEvents();
    const [bob, alice] = [await startStack(), await startStack()];
    const methods: string[] = [];
    for (const stack of [alice, bob]) {
      stack.on('trace', ({ direction, data }) => {
        if (direction === 'out') methods.push(new TextDecoder().decode(data).split(' ', 1)[0]!);
      });
    }
    const uri = `sip:bob@127.0.0.1:${port}`;
    bob.publish({ uri, from: 'sip:bob@127.0.0.1', event: 'presence', body: pidf('open'), expires: 6 });
    const subscription = alice.subscribe({ uri, from: 'sip:alice@127.0.0.1', event: 'presence', expires: 6 });
    const sent = (method: string) => methods.filter((each) => each === method).length;
    await expect
      .poll(() => Math.min(sent('SUBSCRIBE'), sent('PUBLISH')), { timeout: 15_000 })
      .toBeGreaterThanOrEqual(2);
    expect(subscription.state).toBe('active');
  });

  test('a state is fetched once (RFC 6665 §4.4.3)', async () => {
    const { port } = await startKamailioEvents();
    const stack = await startStack();
    const uri = `sip:bob@127.0.0.1:${port}`;
    await stack.publish({ uri, from: 'sip:bob@127.0.0.1', event: 'presence', body: pidf('open') }).established;
    const fetched = stack.subscribe({ uri, from: 'sip:alice@127.0.0.1', event: 'presence', expires: 0 });
    const told = notifications(fetched);
    await new Promise((resolve) => fetched.on('ended', resolve));
    expect(told.all.map(({ text }) => /<basic>(\w+)</.exec(text)?.[1])).toEqual(['open']);
  });

  test('an event package the server does not know is refused', async () => {
    const { port } = await startKamailioEvents();
    const stack = await startStack();
    const publication = stack.publish({
      uri: `sip:bob@127.0.0.1:${port}`,
      from: 'sip:bob@127.0.0.1',
      event: 'weather',
      body: { contentType: 'text/plain', body: new TextEncoder().encode('rain') },
    });
    await expect(publication.established).rejects.toMatchObject({ status: 489 });
    expect(publication.state).toBe('failed');
  });
});

describeWithPeers(['kamailio', 'kamailio-outbound', 'kamailio-presence'], 'Kamailio between two of us', () => {
  test.each(['udp', 'tcp'])('%s: a MESSAGE arrives, and its answer comes back', async (transport) => {
    const { port } = await startKamailioEvents();
    const [alice, bob] = [await lineOn(port, 'alice', transport), await lineOn(port, 'bob', transport)];
    const heard: string[] = [];
    bob.stack.on('request', (transaction) => {
      heard.push(transaction.request.text);
      transaction.reply(200);
    });
    const uri = `sip:bob@127.0.0.1:${port};transport=${transport}`;
    const response = await alice.stack.message({ ...alice.addressing, uri, content: 'Grüße' });
    expect(response.status).toBe(200);
    expect(heard).toEqual(['Grüße']);
    const nobody = `sip:nobody@127.0.0.1:${port};transport=${transport}`;
    expect(await alice.stack.message({ ...alice.addressing, uri: nobody, content: 'Hello?' })).toMatchObject({
      status: 404,
    });
  });

  test.each(['udp', 'tcp'])('%s: a call is transferred to a third phone (RFC 3515)', async (transport) => {
    const { port } = await startKamailioEvents();
    const [alice, bob, carol] = [
      await lineOn(port, 'alice', transport),
      await lineOn(port, 'bob', transport),
      await lineOn(port, 'carol', transport),
    ];
    follow(bob.stack, bob.from);
    answering(bob.stack);
    const atCarol = answering(carol.stack);
    const uri = (user: string) => `sip:${user}@127.0.0.1:${port};transport=${transport}`;
    const call = alice.stack.invite({ ...alice.addressing, uri: uri('bob'), offerAnswer: new ScriptedMedia('alice') });
    await established(call);
    const referral = call.refer(uri('carol'));
    expect(await referral.done).toMatchObject({ outcome: 'succeeded', status: 200 });
    await expect.poll(() => atCarol.map(({ state }) => state)).toEqual(['confirmed']);
    await call.terminate();
    const over = ended(atCarol[0]!);
    await atCarol[0]!.terminate();
    await over;
  });
});

/** Calls whom it is referred to. */
function follow(stack: SipStack, from: string): void {
  stack.use(new ReferServer());
  stack.on('refer', (referral: IncomingReferral) => {
    referral.follow({ from, offerAnswer: new ScriptedMedia('second call') });
  });
}
