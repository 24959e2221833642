import { describe, expect, test } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import { NameAddr } from '../message/name-addr';
import { SipRequest } from '../message/request';
import { SipUri } from '../message/uri';
import { leaveNothingBehind, PhoneAndPeer } from '../session/testing/phone-and-peer';
import type { ScriptedReply } from '../testing/scripted-peer';
import type { SubscribeOptions } from './subscribe-options';
import type { Subscription } from './subscription';

leaveNothingBehind();

const PHONE = { host: '192.0.2.1', port: 5060 };

/** The notifier is a scripted peer: it answers and notifies as the test says. */
class Scene {
  readonly log: string[] = [];
  #sequence = 0;

  private constructor(readonly pair: PhoneAndPeer) {}

  static async start(...args: Parameters<typeof PhoneAndPeer.start>): Promise<Scene> {
    return new Scene(await PhoneAndPeer.start(...args));
  }

  get clock() {
    return this.pair.clock;
  }

  get peer() {
    return this.pair.peer;
  }

  subscribe(options: Partial<SubscribeOptions> = {}): Subscription {
    return this.watch(
      this.pair.stack.subscribe({
        uri: 'sip:bob@192.0.2.2',
        from: 'sip:alice@192.0.2.1',
        event: 'message-summary',
        accept: ['application/simple-message-summary'],
        expires: 600,
        ...options,
      }),
    );
  }

  /** Notes all that a subscription tells. */
  watch(subscription: Subscription, name = ''): Subscription {
    subscription.on('state', (state, { reason, retryIn }) => {
      const details = [reason, retryIn === undefined ? undefined : `in ${Math.round(retryIn)}`].filter(Boolean);
      this.log.push([`${name}${state}`, ...details].join(' '));
    });
    subscription.on('notify', ({ request }) => this.log.push(`${name}notify ${request.text}`.trimEnd()));
    subscription.on('fork', (other) => {
      this.log.push(`${name}fork`);
      this.watch(other, `${name}fork `);
    });
    subscription.on('ended', ({ by, reason, status }) =>
      this.log.push([`${name}ended by ${by}`, reason, status].filter((each) => each !== undefined).join(' ')),
    );
    return subscription;
  }

