import { afterEach, describe, expect, test } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import type { SessionBody } from '../body/session-body';
import type { SipRequest } from '../message/request';
import { leaveNothingBehind, PhoneAndPeer } from '../session/testing/phone-and-peer';
import { SipStack } from '../stack/sip-stack';
import { MemoryNetwork } from '../testing/memory-network';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { Publication, PublishOptions } from './publication';
import { PublicationServer, type PublicationServerOptions } from './publication-server';

const mood = (text: string): SessionBody => ({ contentType: 'text/mood', body: new TextEncoder().encode(text) });
const text = ({ body }: SessionBody) => new TextDecoder().decode(body);

describe('the publisher (RFC 3903 §4)', () => {
  leaveNothingBehind();

  async function start(options: Partial<PublishOptions> = {}) {
    const pair = await PhoneAndPeer.start();
    const publication = pair.stack.publish({
      uri: 'sip:alice@192.0.2.2',
      from: 'sip:alice@192.0.2.1',
      event: 'mood',
      body: mood('calm'),
      expires: 600,
      ...options,
    });
    const log: string[] = [];
    publication.on('state', (state, { status }) => log.push([state, status].filter(Boolean).join(' ')));
    const { peer, clock } = pair;
    const accept = (request: SipRequest, etag: string, expires = 600) =>
      peer.reply(request, 200, {
        headers: [
          ['SIP-ETag', etag],
          ['Expires', String(expires)],
        ],
      });
    /** Published under this entity-tag. */
    const published = async (etag = 'one') => {
      accept(await peer.receive('PUBLISH'), etag);
      await clock.until(publication.established);
      log.length = 0;
    };
    /** Takes it back. */
    const remove = async (of: Publication = publication) => {
      const removed = of.remove();
      const request = await peer.receive('PUBLISH');
      expect(request.expires).toBe(0);
      accept(request, 'gone', 0);
      await clock.until(removed);
    };
    return { pair, publication, log, peer, clock, accept, published, remove };
  }

  test('published, refreshed without a body, modified, removed: each with the entity-tag of the one before', async () => {
    const { publication, peer, clock, accept, log } = await start();
    const initial = await peer.receive('PUBLISH');
    expect([
      initial.headers.get('Event'),
      initial.expires,
      initial.text,
      initial.contentType,
      initial.headers.has('SIP-If-Match'),
      initial.headers.has('Contact'),
    ]).toEqual(['mood', 600, 'calm', 'text/mood', false, false]);
    accept(initial, 'one');
    await clock.until(publication.established);
    expect([publication.state, publication.etag]).toEqual(['published', 'one']);
    const refresh = await peer.receive('PUBLISH', 600_000);
    expect([refresh.headers.get('SIP-If-Match'), refresh.body.length, refresh.expires]).toEqual(['one', 0, 600]);
    accept(refresh, 'two');
    await clock.advance(10);
    const modified = publication.modify(mood('wild'));
    const modify = await peer.receive('PUBLISH');
    expect([modify.headers.get('SIP-If-Match'), modify.text]).toEqual(['two', 'wild']);
    accept(modify, 'three');
    await clock.until(modified);
    const removed = publication.remove();
    const remove = await peer.receive('PUBLISH');
    expect([remove.headers.get('SIP-If-Match'), remove.expires, remove.body.length]).toEqual(['three', 0, 0]);
    accept(remove, 'four', 0);
    await clock.until(removed);
    expect(log).toEqual(['published 200', 'published 200', 'published 200', 'removed']);
    await expect(publication.modify(mood('none'))).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    await clock.advance(3_600_000);
    expect(peer.waiting).toEqual([]);
  });

  test('changes while one is under way wait for its entity-tag', async () => {
    const { publication, peer, clock, accept, published, remove } = await start();
    await published();
    const first = publication.modify(mood('1'));
    const second = publication.modify(mood('2'));
    const request = await peer.receive('PUBLISH');
    await clock.advance(100);
    expect([request.text, peer.waiting]).toEqual(['1', []]);
    accept(request, 'two');
    const next = await peer.receive('PUBLISH');
    expect([next.text, next.headers.get('SIP-If-Match')]).toEqual(['2', 'two']);
    accept(next, 'three');
    await clock.until(Promise.all([first, second]));
    await remove();
  });

  test('412: the server has forgotten it, and gets it anew', async () => {
    const { publication, peer, clock, accept, published, remove } = await start();
    await published();
    const refreshed = publication.refresh();
    peer.reply(await peer.receive('PUBLISH'), 412);
    const anew = await peer.receive('PUBLISH');
    expect([anew.text, anew.headers.has('SIP-If-Match')]).toEqual(['calm', false]);
    accept(anew, 'fresh');
    await clock.until(refreshed);
    expect(publication.etag).toBe('fresh');
    await remove();
  });

  test('423: for as long as the server wants', async () => {
    const { publication, peer, clock, accept, remove } = await start({ expires: 30 });
    peer.reply(await peer.receive('PUBLISH'), 423, { headers: [['Min-Expires', '300']] });
    const again = await peer.receive('PUBLISH');
    expect([again.expires, again.text]).toEqual([300, 'calm']);
    accept(again, 'one', 300);
    await clock.until(publication.established);
    await remove();
  });

  test('refused at first: over', async () => {
    const { publication, peer, log, clock } = await start();
    peer.reply(await peer.receive('PUBLISH'), 489);
    await expect(clock.until(publication.established)).rejects.toMatchObject({ status: 489 });
    expect([log, publication.state]).toEqual([['failed 489'], 'failed']);
    await publication.remove();
  });

  test('a refresh that fails for now is tried again, with the body; after it has expired as a new one', async () => {
    const { publication, peer, clock, accept, published, log, remove } = await start();
    await published();
    peer.reply(await peer.receive('PUBLISH', 600_000), 503, { headers: [['Retry-After', '3']] });
    const again = await peer.receive('PUBLISH');
    expect([again.text, again.headers.get('SIP-If-Match')]).toEqual(['calm', 'one']);
    peer.reply(again, 500);
    let next = await peer.receive('PUBLISH', 600_000);
    while (next.headers.has('SIP-If-Match')) {
      peer.reply(next, 500);
      next = await peer.receive('PUBLISH', 600_000);
    }
    expect(log).toEqual(['publishing 500']);
    accept(next, 'two');
    await clock.advance(10);
    expect([log.at(-1), publication.etag]).toEqual(['published 200', 'two']);
    await remove();
  });

  test('the stack closes: taken back', async () => {
    const { pair, peer, published, accept, clock, publication } = await start();
    await published();
    expect(pair.stack.load.features).toBe(1);
    const closing = pair.stack.close();
    accept(await peer.receive('PUBLISH'), 'gone', 0);
    await clock.until(closing);
    expect(publication.state).toBe('removed');
  });
});

