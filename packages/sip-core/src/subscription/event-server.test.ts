import { afterEach, describe, expect, test } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import type { SessionBody } from '../body/session-body';
import type { SipRequest } from '../message/request';
import { leaveNothingBehind, PhoneAndPeer } from '../session/testing/phone-and-peer';
import { SipStack } from '../stack/sip-stack';
import { MemoryNetwork, type MemoryNetworkOptions } from '../testing/memory-network';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { EventServer, EventServerOptions } from './event-server';
import type { IncomingSubscription } from './incoming-subscription';

const PHONE = { host: '192.0.2.1', port: 5060 };

const lamp = (text: string): SessionBody => ({ contentType: 'text/lamp', body: new TextEncoder().encode(text) });

/** We are the notifier; the subscriber is a scripted peer. */
async function serve(options: Partial<EventServerOptions> = {}) {
  const pair = await PhoneAndPeer.start();
  const server = pair.stack.serveEvent({ event: 'lamp', ...options });
  const seen: IncomingSubscription[] = [];
  const log: string[] = [];
  server.on('subscribe', (subscription) => {
    seen.push(subscription);
    subscription.on('ended', ({ by, reason, status }) => log.push([by, reason, status].filter(Boolean).join(' ')));
    subscription.on('refreshed', ({ expires }) => log.push(`refreshed ${expires}`));
  });
  const subscribe = (headers: [string, string][] = [], inside?: SipRequest) => {
    const event = headers.some(([name]) => name === 'Event') ? [] : [['Event', 'lamp'] as [string, string]];
    const request = pair.request('SUBSCRIBE', { headers: [...event, ...headers], sequence: ++sequence });
    if (inside) request.to = inside.from;
    pair.peer.send(request, PHONE);
    return request;
  };
  let sequence = 0;
  /** A subscription that has been accepted and notified. */
  const subscribed = async (headers: [string, string][] = []) => {
    const off = server.on('subscribe', (subscription) => subscription.accept({ body: lamp('off') }));
    subscribe(headers);
    const ok = await pair.peer.receiveStatus(200);
    const notify = await pair.peer.receive('NOTIFY');
    pair.peer.reply(notify, 200);
    off();
    await pair.clock.advance(5);
    return { ok, notify, subscription: seen.at(-1)! };
  };
  return { pair, peer: pair.peer, clock: pair.clock, server, seen, log, subscribe, subscribed };
}

const told = (notify: SipRequest) => [notify.headers.get('Subscription-State'), notify.text];