  /** A NOTIFY of the dialog a SUBSCRIBE has opened. */
  notify(
    subscribe: SipRequest,
    state: string | undefined,
    { body, tag = 'peer', sequence = ++this.#sequence, event = 'message-summary', contact = true }: NotifyParts = {},
  ): SipRequest {
    const notify = SipRequest.create({
      method: 'NOTIFY',
      uri: subscribe.contact!.uri.clone(),
      headers: [
        ['Max-Forwards', '70'],
        ['From', `<sip:bob@192.0.2.2>;tag=${tag}`],
        ['To', subscribe.from],
        ['Call-ID', subscribe.callId],
        ['CSeq', `${sequence} NOTIFY`],
        ['Event', event],
      ],
    });
    if (contact) notify.headers.append('Contact', '<sip:notifier@192.0.2.2:5060>');
    if (state !== undefined) notify.headers.append('Subscription-State', state);
    if (body !== undefined) notify.setBody('application/simple-message-summary', body);
    this.peer.send(notify, PHONE);
    return notify;
  }

  /** A subscription that has been accepted and notified. */
  async established(
    options: Partial<SubscribeOptions> = {},
    state = 'active;expires=600',
  ): Promise<{ subscription: Subscription; subscribe: SipRequest }> {
    const subscription = this.subscribe(options);
    const subscribe = await this.peer.receive('SUBSCRIBE');
    this.accept(subscribe);
    this.notify(subscribe, state, { body: 'no messages' });
    await this.peer.receiveStatus(200);
    this.log.length = 0;
    return { subscription, subscribe };
  }

  accept(subscribe: SipRequest, { headers = [], ...reply }: ScriptedReply = {}): void {
    const expires = headers.some(([name]) => name === 'Expires') ? [] : [['Expires', '600'] as const];
    this.peer.reply(subscribe, 200, {
      headers: [['Contact', '<sip:notifier@192.0.2.2:5060>'], ...expires, ...headers],
      ...reply,
    });
  }
}

interface NotifyParts {
  body?: string;
  tag?: string;
  sequence?: number;
  event?: string;
  contact?: boolean;
}

describe('subscribing (RFC 6665 §4.1.2.1)', () => {
  test('SUBSCRIBE, 200, NOTIFY: what the wire says', async () => {
    const scene = await Scene.start();
    const subscription = scene.subscribe({ id: '7', headers: [['X-Line', '1']] });
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    expect([
      subscribe.headers.get('Event'),
      subscribe.headers.get('Accept'),
      subscribe.expires,
      subscribe.contact?.toString(),
      subscribe.headers.get('X-Line'),
      subscribe.to.tag,
    ]).toEqual([
      'message-summary;id=7',
      'application/simple-message-summary',
      600,
      '<sip:alice@192.0.2.1:5060>',
      '1',
      undefined,
    ]);
    scene.accept(subscribe);
    await scene.clock.advance(10);
    expect([subscription.state, scene.log]).toEqual(['subscribing', []]);
    scene.notify(subscribe, 'active;expires=599', { body: 'yes', event: 'message-summary;id=7' });
    await scene.peer.receiveStatus(200);
    await subscription.established;
    expect([subscription.state, scene.log]).toEqual(['active', ['active', 'notify yes']]);
    expect(subscription.dialog?.remoteTarget.toString()).toBe('sip:notifier@192.0.2.2:5060');
  });

  test('a NOTIFY that overtakes the 200 opens the dialog (§4.4.1)', async () => {
    const scene = await Scene.start();
    const subscription = scene.subscribe();
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    scene.notify(subscribe, 'pending;expires=300', { body: 'first' });
    await scene.peer.receiveStatus(200);
    expect(scene.log).toEqual(['pending', 'notify first']);
    scene.accept(subscribe);
    scene.notify(subscribe, 'active;expires=300', { body: 'second' });
    await scene.peer.receiveStatus(200);
    expect(scene.log).toEqual(['pending', 'notify first', 'active', 'notify second']);
    // The NOTIFY said 300; the 200 with 600 does not prolong it.
    await scene.clock.advance(290_000);
    expect((await scene.peer.receive('SUBSCRIBE')).to.tag).toBe('peer');
    expect(subscription.state).toBe('active');
  });

  test('NOTIFYs out of order: the later one counts, the earlier one is refused (RFC 3261 §12.2.2)', async () => {
    const scene = await Scene.start();
    scene.subscribe();
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    scene.notify(subscribe, 'active;expires=600', { body: 'second', sequence: 2 });
    await scene.peer.receiveStatus(200);
    scene.notify(subscribe, 'pending;expires=600', { body: 'first', sequence: 1 });
    await scene.peer.receiveStatus(500);
    scene.notify(subscribe, 'active;expires=600', { body: 'third', sequence: 3 });
    await scene.peer.receiveStatus(200);
    expect(scene.log).toEqual(['active', 'notify second', 'notify third']);
    scene.accept(subscribe);
  });

  test('a NOTIFY without Subscription-State, without Contact, of another package or id, and of nobody', async () => {
    const scene = await Scene.start();
    scene.subscribe();
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    scene.notify(subscribe, undefined);
    expect((await scene.peer.receiveStatus(400)).reason).toContain('Subscription-State');
    scene.notify(subscribe, 'active', { contact: false });
    expect((await scene.peer.receiveStatus(400)).reason).toContain('Contact');
    scene.notify(subscribe, 'active', { event: 'presence' });
    await scene.peer.receiveStatus(481);
    scene.accept(subscribe);
    scene.notify(subscribe, 'active');
    await scene.peer.receiveStatus(200);
    scene.notify(subscribe, 'active', { event: 'message-summary;id=1' });
    await scene.peer.receiveStatus(481);
    const stranger = scene.pair.request('NOTIFY', { headers: [['Event', 'message-summary']] });
    stranger.headers.set('To', '<sip:alice@192.0.2.1>;tag=stranger');
    scene.peer.send(stranger, PHONE);
    await scene.peer.receiveStatus(481);
    expect(scene.log).toEqual(['active', 'notify']);
  });

  test('a NOTIFY outside any dialog is still the application’s', async () => {
    const scene = await Scene.start();
    await scene.established();
    const seen: string[] = [];
    scene.pair.stack.on('request', (transaction) => {
      seen.push(transaction.request.headers.get('Event')!);
      transaction.reply(200);
    });
    scene.pair.send('NOTIFY', { headers: [['Event', 'check-sync']] });
    await scene.peer.receiveStatus(200);
    expect(seen).toEqual(['check-sync']);
  });

  test('no NOTIFY in 64*T1: there is no subscription (timer N)', async () => {
    const scene = await Scene.start();
    const subscription = scene.subscribe();
    scene.accept(await scene.peer.receive('SUBSCRIBE'));
    await scene.clock.advance(31_000);
    expect(subscription.state).toBe('subscribing');
    await scene.clock.advance(1_100);
    expect(scene.log).toEqual(['terminated', 'ended by error 408']);
    await expect(subscription.established).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT' });
  });

  test('the first NOTIFY ends it: not established', async () => {
    const scene = await Scene.start();
    const subscription = scene.subscribe();
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    scene.accept(subscribe);
    scene.notify(subscribe, 'terminated;reason=rejected');
    await scene.peer.receiveStatus(200);
    await expect(subscription.established).rejects.toMatchObject({
      code: 'ERR_SIP_STATE',
      message: expect.stringContaining('rejected'),
    });
  });

  test('events without a subscription, in a call, are still its session’s', async () => {
    const scene = await Scene.start();
    await scene.established();
    const { pair, peer } = scene;
    const { session } = await pair.calling();
    pair.outgoing = session;
    const seen: string[] = [];
    const off = session.on('request', (transaction) => {
      seen.push(transaction.request.headers.get('Event')!);
      transaction.reply(200);
    });
    pair.sendInside('NOTIFY', { headers: [['Event', 'talk']] });
    await peer.receiveStatus(200);
    expect(seen).toEqual(['talk']);
    off();
    pair.sendInside('NOTIFY', { headers: [['Event', 'hold']] });
    await peer.receiveStatus(489);
    pair.sendInside('NOTIFY', { headers: [['Event', '=;']] });
    await peer.receiveStatus(489);
  });

  test('refused, and nobody there', async () => {
    const scene = await Scene.start();
    const subscription = scene.subscribe();
    scene.peer.reply(await scene.peer.receive('SUBSCRIBE'), 489);
    await scene.clock.advance(10);
    expect(scene.log).toEqual(['terminated', 'ended by remote 489']);
    await expect(subscription.established).rejects.toMatchObject({ code: 'ERR_SIP_RESPONSE', status: 489 });
    scene.log.length = 0;
    scene.subscribe({ uri: 'sip:nobody@192.0.2.9' });
    await scene.clock.advance(33_000);
    expect(scene.log).toEqual(['terminated', 'ended by error 408']);
  });

  test('423: again, with the least time the notifier wants; once', async () => {
    const scene = await Scene.start();
    scene.subscribe({ expires: 60 });
    scene.peer.reply(await scene.peer.receive('SUBSCRIBE'), 423, { headers: [['Min-Expires', '900']] });
    const second = await scene.peer.receive('SUBSCRIBE');
    expect(second.expires).toBe(900);
    scene.peer.reply(second, 423, { headers: [['Min-Expires', '1800']] });
    await scene.clock.advance(10);
    expect(scene.log).toEqual(['terminated', 'ended by remote 423']);
  });

  test('challenged: the dialog counts on from the SUBSCRIBE with credentials, and its refreshes carry some', async () => {
    const scene = await Scene.start();
    const digest = new DigestServer({
      realm: 'biloxi',
      password: () => 'zanzibar',
      clock: scene.clock,
      nonceLifetime: 3_600_000,
    });
    scene.subscribe({ credentials: { username: 'alice', password: 'zanzibar' } });
    scene.peer.reply(await scene.peer.receive('SUBSCRIBE'), 401, { headers: digest.challenge() });
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    expect(await digest.verify(subscribe)).toMatchObject({ ok: true });
    expect(subscribe.cseq.sequence).toBe(2);
    scene.accept(subscribe);
    scene.notify(subscribe, 'active;expires=600');
    await scene.peer.receiveStatus(200);
    await scene.clock.advance(590_000);
    const refresh = await scene.peer.receive('SUBSCRIBE');
    expect(refresh.cseq.sequence).toBe(3);
    expect(await digest.verify(refresh)).toMatchObject({ ok: true });
    scene.peer.reply(refresh, 401, { headers: digest.challenge(true) });
    const again = await scene.peer.receive('SUBSCRIBE');
    scene.accept(again);
    await scene.clock.advance(590_000);
    expect((await scene.peer.receive('SUBSCRIBE')).cseq.sequence).toBe(again.cseq.sequence + 1);
  });

  test('a line: its Service-Route, its server and its Contact', async () => {
    const scene = await Scene.start();
    const registration = {
      flow: undefined,
      server: SipUri.parse('sip:192.0.2.2'),
      serviceRoute: [NameAddr.parse('<sip:edge.example.com;lr>')],
      contactOver: () => NameAddr.parse('<sip:line@203.0.113.1>'),
    };
    scene.subscribe({ uri: 'sip:bob@biloxi.example.com', registration });
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    expect([subscribe.routes.map(String), subscribe.contact?.toString()]).toEqual([
      ['<sip:edge.example.com;lr>'],
      '<sip:line@203.0.113.1>',
    ]);
    scene.accept(subscribe);
    scene.notify(subscribe, 'active;expires=600');
    await scene.peer.receiveStatus(200);
    const refresh = await scene.peer.receive('SUBSCRIBE', 600_000);
    expect(refresh.contact?.toString()).toBe('<sip:line@203.0.113.1>');
    scene.accept(refresh);
  });

  test('routes: the SUBSCRIBE goes by ours, the dialog by those of the NOTIFY', async () => {
    const scene = await Scene.start();
    const { subscription } = await scene.established({ server: 'sip:192.0.2.2', uri: 'sip:bob@biloxi.example.com' });
    expect(subscription.dialog?.routeSet).toEqual([]);
    const other = scene.subscribe();
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    scene.accept(subscribe);
    const notify = scene.pair.request('NOTIFY', {
      headers: [
        ['Event', 'message-summary'],
        ['Subscription-State', 'active'],
        ['Record-Route', '<sip:192.0.2.2;lr>, <sip:p2.example.com;lr>'],
      ],
    });
    notify.to = subscribe.from;
    notify.callId = subscribe.callId;
    scene.peer.send(notify, PHONE);
    await scene.peer.receiveStatus(200);
    expect(other.dialog?.routeSet.map(String)).toEqual(['<sip:192.0.2.2;lr>', '<sip:p2.example.com;lr>']);
  });
});

describe('a forked SUBSCRIBE (RFC 6665 §5.4.9)', () => {
  test('the first branch that notifies is kept, the others are told that they are not wanted', async () => {
    const scene = await Scene.start();
    const subscription = scene.subscribe();
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    scene.notify(subscribe, 'active;expires=600', { tag: 'one', body: 'one' });
    await scene.peer.receiveStatus(200);
    scene.notify(subscribe, 'active;expires=600', { tag: 'two', body: 'two' });
    await scene.peer.receiveStatus(481);
    // The 200 that comes through may be the other one's.
    scene.accept(subscribe, { tag: 'two' });
    await scene.clock.advance(100);
    expect(scene.log).toEqual(['active', 'notify one']);
    expect(subscription.dialog?.remoteTag).toBe('one');
  });

  test('all branches are kept: each is a subscription of its own', async () => {
    const scene = await Scene.start();
    const subscription = scene.subscribe({ forks: 'all' });
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    scene.accept(subscribe, { tag: 'one' });
    scene.notify(subscribe, 'active;expires=600', { tag: 'one', body: 'one' });
    await scene.peer.receiveStatus(200);
    scene.notify(subscribe, 'pending;expires=600', { tag: 'two', body: 'two' });
    await scene.peer.receiveStatus(200);
    scene.notify(subscribe, 'active;expires=600', { tag: 'two', body: 'more' });
    await scene.peer.receiveStatus(200);
    expect(scene.log).toEqual([
      'active',
      'notify one',
      'fork',
      'fork pending',
      'fork notify two',
      'fork active',
      'fork notify more',
    ]);
    // After timer N no branch can begin.
    await scene.clock.advance(32_100);
    scene.notify(subscribe, 'active', { tag: 'three' });
    await scene.peer.receiveStatus(481);
    scene.log.length = 0;
    scene.notify(subscribe, 'terminated;reason=rejected', { tag: 'two' });
    await scene.peer.receiveStatus(200);
    expect(scene.log).toEqual(['fork notify', 'fork terminated rejected', 'fork ended by remote rejected']);
    expect(subscription.state).toBe('active');
  });
});

describe('keeping it (RFC 6665 §4.1.2.2)', () => {
  test('refreshed before it expires, in the dialog, with a rising CSeq', async () => {
    const scene = await Scene.start();
    const { subscription, subscribe } = await scene.established();
    for (let round = 1; round <= 3; round++) {
      const before = scene.clock.now();
      const refresh = await scene.peer.receive('SUBSCRIBE', 600_000);
      expect(scene.clock.now() - before).toBeGreaterThan(450_000);
      expect([refresh.cseq.sequence, refresh.callId, refresh.to.tag, refresh.uri.toString()]).toEqual([
        subscribe.cseq.sequence + round,
        subscribe.callId,
        'peer',
        'sip:notifier@192.0.2.2:5060',
      ]);
      scene.accept(refresh);
      scene.notify(subscribe, 'active;expires=600', { body: `round ${round}` });
      await scene.peer.receiveStatus(200);
    }
    expect(scene.log).toEqual(['notify round 1', 'notify round 2', 'notify round 3']);
    expect(subscription.state).toBe('active');
  });

  test('a NOTIFY shortens it', async () => {
    const scene = await Scene.start();
    const { subscribe } = await scene.established();
    scene.notify(subscribe, 'active;expires=30');
    await scene.peer.receiveStatus(200);
    await scene.peer.receive('SUBSCRIBE', 29_000);
  });

  test('a refresh that fails for now is tried again until it expires; then it is made anew', async () => {
    const scene = await Scene.start();
    const { subscription, subscribe } = await scene.established();
    const first = await scene.peer.receive('SUBSCRIBE', 600_000);
    scene.peer.reply(first, 503, { headers: [['Retry-After', '20']] });
    const second = await scene.peer.receive('SUBSCRIBE', 25_000);
    expect(second.callId).toBe(subscribe.callId);
    scene.peer.reply(second, 500);
    expect(subscription.state).toBe('active');
    for (;;) {
      const next = await scene.peer.receive('SUBSCRIBE', 600_000);
      if (next.callId !== subscribe.callId) {
        expect(next.to.tag).toBeUndefined();
        scene.accept(next);
        scene.notify(next, 'active;expires=600', { body: 'new' });
        await scene.peer.receiveStatus(200);
        break;
      }
      scene.peer.reply(next, 500);
    }
    expect(scene.log).toEqual(['waiting timeout in 0', 'subscribing', 'active', 'notify new']);
  });

  test('481 to a refresh: the notifier has forgotten us, and gets a new subscription', async () => {
    const scene = await Scene.start();
    const { subscription, subscribe } = await scene.established();
    const refused = expect(scene.clock.until(subscription.refresh())).rejects.toMatchObject({ status: 481 });
    scene.peer.reply(await scene.peer.receive('SUBSCRIBE'), 481);
    await refused;
    const anew = await scene.peer.receive('SUBSCRIBE');
    expect([anew.to.tag, anew.callId === subscribe.callId]).toEqual([undefined, false]);
    // What is left of the old dialog is nobody's.
    scene.notify(subscribe, 'active');
    await scene.peer.receiveStatus(481);
  });

  test.each([404, 405, 410, 416, 480, 489, 501, 604])('%i to a refresh ends it', async (status) => {
    const scene = await Scene.start();
    const { subscription } = await scene.established();
    subscription.refresh().catch(() => {});
    scene.peer.reply(await scene.peer.receive('SUBSCRIBE'), status);
    await scene.clock.advance(10);
    expect(scene.log).toEqual(['terminated', `ended by remote ${status}`]);
  });

  test('423 to a refresh: longer from then on', async () => {
    const scene = await Scene.start();
    const { subscription } = await scene.established();
    const refreshed = subscription.refresh();
    scene.peer.reply(await scene.peer.receive('SUBSCRIBE'), 423, { headers: [['Min-Expires', '1200']] });
    const longer = await scene.peer.receive('SUBSCRIBE');
    expect(longer.expires).toBe(1_200);
    scene.accept(longer, { headers: [['Expires', '1200']] });
    await scene.clock.until(refreshed);
    expect(subscription.state).toBe('active');
  });
});

describe('ended by the notifier (RFC 6665 §4.1.3)', () => {
  test.each([
    ['deactivated', 'waiting deactivated in 0'],
    ['timeout', 'waiting timeout in 0'],
    ['probation;retry-after=20', 'waiting probation in 20000'],
    ['giveup;retry-after=5', 'waiting giveup in 5000'],
    ['deactivated;retry-after=20', 'waiting deactivated in 0'],
  ])('%s: subscribed again', async (reason, waiting) => {
    const scene = await Scene.start();
    const { subscription, subscribe } = await scene.established();
    scene.notify(subscribe, `terminated;reason=${reason}`, { body: 'last' });
    await scene.peer.receiveStatus(200);
    expect(scene.log.slice(0, 2)).toEqual(['notify last', waiting]);
    const anew = await scene.peer.receive('SUBSCRIBE');
    expect([anew.to.tag, anew.callId === subscribe.callId]).toEqual([undefined, false]);
    scene.accept(anew);
    scene.notify(anew, 'active;expires=600', { body: 'new' });
    await scene.peer.receiveStatus(200);
    expect(scene.log.slice(2)).toEqual(['subscribing', 'active', 'notify new']);
    expect(subscription.dialog?.callId).toBe(anew.callId);
  });

  test.each(['rejected', 'noresource', 'invariant'])('%s: never again', async (reason) => {
    const scene = await Scene.start();
    const { subscription, subscribe } = await scene.established();
    scene.notify(subscribe, `terminated;reason=${reason}`, { body: 'last' });
    await scene.peer.receiveStatus(200);
    expect(scene.log).toEqual(['notify last', `terminated ${reason}`, `ended by remote ${reason}`]);
    await scene.clock.advance(3_600_000);
    expect([subscription.state, scene.peer.waiting]).toEqual(['terminated', []]);
  });

  test('without a reason, or one we do not know: in a while', async () => {
    const scene = await Scene.start();
    const { subscribe } = await scene.established();
    scene.notify(subscribe, 'terminated');
    await scene.peer.receiveStatus(200);
    expect(scene.log[1]).toMatch(/^waiting in \d+$/);
    const anew = await scene.peer.receive('SUBSCRIBE', 2_000);
    scene.accept(anew);
    scene.notify(anew, 'terminated;reason=full-moon;retry-after=7');
    await scene.peer.receiveStatus(200);
    expect(scene.log.at(-1)).toBe('waiting full-moon in 7000');
  });

  test('a notifier that deactivates again and again is not hammered', async () => {
    const scene = await Scene.start();
    let { subscribe } = await scene.established();
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      scene.notify(subscribe, 'terminated;reason=deactivated');
      await scene.peer.receiveStatus(200);
      const before = scene.clock.now();
      subscribe = await scene.peer.receive('SUBSCRIBE', 300_000);
      pauses.push(scene.clock.now() - before);
      scene.accept(subscribe);
    }
    expect(pauses[0]).toBeLessThan(10);
    expect(pauses[7]).toBeGreaterThan(30_000);
  });

  test('when told not to, it does not subscribe again', async () => {
    const scene = await Scene.start();
    const { subscribe } = await scene.established({ resubscribe: false });
    scene.notify(subscribe, 'terminated;reason=deactivated');
    await scene.peer.receiveStatus(200);
    expect(scene.log).toEqual(['notify', 'terminated deactivated', 'ended by remote deactivated']);
  });

  test('a new subscription that is refused for now is tried again; for good, it ends', async () => {
    const scene = await Scene.start();
    const { subscribe } = await scene.established();
    scene.notify(subscribe, 'terminated;reason=deactivated');
    await scene.peer.receiveStatus(200);
    scene.peer.reply(await scene.peer.receive('SUBSCRIBE'), 503, { headers: [['Retry-After', '15']] });
    await scene.clock.advance(14_000);
    expect(scene.peer.waiting).toEqual([]);
    scene.peer.reply(await scene.peer.receive('SUBSCRIBE'), 403);
    await scene.clock.advance(10);
    expect(scene.log.at(-1)).toBe('ended by remote 403');
  });
});

