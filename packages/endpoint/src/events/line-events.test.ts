import { EventServer, type IncomingSubscription, PublicationServer } from '@offhook/sip-core';
import { expect, test } from 'vitest';
import type { Call } from '../call/call';
import { MemoryLab } from '../testing/memory-lab';

const body = (contentType: string, text: string) => ({ contentType, body: new TextEncoder().encode(text) });

/** Alice has a line at a server that serves an event package. */
async function served(event: string) {
  const lab = new MemoryLab();
  const subscriptions: IncomingSubscription[] = [];
  const alice = await lab.endpoint('alice');
  await lab.endpoint(
    'server',
    {},
    {
      onStack: (stack) => {
        const events = new EventServer({ event });
        events.on('subscribe', (subscription) => {
          subscription.accept();
          subscriptions.push(subscription);
        });
        stack.use(events).use(new PublicationServer({ event: 'presence' }));
      },
    },
  );
  const line = alice.addConnection({ user: 'sip:alice@10.0.0.2', expires: 0 });
  return { lab, alice, line, subscriptions };
}

test('messages that wait', async () => {
  const { lab, line, subscriptions } = await served('message-summary');
  const watch = line.events.watchMessages();
  await lab.clock.advance(50);
  expect(subscriptions).toHaveLength(1);
  const before = watch.snapshot;
  void subscriptions[0]!.notify(
    body('application/simple-message-summary', 'Messages-Waiting: yes\r\nVoice-Message: 1/0\r\n'),
  );
  await lab.until(watch.established, 1000);
  await lab.clock.advance(50);
  expect(watch.state).toBe('active');
  expect(watch.value).toMatchObject({ waiting: true, counts: { voice: { new: 1 } } });
  expect(watch.snapshot).not.toBe(before);
  expect(Object.isFrozen(watch.snapshot)).toBe(true);
  await lab.until(watch.stop(), 1000);
  expect(watch.state).toBe('terminated');
});

test('what cannot be read is an error, and the value stays', async () => {
  const { lab, line, subscriptions } = await served('presence');
  const watch = line.events.watchPresence('bob');
  const errors: string[] = [];
  watch.on('error', ({ code }) => errors.push(code));
  await lab.clock.advance(50);
  const open =
    '<presence entity="sip:bob@example.com"><tuple id="1"><status><basic>open</basic></status></tuple></presence>';
  void subscriptions[0]!.notify(body('application/pidf+xml', open));
  await lab.clock.advance(50);
  void subscriptions[0]!.notify(body('application/pidf+xml', '<presence'));
  await lab.clock.advance(50);
  // Asked once for the full state, the server told the same.
  expect(errors).toEqual(['ERR_EVENT_BODY', 'ERR_EVENT_BODY']);
  expect(watch.value!.status).toBe('open');
  await lab.until(watch.stop(), 1000);
});

test('a watch is iterated until it is over', async () => {
  const { lab, line, subscriptions } = await served('presence');
  const watch = line.events.watchPresence('bob');
  const seen: string[] = [];
  const done = (async () => {
    for await (const { status } of watch) seen.push(status);
  })();
  await lab.clock.advance(50);
  for (const basic of ['open', 'closed']) {
    const text = `<presence entity="sip:bob@example.com"><tuple id="1"><status><basic>${basic}</basic></status></tuple></presence>`;
    void subscriptions[0]!.notify(body('application/pidf+xml', text));
    await lab.clock.advance(6000);
  }
  await lab.until(watch.stop(), 1000);
  await done;
  expect(seen).toEqual(['open', 'closed']);
});

test('a watch that is refused says so', async () => {
  const { lab, line } = await served('presence');
  const watch = line.events.watchDialogs('bob');
  await expect(lab.until(watch.established, 1000)).rejects.toMatchObject({ status: 489 });
  expect(watch.snapshot).toEqual({ state: 'terminated', status: 489 });
});

test('presence is published, changed and removed', async () => {
  const { lab, line } = await served('presence');
  const published = line.events.publishPresence({ status: 'open' });
  await lab.until(published.established, 1000);
  await lab.until(published.update({ status: 'closed', note: 'away' }), 1000);
  await lab.until(published.remove(), 1000);
  expect(lab.ladder.filter((each) => /PUBLISH/.test(each))).toEqual([
    'alice PUBLISH',
    'server 200 PUBLISH',
    'alice PUBLISH',
    'server 200 PUBLISH',
    'alice PUBLISH',
    'server 200 PUBLISH',
  ]);
});

test('a short message arrives, and is refused where nobody listens', async () => {
  const lab = new MemoryLab();
  const alice = await lab.endpoint('alice');
  const bob = await lab.endpoint('bob');
  const line = alice.addConnection({ user: 'sip:alice@example.com', server: 'sip:10.0.0.2', expires: 0 });
  expect((await lab.until(line.events.sendMessage('bob', 'anybody?'), 1000)).status).toBe(480);
  const got: string[] = [];
  bob.on('message', (message) => {
    got.push(`${message.from.user}: ${message.text}`);
    if (message.text === 'spam') message.reject(603);
  });
  expect((await lab.until(line.events.sendMessage('bob', 'grüezi'), 1000)).status).toBe(200);
  expect((await lab.until(line.events.sendMessage('bob', 'spam'), 1000)).status).toBe(603);
  expect(got).toEqual(['alice: grüezi', 'alice: spam']);
});

test('what rings at a colleague is picked up (RFC 5359 §2.8)', async () => {
  const { lab, line, subscriptions, alice } = await served('dialog');
  const bob = await lab.endpoint('bob');
  const caller = await lab.endpoint('caller');
  const ringing = caller.call('sip:bob@10.0.0.3');
  ringing.established.catch(() => {});
  await lab.clock.advance(50);
  const atBob: Call = bob.calls[0]!;
  const watch = line.events.watchDialogs('bob');
  await lab.clock.advance(50);
  const invite = atBob.headers;
  const toTag = /tag=([^;>]+)/.exec(invite.get('From')!)![1];
  const fromTag = [...lab.sipTags(atBob.callId)].find((tag) => tag !== toTag);
  const text =
    '<dialog-info version="0" state="full" entity="sip:bob@example.com"><dialog id="1" ' +
    `call-id="${atBob.callId}" local-tag="${fromTag}" remote-tag="${toTag}" direction="recipient"><state>early</state>` +
    '<remote><target uri="sip:caller@10.0.0.4"/></remote></dialog></dialog-info>';
  void subscriptions[0]!.notify(body('application/dialog-info+xml', text));
  await lab.clock.advance(50);
  expect(watch.value!.lamp).toBe('ringing');
  const picked = line.events.pickUp(watch.value!.dialogs[0]!);
  await lab.until(picked.established, 1000);
  await lab.clock.advance(100);
  expect(bob.calls).toEqual([]);
  expect(ringing.state).toBe('disconnected');
  expect(caller.calls[0]!.replaces).toBe(ringing);
  expect(alice.calls).toEqual([picked]);
  expect(() => line.events.pickUp({ id: 'x', state: 'early', local: {}, remote: {} })).toThrow(
    expect.objectContaining({ code: 'ERR_CALL_STATE' }),
  );
});