describe('a SUBSCRIBE comes (RFC 6665 §4.2.1)', () => {
  leaveNothingBehind();

  test('accepted: 200, and a NOTIFY at once with the state', async () => {
    const { subscribed, server } = await serve();
    const { ok, notify, subscription } = await subscribed([
      ['Expires', '300'],
      ['Record-Route', '<sip:192.0.2.2;lr>'],
    ]);
    expect([ok.expires, ok.contact?.toString(), ok.headers.get('Record-Route'), ok.to.tag]).toEqual([
      300,
      '<sip:alice@192.0.2.1:5060>',
      '<sip:192.0.2.2;lr>',
      notify.from.tag,
    ]);
    expect(told(notify)).toEqual(['active;expires=300', 'off']);
    expect([
      notify.headers.get('Event'),
      notify.to.tag,
      notify.callId,
      notify.uri.toString(),
      notify.routes.map(String),
      notify.contact?.toString(),
    ]).toEqual([
      'lamp',
      'peer',
      'call-of-the-peer',
      'sip:peer@192.0.2.2:5060',
      ['<sip:192.0.2.2;lr>'],
      '<sip:alice@192.0.2.1:5060>',
    ]);
    expect([subscription.state, subscription.expires, server.subscriptions.size]).toEqual(['active', 300, 1]);
  });

  test('made to wait, then accepted; made to wait, then rejected', async () => {
    const { peer, subscribe, seen, server, log, clock } = await serve();
    server.on('subscribe', (subscription) => subscription.pend());
    subscribe();
    await peer.receiveStatus(200);
    const pending = await peer.receive('NOTIFY');
    expect(told(pending)).toEqual(['pending;expires=3600', '']);
    peer.reply(pending, 200);
    await clock.advance(600_000);
    seen[0]!.accept({ body: lamp('on') });
    const active = await peer.receive('NOTIFY');
    expect(told(active)).toEqual(['active;expires=3000', 'on']);
    peer.reply(active, 200);
    subscribe([['Event', 'lamp;id=2']]);
    await peer.receiveStatus(200);
    peer.reply(await peer.receive('NOTIFY'), 200);
    seen[1]!.reject();
    const rejected = await peer.receive('NOTIFY');
    expect([told(rejected), rejected.headers.get('Event')]).toEqual([['terminated;reason=rejected', ''], 'lamp;id=2']);
    peer.reply(rejected, 200);
    expect(log).toEqual(['local rejected']);
  });

  test('refused by the application, and by nobody listening', async () => {
    const { peer, subscribe, server, log, pair } = await serve();
    server.on('subscribe', (subscription) => subscription.reject(404));
    subscribe();
    await peer.receiveStatus(404);
    expect([log, server.size]).toEqual([['local 404'], 0]);
    pair.stack.serveEvent({ event: 'deaf' });
    subscribe([['Event', 'deaf']]);
    await peer.receiveStatus(480);
  });

  test('nobody has decided in 2 s: it waits as pending, lest the subscriber gives up', async () => {
    const { peer, subscribe, seen, clock } = await serve();
    subscribe();
    await clock.advance(1_900);
    expect([peer.waiting, seen[0]!.state]).toEqual([[], 'initial']);
    await peer.receiveStatus(200);
    peer.reply(await peer.receive('NOTIFY'), 200);
    expect(seen[0]!.state).toBe('pending');
  });

  test('489 with Allow-Events for packages that nobody serves, and without an Event', async () => {
    const { peer, subscribe, pair } = await serve();
    pair.stack.serveEvent({ event: 'bell' });
    subscribe([['Event', 'presence']]);
    expect((await peer.receiveStatus(489)).headers.get('Allow-Events')).toBe('lamp, bell');
    pair.send('SUBSCRIBE', { sequence: 7 });
    await peer.receiveStatus(489);
    pair.send('OPTIONS', { sequence: 8 });
    const options = await peer.receiveStatus(200);
    expect([options.allow.includes('SUBSCRIBE'), options.headers.get('Allow-Events')]).toEqual([true, 'lamp, bell']);
  });

  test('423 for too short a time, the most for too long a one, the usual for none', async () => {
    const { peer, subscribe, subscribed } = await serve({ minExpires: 120, maxExpires: 1_800, defaultExpires: 900 });
    subscribe([['Expires', '119']]);
    expect((await peer.receiveStatus(423)).headers.get('Min-Expires')).toBe('120');
    expect((await subscribed([['Expires', '86400']])).ok.expires).toBe(1_800);
    expect((await subscribed([['Event', 'lamp;id=2']])).ok.expires).toBe(900);
  });

  test('406 when no content type of ours can be read', async () => {
    const { peer, subscribe, subscribed } = await serve({ accept: ['text/lamp', 'application/lamp+xml'] });
    subscribe([['Accept', 'text/html, image/*, text/lamp;q=0']]);
    expect((await peer.receiveStatus(406)).headers.get('Accept')).toBe('text/lamp, application/lamp+xml');
    const { subscription } = await subscribed([['Accept', 'application/*']]);
    expect([subscription.accepts('text/lamp'), subscription.accepts('application/lamp+xml')]).toEqual([false, true]);
  });

  test('challenged', async () => {
    const { peer, subscribe } = await serve({ digest: new DigestServer({ realm: 'lamps', password: () => 'x' }) });
    subscribe();
    expect((await peer.receiveStatus(401)).headers.get('WWW-Authenticate')).toContain('realm="lamps"');
  });

  test('503 when there are as many as there may be', async () => {
    const { peer, subscribe, subscribed } = await serve({ maxSubscriptions: 1 });
    await subscribed();
    subscribe([['Event', 'lamp;id=2']]);
    await peer.receiveStatus(503);
  });

  test('what cannot be read: 400', async () => {
    const { peer, subscribe } = await serve({ accept: ['text/lamp'] });
    subscribe([['Event', ';id=1']]);
    await peer.receiveStatus(400);
    subscribe([['Accept', '"']]);
    await peer.receiveStatus(406);
  });

  test('without a Contact there is nowhere to notify', async () => {
    const { peer, pair } = await serve();
    const request = pair.request('SUBSCRIBE', { headers: [['Event', 'lamp']] });
    request.headers.delete('Contact');
    peer.send(request, PHONE);
    await peer.receiveStatus(400);
  });

  test('a fetch: the state once, and no subscription', async () => {
    const { peer, subscribe, server, log } = await serve();
    server.on('subscribe', (subscription) => subscription.accept({ body: lamp('dim') }));
    subscribe([['Expires', '0']]);
    expect((await peer.receiveStatus(200)).expires).toBe(0);
    const notify = await peer.receive('NOTIFY');
    expect(told(notify)).toEqual(['terminated;reason=timeout', 'dim']);
    peer.reply(notify, 200);
    expect([server.size, log]).toEqual([0, ['remote timeout']]);
  });

  test('in the dialog of a call, which ends without ending it', async () => {
    const { peer, pair, server, clock } = await serve();
    const { invite } = await pair.calling();
    const dialog = pair.stack.dialogs.find(invite.callId, invite.from.tag!, 'peer')!;
    server.on('subscribe', (subscription) => subscription.accept({ body: lamp('off') }));
    const request = pair.request('SUBSCRIBE', { headers: [['Event', 'lamp']], sequence: 50 });
    request.callId = dialog.callId;
    request.to = dialog.local;
    request.from = dialog.remote;
    peer.send(request, PHONE);
    await peer.receiveStatus(200);
    const notify = await peer.receive('NOTIFY');
    expect(notify.callId).toBe(invite.callId);
    peer.reply(notify, 200);
    const bye = pair.request('BYE', { sequence: 51 });
    bye.callId = dialog.callId;
    bye.to = dialog.local;
    bye.from = dialog.remote;
    peer.send(bye, PHONE);
    await peer.receiveStatus(200);
    await clock.advance(10);
    // The dialog lives on for the subscription (RFC 5057 §4.2).
    void [...server.subscriptions][0]!.notify(lamp('on'));
    peer.reply(await peer.receive('NOTIFY'), 200);
    expect(pair.stack.load.sessions).toBe(0);
  });
});

