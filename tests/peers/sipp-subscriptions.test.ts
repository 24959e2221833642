import type { SipStack, Subscription, SubscriptionEnd, SubscriptionState } from '@offhook/sip-core';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import type { Sipp } from './support/sipp';
import { SippScenario } from './support/sipp-scenario';
import { answering, callee, expectCaller, expectSuccess, OFFHOOK, startStack, uriOf } from './support/sipp-stack';

const SUMMARY = 'application/simple-message-summary';
const DIALOGS = 'application/dialog-info+xml';

/** A NOTIFY of a mailbox. */
const notify = (sequence: number, state: string, waiting = 'no') => ({
  sequence,
  headers: ['Event: message-summary', `Subscription-State: ${state}`],
  body: [SUMMARY, `Messages-Waiting: ${waiting}`] as const,
});

const granted = { headers: ['Expires: 3600'] };

async function subscribing(
  sipp: Sipp,
  options: Partial<Parameters<SipStack['subscribe']>[0]> = {},
): Promise<{
  subscription: Subscription;
  bodies: string[];
  states: SubscriptionState[];
  end: Promise<SubscriptionEnd>;
}> {
  const stack = await startStack();
  const subscription = stack.subscribe({ uri: uriOf(sipp), from: OFFHOOK, event: 'message-summary', ...options });
  const bodies: string[] = [];
  const states: SubscriptionState[] = [];
  subscription.on('notify', ({ text }) => bodies.push(text.trim()));
  subscription.on('state', (state) => states.push(state));
  const end = new Promise<SubscriptionEnd>((resolve) => subscription.on('ended', resolve));
  return { subscription, bodies, states, end };
}

const document = (text: string) => ({ contentType: DIALOGS, body: new TextEncoder().encode(`<dialog-info>${text}`) });

/** A stack that serves the `dialog` package. */
async function serving(...states: string[]): Promise<SipStack> {
  const stack = await startStack();
  const server = stack.serveEvent({ event: 'dialog', accept: [DIALOGS], coalesce: false });
  server.on('subscribe', (subscription) => {
    subscription.accept({ body: document('initial') });
    for (const state of states) subscription.notify(document(state)).catch(() => {});
  });
  return stack;
}

const subscribe = { headers: ['Event: dialog', 'Expires: 600', `Accept: ${DIALOGS}`] };