describe('the server (RFC 3903 §6)', () => {
  const stacks: SipStack[] = [];
  let clock: VirtualClock;

  afterEach(async () => {
    await clock.until(Promise.all(stacks.splice(0).map((stack) => stack.close())));
    expect(clock.pending).toBe(0);
  });

  async function start(options: Partial<PublicationServerOptions> = {}) {
    clock = new VirtualClock();
    const network = new MemoryNetwork(clock);
    const [alice, host] = ['192.0.2.1', '192.0.2.2'].map(
      (address, index) =>
        new SipStack({
          clock,
          random: seededRandomBytes(index + 1),
          transports: [network.transport('UDP', { host: address, port: 5060 })],
        }),
    ) as [SipStack, SipStack];
    stacks.push(alice, host);
    await alice.start();
    await host.start();
    const server = new PublicationServer({ event: 'mood', ...options });
    host.use(server);
    const log: string[] = [];
    server.on('changed', (resource, states) => log.push(`${resource} ${states.map(text).join('+') || 'nothing'}`));
    const publish = (options: Partial<PublishOptions> = {}) =>
      alice.publish({
        uri: 'sip:alice@192.0.2.2',
        from: 'sip:alice@192.0.2.1',
        event: 'mood',
        body: mood('calm'),
        ...options,
      });
    const request = async (headers: [string, string][], body?: SessionBody) =>
      clock.until(
        alice.request({
          method: 'PUBLISH',
          uri: 'sip:alice@192.0.2.2',
          from: 'sip:alice@192.0.2.1',
          headers,
          ...(body && { body }),
        }),
      );
    return { server, log, publish, request, host, alice };
  }

  test('a day of a publication: refreshed many times, changed once, then gone with its publisher', async () => {
    const { server, log, publish, alice } = await start({ maxExpires: 600 });
    const publication = publish();
    await clock.until(publication.established);
    await clock.advance(12 * 3_600_000);
    await clock.until(publication.modify(mood('tired')));
    await clock.advance(12 * 3_600_000);
    expect([log, server.size, server.states('sip:alice@192.0.2.2').map(text)]).toEqual([
      ['sip:alice@192.0.2.2 calm', 'sip:alice@192.0.2.2 tired'],
      1,
      ['tired'],
    ]);
    expect(alice.counters.sent).toBeGreaterThan(144);
    // It vanishes without a word.
    publication.abandon();
    await clock.advance(600_000);
    expect([log.at(-1), server.size]).toEqual(['sip:alice@192.0.2.2 nothing', 0]);
  });

  test('two publishers of one resource', async () => {
    const { log, publish } = await start();
    const phone = publish({ body: mood('phone') });
    const desktop = publish({ body: mood('desktop') });
    await clock.until(Promise.all([phone.established, desktop.established]));
    await clock.until(phone.remove());
    expect(log.map((line) => line.split(' ')[1])).toEqual(['phone', 'phone+desktop', 'desktop']);
    await clock.until(desktop.remove());
  });

  test('the server restarts: the next refresh brings the state back', async () => {
    const { server, publish } = await start({ maxExpires: 600 });
    const publication = publish();
    await clock.until(publication.established);
    server.abandon();
    await clock.advance(600_000);
    expect([publication.state, server.states('sip:alice@192.0.2.2').map(text)]).toEqual(['published', ['calm']]);
  });

  test('what is refused', async () => {
    const { request, host } = await start({
      accept: ['text/mood'],
      authorize: ({ from }) => (from.displayName === 'Mallory' ? 403 : true),
    });
    const event: [string, string] = ['Event', 'mood'];
    const statuses = [
      await request([['Event', 'weather']], mood('x')),
      await request([], mood('x')),
      await request([event]),
      await request([event, ['SIP-If-Match', 'unknown']]),
      await request([event, ['Expires', '10']], mood('x')),
      await request([event], { contentType: 'text/html', body: new Uint8Array(1) }),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([489, 489, 400, 412, 423, 415]);
    expect(statuses[0]!.headers.get('Allow-Events')).toBe('mood');
    expect(statuses[4]!.headers.get('Min-Expires')).toBe('60');
    expect(statuses[5]!.headers.get('Accept')).toBe('text/mood');
    expect(host.allow).toContain('PUBLISH');
  });

  test('challenged', async () => {
    const digest = new DigestServer({ realm: 'moods', password: (user) => (user === 'alice' ? 'x' : undefined) });
    const { publish, server } = await start({ digest });
    await clock.until(publish({ credentials: { username: 'alice', password: 'x' } }).established);
    expect(server.size).toBe(1);
    const mallory = publish({ credentials: { username: 'mallory', password: 'x' } });
    await expect(clock.until(mallory.established)).rejects.toMatchObject({ status: 401 });
  });
});