describe('while it lasts (RFC 6665 §4.2.1.4, §4.2.2)', () => {
  leaveNothingBehind();

  test('each state is told, one after the other, with the time that is left', async () => {
    const { peer, subscribed, clock } = await serve();
    const { subscription } = await subscribed([['Expires', '600']]);
    await clock.advance(100_000);
    const first = subscription.notify(lamp('on'));
    const notify = await peer.receive('NOTIFY');
    expect(told(notify)).toEqual(['active;expires=500', 'on']);
    // While that is not answered, states that nobody has been told replace each other.
    const second = subscription.notify(lamp('red'));
    const third = subscription.notify(lamp('blue'), { headers: [['X-Colour', 'blue']] });
    await clock.advance(100);
    expect(peer.waiting).toEqual([]);
    peer.reply(notify, 200);
    const next = await peer.receive('NOTIFY');
    expect([next.text, next.cseq.sequence - notify.cseq.sequence, next.headers.get('X-Colour')]).toEqual([
      'blue',
      1,
      'blue',
    ]);
    peer.reply(next, 202);
    await clock.advance(10);
    expect([(await first).status, (await second).status, (await third).status]).toEqual([200, 202, 202]);
  });

  test('not faster than the interval, but for the last one', async () => {
    const { peer, subscribed, clock } = await serve({ notifyInterval: 5_000 });
    const { subscription } = await subscribed();
    for (const text of ['1', '2', '3']) {
      void subscription.notify(lamp(text));
      await clock.advance(1_000);
    }
    expect(peer.waiting).toEqual([]);
    const before = clock.now();
    const notify = await peer.receive('NOTIFY');
    expect([notify.text, clock.now() - before > 1_500]).toEqual(['3', true]);
    peer.reply(notify, 200);
    void subscription.notify(lamp('4'));
    await clock.advance(10);
    const over = subscription.terminate('noresource', { body: lamp('gone') });
    const last = await peer.receive('NOTIFY', 100);
    expect(told(last)).toEqual(['terminated;reason=noresource', 'gone']);
    peer.reply(last, 200);
    await clock.until(over);
  });

  test('states that must all be told are', async () => {
    const { peer, subscribed } = await serve({ coalesce: false });
    const { subscription } = await subscribed();
    for (const text of ['1', '2', '3']) void subscription.notify(lamp(text));
    for (const text of ['1', '2', '3']) {
      const notify = await peer.receive('NOTIFY');
      expect(notify.text).toBe(text);
      peer.reply(notify, 200);
    }
  });

  test('refreshed: more time, and the state again; a new Contact counts', async () => {
    const { peer, subscribed, subscribe, clock, log } = await serve();
    const { notify, subscription } = await subscribed([['Expires', '100']]);
    await clock.advance(90_000);
    const refresh = subscribe([['Expires', '200']], notify);
    expect((await peer.receiveStatus(200)).expires).toBe(200);
    const again = await peer.receive('NOTIFY');
    expect(told(again)).toEqual(['active;expires=200', 'off']);
    peer.reply(again, 200);
    await clock.advance(150_000);
    expect([subscription.state, log, refresh.to.tag]).toEqual(['active', ['refreshed 200'], notify.from.tag]);
    // A fresh state takes the place of the last one.
    subscription.on('refreshed', () => void subscription.notify(lamp('fresh')));
    subscribe([['Expires', '200']], notify);
    await peer.receiveStatus(200);
    const fresh = await peer.receive('NOTIFY');
    expect(fresh.text).toBe('fresh');
    peer.reply(fresh, 200);
    subscribe([['Expires', '10']], notify);
    await peer.receiveStatus(423);
    expect(subscription.expires).toBeGreaterThan(190);
  });

  test('not refreshed: terminated;reason=timeout', async () => {
    const { peer, subscribed, clock, server, log } = await serve();
    await subscribed([['Expires', '100']]);
    const before = clock.now();
    const last = await peer.receive('NOTIFY', 101_000);
    expect(clock.now() - before).toBeGreaterThan(99_000);
    expect(told(last)).toEqual(['terminated;reason=timeout', 'off']);
    peer.reply(last, 200);
    expect([server.size, log]).toEqual([0, ['remote timeout']]);
  });

  test('unsubscribed: 200, and a last NOTIFY', async () => {
    const { peer, subscribed, subscribe, server, log } = await serve();
    const { notify, subscription } = await subscribed();
    subscribe([['Expires', '0']], notify);
    expect((await peer.receiveStatus(200)).expires).toBe(0);
    const last = await peer.receive('NOTIFY');
    expect(told(last)).toEqual(['terminated;reason=timeout', 'off']);
    peer.reply(last, 200);
    expect([server.size, log, subscription.state]).toEqual([0, ['remote timeout'], 'terminated']);
    expect(() => subscription.notify()).toThrow('over');
    // It is nobody's any more.
    subscribe([['Expires', '100']], notify);
    await peer.receiveStatus(481);
  });

  test('an unsubscribe that crosses a NOTIFY: the last one waits for its turn', async () => {
    const { peer, subscribed, subscribe } = await serve();
    const { notify, subscription } = await subscribed();
    void subscription.notify(lamp('on'));
    const crossing = await peer.receive('NOTIFY');
    subscribe([['Expires', '0']], notify);
    await peer.receiveStatus(200);
    expect(peer.waiting).toEqual([]);
    peer.reply(crossing, 200);
    const last = await peer.receive('NOTIFY');
    expect(told(last)).toEqual(['terminated;reason=timeout', 'on']);
    peer.reply(last, 200);
  });

  test.each([481, 404, 489, 501])('%i to a NOTIFY: the subscriber is gone', async (status) => {
    const { peer, subscribed, clock, server, log } = await serve();
    const { subscription } = await subscribed();
    const told = subscription.notify(lamp('on'));
    const unheard = expect(clock.until(Promise.resolve().then(() => told))).resolves.toMatchObject({ status });
    peer.reply(await peer.receive('NOTIFY'), status);
    await unheard;
    await clock.advance(10);
    expect([server.size, log, peer.waiting]).toEqual([0, [`remote ${status}`], []]);
  });

  test('nobody answers a NOTIFY: the subscription is removed (§4.2.2)', async () => {
    const { peer, subscribed, clock, server, log } = await serve();
    const { subscription } = await subscribed();
    void subscription.notify(lamp('on'));
    await peer.receive('NOTIFY');
    await clock.advance(32_100);
    expect([server.size, log]).toEqual([0, ['error 408']]);
  });

  test('503 with Retry-After: the state is told again then, unless there is a newer one', async () => {
    const { peer, subscribed, clock } = await serve();
    const { subscription } = await subscribed();
    void subscription.notify(lamp('on'));
    peer.reply(await peer.receive('NOTIFY'), 503, { headers: [['Retry-After', '10']] });
    await clock.advance(9_000);
    expect(peer.waiting).toEqual([]);
    const again = await peer.receive('NOTIFY');
    expect(again.text).toBe('on');
    peer.reply(again, 500);
    await clock.advance(60_000);
    expect([peer.waiting, subscription.state]).toEqual([[], 'active']);
  });

  test('the stack closes: subscribers hear it', async () => {
    const { peer, subscribed, clock, pair, server } = await serve();
    await subscribed();
    const closing = clock.until(pair.stack.close());
    const last = await peer.receive('NOTIFY');
    expect(told(last)[0]).toBe('terminated;reason=probation');
    peer.reply(last, 200);
    await closing;
    expect(server.size).toBe(0);
  });
});