describeWithPeers(['sipp'], 'SIPp and subscriptions (RFC 6665)', () => {
  test.each(['u1', 't1'] as const)(
    'we subscribe (%s): NOTIFY before and after a change, and a last one when we unsubscribe',
    async (transport) => {
      const notifier = await callee(
        new SippScenario('notifier', 'uas')
          .request('SUBSCRIBE', { check: ['Event: message-summary', 'Expires: 3600', `Accept: ${SUMMARY}`] })
          .answer('200 OK', granted)
          .sendInside('NOTIFY', notify(1, 'active;expires=3600'))
          .response(200)
          .sendInside('NOTIFY', notify(2, 'active;expires=3599', 'yes'))
          .response(200)
          .request('SUBSCRIBE', { check: ['Expires: 0'] })
          .reply('200 OK', { headers: ['Expires: 0'] })
          .sendInside('NOTIFY', notify(3, 'terminated;reason=timeout', 'yes'))
          .response(200),
        { transport },
      );
      const uri = uriOf(notifier, transport === 't1' ? ';transport=tcp' : '');
      const { subscription, bodies } = await subscribing(notifier, { accept: [SUMMARY], uri });
      const second = new Promise<void>((resolve) => {
        subscription.on('notify', () => {
          if (bodies.length === 2) resolve();
        });
      });
      await subscription.established;
      await second;
      await subscription.unsubscribe();
      await expectSuccess(notifier);
      expect(bodies).toEqual(['Messages-Waiting: no', 'Messages-Waiting: yes', 'Messages-Waiting: yes']);
    },
  );

  test('a NOTIFY overtakes the 200 of our SUBSCRIBE, and one comes late and out of order: 500 (RFC 3261 §12.2.2)', async () => {
    const notifier = await callee(
      new SippScenario('hasty-notifier', 'uas')
        .request('SUBSCRIBE', { as: 'subscribe' })
        .sendInside('NOTIFY', notify(5, 'pending;expires=600'))
        .response(200)
        .answer('200 OK', { to: 'subscribe', ...granted })
        .sendInside('NOTIFY', notify(7, 'active;expires=600', 'yes'))
        .response(200)
        .sendInside('NOTIFY', notify(6, 'active;expires=600', 'stale'))
        .response(500)
        .sendInside('NOTIFY', notify(8, 'terminated;reason=noresource', 'gone'))
        .response(200),
    );
    const { bodies, states, end } = await subscribing(notifier);
    await expectSuccess(notifier);
    expect(await end).toMatchObject({ by: 'remote', reason: 'noresource' });
    expect(bodies.map((body) => body.split(' ')[1])).toEqual(['no', 'yes', 'gone']);
    expect(states).toEqual(['pending', 'active', 'terminated']);
  });

  test('a proxy has forked our SUBSCRIBE: the first branch is kept, the other told 481; or both are kept', async () => {
    const forked = (second: number) =>
      new SippScenario(`forked-notifier-${second}`, 'uas')
        .request('SUBSCRIBE')
        .answer('200 OK', granted)
        .sendInside('NOTIFY', notify(1, 'active;expires=600', 'first'))
        .response(200)
        .sendInside('NOTIFY', { ...notify(1, 'active;expires=600', 'second'), fork: 'b' })
        .response(second);
    const notifiers = await Promise.all([callee(forked(481)), callee(forked(200))]);
    const one = await subscribing(notifiers[0]!);
    const both = await subscribing(notifiers[1]!, { forks: 'all' });
    const others: string[] = [];
    both.subscription.on('fork', (fork) => fork.on('notify', ({ text }) => others.push(text.trim())));
    await expectSuccess(...notifiers);
    expect(one.bodies).toEqual(['Messages-Waiting: first']);
    expect([both.bodies, others]).toEqual([['Messages-Waiting: first'], ['Messages-Waiting: second']]);
  });

  test.each([
    ['403 Forbidden', 403],
    ['404 Not Found', 404],
    ['489 Bad Event', 489],
    ['600 Busy Everywhere', 600],
  ])('our SUBSCRIBE is refused: %s', async (line, status) => {
    const notifier = await callee(new SippScenario(`notifier-${status}`, 'uas').request('SUBSCRIBE').answer(line));
    const { subscription, end } = await subscribing(notifier);
    await expect(subscription.established).rejects.toMatchObject({ status });
    expect(await end).toMatchObject({ by: 'remote', status });
    await expectSuccess(notifier);
  });

  test('our SUBSCRIBE is too short: 423, and we ask for as long as is wanted', async () => {
    const notifier = await callee(
      new SippScenario('slow-notifier', 'uas').cases(
        'SUBSCRIBE',
        ['Expires: 600', (it) => it.answer('200 OK', { headers: ['Expires: 600'] }).pause(100)],
        ['Expires: 60', (it) => it.answer('423 Interval Too Brief', { headers: ['Min-Expires: 600'] })],
      ),
      { calls: 2 },
    );
    await subscribing(notifier, { expires: 60 });
    await expectSuccess(notifier);
  });

  test('we fetch a state once: a SUBSCRIBE with Expires: 0', async () => {
    const notifier = await callee(
      new SippScenario('fetched', 'uas')
        .request('SUBSCRIBE', { check: ['Expires: 0'] })
        .answer('200 OK', { headers: ['Expires: 0'] })
        .sendInside('NOTIFY', notify(1, 'terminated;reason=timeout', 'yes'))
        .response(200),
    );
    const { bodies, end } = await subscribing(notifier, { expires: 0 });
    await end;
    expect(bodies).toEqual(['Messages-Waiting: yes']);
    await expectSuccess(notifier);
  });

  test('SIPp ends our subscription because it is restarted (deactivated): we subscribe anew at once', async () => {
    const notifier = await callee(
      new SippScenario('restarting-notifier', 'uas')
        .request('SUBSCRIBE', { never: ['To:.*;tag=[^;]*\\n'] })
        .answer('200 OK', granted)
        .sendInside('NOTIFY', notify(1, 'terminated;reason=deactivated'))
        .response(200),
      { calls: 2 },
    );
    await subscribing(notifier);
    await expectSuccess(notifier);
  });

  test('SIPp has lost the subscription: our refresh is answered 481, and we subscribe anew', async () => {
    const notifier = await callee(
      new SippScenario('forgetful-notifier', 'uas')
        .request('SUBSCRIBE')
        .answer('200 OK', { headers: ['Expires: 2'] })
        .sendInside('NOTIFY', notify(1, 'active;expires=2'))
        .response(200)
        .request('SUBSCRIBE')
        .reply('481 Subscription Does Not Exist'),
      { calls: 2 },
    );
    await subscribing(notifier, { expires: 2 });
    await expectSuccess(notifier);
  });

  test('a NOTIFY that belongs to nothing is answered 481, one without Event 489, one without Subscription-State 400', async () => {
    const stack = await startStack();
    await expectCaller(
      stack,
      new SippScenario('stray-notifier', 'uac').send('NOTIFY', notify(1, 'active;expires=60')).response(405),
    );
    const subscribed = await callee(
      new SippScenario('odd-notifier', 'uas')
        .request('SUBSCRIBE')
        .answer('200 OK', granted)
        .sendInside('NOTIFY', notify(1, 'active;expires=60'))
        .response(200)
        .sendInside('NOTIFY', { sequence: 2, headers: ['Event: weather', 'Subscription-State: active'] })
        .response(481)
        .sendInside('NOTIFY', { sequence: 3, headers: ['Event: message-summary'] })
        .response(400)
        .sendInside('NOTIFY', { ...notify(4, 'terminated'), headers: notify(4, 'terminated;reason=rejected').headers })
        .response(200),
    );
    const { end } = await subscribing(subscribed);
    expect(await end).toMatchObject({ reason: 'rejected' });
    await expectSuccess(subscribed);
  });

  test.each(['u1', 't1'] as const)(
    'SIPp subscribes to us (%s): 200, NOTIFYs, a refresh with the whole state, and an end',
    async (transport) => {
      const stack = await serving('changed');
      await expectCaller(
        stack,
        new SippScenario('subscriber', 'uac')
          .send('SUBSCRIBE', subscribe)
          .response(200, { check: ['Expires: 600', 'Contact: <sip:offhook@'] })
          .request('NOTIFY', { check: ['Event: dialog', 'Subscription-State: active;expires=', 'initial'] })
          .reply('200 OK')
          .request('NOTIFY', { check: ['changed'] })
          .reply('200 OK')
          .sendInside('SUBSCRIBE', { ...subscribe, sequence: 2 })
          .response(200)
          .request('NOTIFY', { check: ['Subscription-State: active', 'changed'] })
          .reply('200 OK')
          .sendInside('SUBSCRIBE', { sequence: 3, headers: ['Event: dialog', 'Expires: 0'] })
          .response(200)
          .request('NOTIFY', { check: ['Subscription-State: terminated;reason=timeout'] })
          .reply('200 OK')
          .sendInside('SUBSCRIBE', { ...subscribe, sequence: 4 })
          .response(481),
        { transport },
      );
      expect(stack.load.features).toBe(0);
    },
  );

  test('SIPp answers our NOTIFY with 481: the subscription is over, nothing more is told', async () => {
    const stack = await serving('changed');
    await expectCaller(
      stack,
      new SippScenario('gone-subscriber', 'uac')
        .send('SUBSCRIBE', subscribe)
        .response(200)
        .request('NOTIFY', { check: ['initial'] })
        .reply('481 Subscription Does Not Exist')
        .pause(200),
    );
    expect(stack.load.features).toBe(0);
  });

  test('SIPp subscribes to what it may not have: 489, 423, 406, and 403', async () => {
    const stack = await startStack();
    const server = stack.serveEvent({ event: 'dialog', accept: [DIALOGS], coalesce: false });
    server.on('subscribe', (subscription) => subscription.reject(403));
    const refused = (name: string, status: number, headers: string[], check: string[] = []) =>
      expectCaller(
        stack,
        new SippScenario(`subscriber-${name}`, 'uac').send('SUBSCRIBE', { headers }).response(status, { check }),
      );
    await Promise.all([
      refused('unknown', 489, ['Event: weather', 'Expires: 60'], ['Allow-Events: dialog']),
      refused('eventless', 489, ['Expires: 60'], ['Allow-Events: dialog']),
      refused('short', 423, ['Event: dialog', 'Expires: 1', `Accept: ${DIALOGS}`], ['Min-Expires: 60']),
      refused(
        'unreadable',
        406,
        ['Event: dialog', 'Expires: 60', 'Accept: text/plain'],
        ['Accept: application/dialog'],
      ),
      refused('unwelcome', 403, ['Event: dialog', 'Expires: 60', `Accept: ${DIALOGS}`]),
    ]);
    expect(server.size).toBe(0);
  });

  test('SIPp waits for a decision: pending, then active', async () => {
    const stack = await startStack();
    const server = stack.serveEvent({ event: 'dialog', accept: [DIALOGS], coalesce: false });
    server.on('subscribe', (subscription) => {
      subscription.pend();
      // The NOTIFY that says so has gone by then.
      setImmediate(() => subscription.accept({ body: document('decided') }));
    });
    await expectCaller(
      stack,
      new SippScenario('waiting-subscriber', 'uac')
        .send('SUBSCRIBE', subscribe)
        .response(200)
        .request('NOTIFY', { check: ['Subscription-State: pending;expires=6'] })
        .reply('200 OK')
        .request('NOTIFY', { check: ['Subscription-State: active;expires=', 'decided'] })
        .reply('200 OK'),
    );
  });

  test('SIPp subscribes within its call: the two share a dialog, and the subscription outlives the call (§4.5.2)', async () => {
    const stack = await serving('changed');
    const sessions = answering(stack);
    await expectCaller(
      stack,
      new SippScenario('sharing-caller', 'uac')
        .call()
        .sendInside('SUBSCRIBE', { ...subscribe, sequence: 2 })
        .response(200)
        .request('NOTIFY', { check: ['initial'] })
        .reply('200 OK')
        .request('NOTIFY', { check: ['changed'] })
        .reply('200 OK')
        .hangUp(3)
        .sendInside('SUBSCRIBE', { ...subscribe, sequence: 4 })
        .response(200)
        .request('NOTIFY', { check: ['changed'] })
        .reply('200 OK')
        .sendInside('SUBSCRIBE', { sequence: 5, headers: ['Event: dialog', 'Expires: 0'] })
        .response(200)
        .request('NOTIFY', { check: ['terminated'] })
        .reply('200 OK')
        .sendInside('INFO', { sequence: 6 })
        .response(481),
    );
    expect([sessions.map(({ state }) => state), stack.load.features]).toEqual([['terminated'], 0]);
  });
});