describe('ended by us (RFC 6665 §4.1.2.3)', () => {
  test('unsubscribing waits for the last NOTIFY', async () => {
    const scene = await Scene.start();
    const { subscription, subscribe } = await scene.established();
    let done = false;
    void subscription.unsubscribe().then(() => {
      done = true;
    });
    const bye = await scene.peer.receive('SUBSCRIBE');
    expect([bye.expires, bye.headers.get('Event'), bye.to.tag]).toEqual([0, 'message-summary', 'peer']);
    scene.accept(bye, { headers: [['Expires', '0']] });
    await scene.clock.advance(1_000);
    expect([done, subscription.state]).toEqual([false, 'active']);
    scene.notify(subscribe, 'terminated;reason=timeout', { body: 'last' });
    await scene.peer.receiveStatus(200);
    expect([done, scene.log]).toEqual([true, ['notify last', 'terminated timeout', 'ended by local timeout']]);
  });

  test('a NOTIFY that crosses it is told like any other', async () => {
    const scene = await Scene.start();
    const { subscription, subscribe } = await scene.established();
    const done = subscription.unsubscribe();
    scene.notify(subscribe, 'active;expires=500', { body: 'crossing' });
    const bye = await scene.peer.receive('SUBSCRIBE');
    await scene.peer.receiveStatus(200);
    // The last one overtakes the 200.
    scene.notify(subscribe, 'terminated;reason=timeout');
    await scene.peer.receiveStatus(200);
    scene.accept(bye, { headers: [['Expires', '0']] });
    await scene.clock.until(done);
    expect(scene.log).toEqual(['notify crossing', 'notify', 'terminated timeout', 'ended by local timeout']);
  });

  test('the notifier ended it at the same moment: 481 is as good', async () => {
    const scene = await Scene.start();
    const { subscription } = await scene.established();
    const done = subscription.unsubscribe();
    scene.peer.reply(await scene.peer.receive('SUBSCRIBE'), 481);
    await scene.clock.until(done);
    expect(scene.log).toEqual(['terminated', 'ended by local']);
  });

  test('no last NOTIFY in 64*T1: it is over all the same', async () => {
    const scene = await Scene.start();
    const { subscription } = await scene.established();
    const done = subscription.unsubscribe();
    scene.accept(await scene.peer.receive('SUBSCRIBE'), { headers: [['Expires', '0']] });
    await scene.clock.until(done);
    expect(scene.clock.now()).toBeGreaterThan(31_900);
  });

  test('before the first NOTIFY: ended once there is a dialog to end it in', async () => {
    const scene = await Scene.start();
    const subscription = scene.subscribe();
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    const done = subscription.unsubscribe();
    scene.accept(subscribe);
    await scene.clock.advance(500);
    expect(scene.peer.waiting).toEqual([]);
    scene.notify(subscribe, 'active;expires=600');
    await scene.peer.receiveStatus(200);
    const bye = await scene.peer.receive('SUBSCRIBE');
    expect(bye.expires).toBe(0);
    scene.accept(bye, { headers: [['Expires', '0']] });
    scene.notify(subscribe, 'terminated;reason=timeout');
    await scene.clock.until(done);
  });

  test('while it waits to be made anew, by a signal, and before it has begun', async () => {
    const scene = await Scene.start();
    const { subscription, subscribe } = await scene.established();
    scene.notify(subscribe, 'terminated;reason=probation;retry-after=60');
    await scene.peer.receiveStatus(200);
    await subscription.unsubscribe();
    expect(scene.log.at(-1)).toBe('ended by local');
    const controller = new AbortController();
    const second = await scene.established({ signal: controller.signal });
    controller.abort();
    scene.accept(await scene.peer.receive('SUBSCRIBE'), { headers: [['Expires', '0']] });
    scene.notify(second.subscribe, 'terminated;reason=timeout');
    await scene.peer.receiveStatus(200);
    expect(second.subscription.state).toBe('terminated');
    expect(scene.subscribe({ signal: controller.signal }).state).toBe('terminated');
    await scene.clock.advance(60_000);
    expect(scene.peer.waiting).toEqual([]);
  });

  test('a fetch: expires 0, one NOTIFY (§4.4.3)', async () => {
    const scene = await Scene.start();
    const subscription = scene.subscribe({ expires: 0 });
    const subscribe = await scene.peer.receive('SUBSCRIBE');
    expect(subscribe.expires).toBe(0);
    scene.accept(subscribe, { headers: [['Expires', '0']] });
    scene.notify(subscribe, 'terminated;reason=timeout', { body: 'state' });
    await scene.peer.receiveStatus(200);
    await subscription.established;
    expect(scene.log).toEqual(['notify state', 'terminated timeout', 'ended by local timeout']);
    await scene.clock.advance(60_000);
    expect(scene.peer.waiting).toEqual([]);
  });

  test('the stack closes: unsubscribed, for as long as it waits', async () => {
    const scene = await Scene.start();
    const { subscription } = await scene.established();
    expect(scene.pair.stack.load.features).toBe(1);
    const closing = scene.clock.until(scene.pair.stack.close());
    const bye = await scene.peer.receive('SUBSCRIBE');
    expect(bye.expires).toBe(0);
    await closing;
    expect(subscription.state).toBe('terminated');
  });
});