describe('two stacks', () => {
  const stacks: SipStack[] = [];
  let clock: VirtualClock;

  afterEach(async () => {
    await clock.until(Promise.all(stacks.splice(0).map((stack) => stack.close())));
    expect(clock.pending).toBe(0);
  });

  async function pair(
    network: MemoryNetworkOptions = {},
  ): Promise<{ watcher: SipStack; lamps: SipStack; server: EventServer }> {
    clock = new VirtualClock();
    const memory = new MemoryNetwork(clock, network);
    const [watcher, lamps] = ['192.0.2.1', '192.0.2.2'].map(
      (host, index) =>
        new SipStack({
          clock,
          random: seededRandomBytes(index + 1),
          transports: [memory.transport('UDP', { host, port: 5060 })],
        }),
    ) as [SipStack, SipStack];
    stacks.push(watcher, lamps);
    await watcher.start();
    await lamps.start();
    return { watcher, lamps, server: lamps.serveEvent({ event: 'lamp', maxExpires: 300 }) };
  }

  test('a network that loses a fifth, doubles a tenth and reorders: the last state always arrives', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { watcher, server } = await pair({ loss: 0.2, duplicate: 0.1, jitter: 40, seed });
      server.on('subscribe', (subscription) => subscription.accept({ body: lamp('0') }));
      const subscription = watcher.subscribe({ uri: 'sip:lamp@192.0.2.2', from: 'sip:eve@192.0.2.1', event: 'lamp' });
      const states: string[] = [];
      subscription.on('notify', ({ request }) => states.push(request.text));
      await clock.until(subscription.established);
      for (let state = 1; state <= 20; state++) {
        for (const each of server.subscriptions) void each.notify(lamp(String(state)));
        await clock.advance(3_000);
      }
      await clock.advance(20_000);
      expect(states.at(-1), `seed ${seed}`).toBe('20');
      // Never backwards.
      expect([...states].map(Number).sort((a, b) => a - b)).toEqual(states.map(Number));
      await clock.until(subscription.unsubscribe());
      await clock.advance(40_000);
      expect([watcher.load, server.size]).toEqual([{ sessions: 0, transactions: 0, registrations: 0, features: 0 }, 0]);
    }
  });

  test('a day of refreshes every few minutes', async () => {
    const { watcher, server, lamps } = await pair();
    server.on('subscribe', (subscription) => subscription.accept({ body: lamp('on') }));
    const subscription = watcher.subscribe({ uri: 'sip:lamp@192.0.2.2', from: 'sip:eve@192.0.2.1', event: 'lamp' });
    let notified = 0;
    subscription.on('notify', () => notified++);
    await clock.advance(86_400_000);
    expect([subscription.state, server.size, watcher.dialogs.size, lamps.dialogs.size]).toEqual(['active', 1, 1, 1]);
    expect(notified).toBeGreaterThan(288);
    expect(notified).toBeLessThan(360);
  });

  test('the server restarts and has forgotten everything: subscribed anew at the next refresh', async () => {
    const { watcher, server } = await pair();
    server.on('subscribe', (subscription) => subscription.accept({ body: lamp('on') }));
    const subscription = watcher.subscribe({ uri: 'sip:lamp@192.0.2.2', from: 'sip:eve@192.0.2.1', event: 'lamp' });
    await clock.until(subscription.established);
    server.abandon();
    expect(server.size).toBe(0);
    await clock.advance(301_000);
    expect([subscription.state, server.size]).toEqual(['active', 1]);
  });
});
