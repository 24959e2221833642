import { describe, expect, test } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import { NameAddr } from '../message/name-addr';
import { OtherUri } from '../message/uri';
import { SipTransportError } from '../platform/errors';
import { leaveNothingBehind, PhoneAndPeer } from '../session/testing/phone-and-peer';
import { seededRandomBytes } from '../testing/seeded-random';
import type { Target } from '../transport/transport';
import { SipStack } from './sip-stack';

leaveNothingBehind();

const PHONE = { host: '192.0.2.1', port: 5060 };
const FROM = 'sip:alice@192.0.2.1';

describe('requests outside dialogs (RFC 3261 §8.2, §11)', () => {
  test('OPTIONS is answered with what we can do', async () => {
    const { send, peer } = await start({ allow: ['NOTIFY'], supported: ['replaces'], userAgent: 'Test/1' });
    send('OPTIONS');
    const ok = await peer.receiveStatus(200);
    expect(ok.allow).toEqual(['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'UPDATE', 'PRACK', 'NOTIFY']);
    expect([ok.supported, ok.headers.get('Accept'), ok.headers.get('Server')]).toEqual([
      ['100rel', 'timer', '199', 'replaces'],
      'application/sdp',
      'Test/1',
    ]);
    expect(ok.contact!.uri.toString()).toBe('sip:alice@192.0.2.1:5060');
    expect(ok.to.tag).toBeDefined();
  });

  test('methods nobody serves: 405 with Allow', async () => {
    const { send, peer } = await start();
    send('MESSAGE');
    expect((await peer.receiveStatus(405)).allow).toContain('OPTIONS');
  });

  test('who listens serves them', async () => {
    const { send, peer, stack } = await start();
    stack.on('request', (transaction) => transaction.reply(202));
    send('MESSAGE');
    await peer.receiveStatus(202);
  });

  test('an INVITE nobody waits for: 480', async () => {
    const { pair, peer } = await start();
    const deaf = new SipStack({
      clock: pair.clock,
      transports: [pair.network.transport('UDP', { host: '192.0.2.7', port: 5060 })],
    });
    await deaf.start();
    peer.send(pair.request('INVITE', { body: 'offer' }), { host: '192.0.2.7', port: 5060 });
    await peer.receiveStatus(480);
    await deaf.close();
  });

  test('a URI of a scheme we do not know: 416', async () => {
    const { pair, peer } = await start();
    const odd = pair.request('OPTIONS');
    odd.uri = new OtherUri('http', '//example.com');
    peer.send(odd, PHONE);
    await peer.receiveStatus(416);
  });

  test('an extension we do not know: 420 with Unsupported', async () => {
    const { send, peer } = await start({ supported: ['100rel'] });
    send('INVITE', { body: 'offer', headers: [['Require', '100rel, telepathy']] });
    expect((await peer.receiveStatus(420)).headers.get('Unsupported')).toBe('telepathy');
  });

  test('a body we cannot read: 415 with Accept', async () => {
    const { pair, peer } = await start();
    peer.send(pair.request('INVITE').setBody('text/plain', 'hello'), PHONE);
    expect((await peer.receiveStatus(415)).headers.get('Accept')).toBe('application/sdp');
  });

  test('a description that would have to be unpacked: 415 with Accept-Encoding (§8.2.3)', async () => {
    const { send, peer } = await start();
    send('INVITE', { body: 'offer', headers: [['Content-Encoding', 'gzip']] });
    expect((await peer.receiveStatus(415)).headers.get('Accept-Encoding')).toBe('identity');
  });

  test('a description that is said to be as it is: read', async () => {
    const { send, peer, stack } = await start();
    stack.on('invite', (session) => session.reject(486));
    send('INVITE', { body: 'offer', headers: [['Content-Encoding', 'Identity']] });
    await peer.receiveStatus(486);
  });

  test.each(['BYE', 'UPDATE', 'PRACK'])('%s, which we take in a dialog, outside of any: 481', async (method) => {
    const { send, peer } = await start();
    send(method);
    await peer.receiveStatus(481);
  });

  test('an empty tag in To is none: the request is answered as one outside of any dialog', async () => {
    const { pair, peer } = await start();
    const request = pair.request('INFO');
    request.headers.set('To', '<sip:alice@192.0.2.1>;tag;x=1');
    peer.send(request, pair.stack.transports[0]!.local);
    expect((await peer.receiveStatus(405)).to.params.get('x')).toBe('1');
  });

  test('the same request on two paths: 482 to the second (§8.2.2.2)', async () => {
    const { pair, peer } = await start();
    peer.send(pair.request('INVITE', { body: 'offer' }), PHONE);
    peer.send(pair.request('INVITE', { body: 'offer' }), PHONE);
    expect((await peer.receiveStatus(482)).reason).toBe('Request Merged');
    expect(pair.incoming!.state).toBe('proceeding');
  });

  test('a dialog nobody knows: 481', async () => {
    const { pair, peer } = await start();
    const bye = pair.request('BYE');
    bye.to = NameAddr.parse('<sip:alice@192.0.2.1>;tag=gone');
    peer.send(bye, PHONE);
    await peer.receiveStatus(481);
  });

  test('a listener that throws breaks nothing else', async () => {
    const { send, peer, stack } = await start();
    const { reportError } = globalThis as { reportError?: unknown };
    Object.assign(globalThis, { reportError: () => {} });
    stack.on('request', () => {
      throw new Error('oops');
    });
    stack.on('request', (transaction) => transaction.reply(202));
    send('MESSAGE');
    await peer.receiveStatus(202);
    Object.assign(globalThis, { reportError });
  });
});

describe('closing', () => {
  test('calls end, new ones are refused 503, and the peer’s own BYE is still answered', async () => {
    const { pair, peer, clock, stack } = await start();
    const { session } = await pair.calling();
    pair.outgoing = session;
    const ringing = pair.send('INVITE', { body: 'offer', headers: [] });
    await clock.advance(10);
    await pair.incoming!.ring();
    await peer.receiveStatus(180);
    const closed = stack.close();
    await peer.receiveStatus(603);
    const bye = await peer.receive('BYE');
    const late = pair.request('OPTIONS', { sequence: 77 });
    late.callId = 'late';
    peer.send(late, PHONE);
    await peer.receiveStatus(503);
    peer.reply(bye, 200);
    await clock.until(closed);
    expect(ringing.callId).toBe('call-of-the-peer');
    expect(() => stack.invite({ uri: FROM, from: FROM, offerAnswer: pair.media })).toThrow('start()');
  });

  test('who does not answer our BYE is not waited for longer than asked', async () => {
    const { pair, peer, clock, stack } = await start();
    await pair.calling();
    const began = clock.now();
    const closed = stack.close(300);
    await peer.receive('BYE');
    await clock.until(closed);
    expect(clock.now() - began).toBeLessThanOrEqual(300);
  });

  test('a port in use: told, and what was opened is closed again', async () => {
    const { pair } = await start();
    const free = pair.network.transport('UDP', { host: '192.0.2.8', port: 5060 });
    const stack = new SipStack({ clock: pair.clock, transports: [free, pair.network.transport('UDP', PHONE)] });
    await expect(stack.start()).rejects.toMatchObject({ code: 'ERR_SIP_PORT_IN_USE' });
    const again = new SipStack({
      clock: pair.clock,
      transports: [pair.network.transport('UDP', { host: '192.0.2.8', port: 5060 })],
    });
    await again.start();
    await again.close();
  });
});

describe('our requests (§8.1)', () => {
  test('a challenge is answered once', async () => {
    const { peer, stack, clock } = await start();
    const digest = new DigestServer({ realm: 'r', password: () => 'secret', random: seededRandomBytes(3) });
    const answer = stack.request({
      method: 'OPTIONS',
      uri: 'sip:192.0.2.2',
      from: FROM,
      credentials: { username: 'alice', password: 'secret' },
    });
    const first = await peer.receive('OPTIONS');
    expect(first.maxForwards).toBe(70);
    peer.reply(first, 401, { headers: digest.challenge() });
    const second = await peer.receive('OPTIONS');
    expect((await digest.verify(second)).ok).toBe(true);
    peer.reply(second, 200);
    expect((await clock.until(answer)).status).toBe(200);
  });

  test('a refusal is a response like others; silence is an error after 64*T1', async () => {
    const { peer, stack, clock } = await start();
    const refused = stack.request({ method: 'MESSAGE', uri: 'sip:bob@192.0.2.2', from: FROM });
    peer.reply(await peer.receive('MESSAGE'), 404);
    expect((await clock.until(refused)).status).toBe(404);
    const silence = stack.request({ method: 'MESSAGE', uri: 'sip:bob@192.0.2.2', from: FROM });
    await peer.receive('MESSAGE');
    await expect(clock.until(silence)).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT', status: 408 });
  });

  test('an AbortSignal ends the waiting, and no challenge is answered any more', async () => {
    const { peer, stack } = await start();
    const controller = new AbortController();
    const answer = stack.request({
      method: 'OPTIONS',
      uri: 'sip:192.0.2.2',
      from: FROM,
      credentials: { username: 'a', password: 'b' },
      signal: controller.signal,
    });
    const request = await peer.receive('OPTIONS');
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    peer.reply(request, 401, { headers: [['WWW-Authenticate', 'Digest realm="r", nonce="n"']] });
    expect(peer.waiting).toEqual([]);
    await expect(
      stack.request({ method: 'OPTIONS', uri: 'sip:192.0.2.2', from: FROM, signal: controller.signal }),
    ).rejects.toThrow('enough');
  });

  test('an outbound proxy: by Route, or by nothing but its address', async () => {
    const { peer, stack } = await start();
    void stack.request({
      method: 'OPTIONS',
      uri: 'sip:bob@far.example',
      from: FROM,
      routes: [NameAddr.parse('<sip:192.0.2.2;lr>')],
    });
    const routed = await peer.receive('OPTIONS');
    expect([routed.uriText, routed.headers.get('Route')]).toEqual(['sip:bob@far.example', '<sip:192.0.2.2;lr>']);
    peer.reply(routed, 200);
    void stack.request({ method: 'OPTIONS', uri: 'sip:bob@far.example', from: FROM, server: 'sip:192.0.2.2' });
    const sent = await peer.receive('OPTIONS');
    expect([sent.uriText, sent.headers.get('Route')]).toEqual(['sip:bob@far.example', undefined]);
    peer.reply(sent, 200);
  });

  test('a header field cannot be smuggled in', async () => {
    const { stack } = await start();
    expect(() =>
      stack.request({ method: 'OPTIONS', uri: 'sip:192.0.2.2', from: FROM, headers: [['Subject', 'x\r\nEvil: 1']] }),
    ).toThrow(expect.objectContaining({ code: 'ERR_SIP_INJECTION' }));
  });

  test('a public address stands in Via and Contact, with the port that listens', async () => {
    const { peer, stack } = await start({ publicAddress: '203.0.113.5' });
    void stack.request({ method: 'OPTIONS', uri: 'sip:192.0.2.2', from: FROM });
    const request = await peer.receive('OPTIONS');
    expect([request.via.host, request.via.port]).toEqual(['203.0.113.5', 5060]);
    expect(request.contact!.uri.toString()).toBe('sip:alice@203.0.113.5:5060');
    peer.reply(request, 200);
  });
});

describe('where requests go (RFC 3263 §4.3)', () => {
  test('nobody answers at the first target: the next one is tried', async () => {
    const targets: Target[] = [
      { protocol: 'UDP', host: '192.0.2.99', port: 5060 },
      { protocol: 'TCP', host: '2001:db8::1', port: 5060 },
      { protocol: 'UDP', host: '192.0.2.2', port: 5060 },
    ];
    const { peer, stack, clock } = await start({ resolver: async () => targets });
    const answer = stack.request({ method: 'OPTIONS', uri: 'sip:example.com', from: FROM });
    const request = await peer.receive('OPTIONS');
    expect(clock.now()).toBeCloseTo(32_000, -2);
    expect(request.vias).toHaveLength(1);
    peer.reply(request, 200);
    expect((await clock.until(answer)).status).toBe(200);
  });

  test('a connection that is refused is an error at once', async () => {
    const pair = await PhoneAndPeer.start({}, {}, 'TCP');
    const answer = pair.stack.request({ method: 'OPTIONS', uri: 'sip:192.0.2.99;transport=tcp', from: FROM });
    await expect(pair.clock.until(answer)).rejects.toMatchObject({ code: 'ERR_SIP_CONNECT' });
    expect(pair.clock.now()).toBeLessThan(100);
  });

  test('a protocol that is not open, a name without a resolver, no target at all', async () => {
    const { stack } = await start();
    const to = (uri: string) => stack.request({ method: 'OPTIONS', uri, from: FROM });
    await expect(to('sip:192.0.2.2;transport=tcp')).rejects.toMatchObject({ code: 'ERR_SIP_NO_TRANSPORT' });
    await expect(to('sips:192.0.2.2')).rejects.toMatchObject({ code: 'ERR_SIP_NO_TRANSPORT' });
    await expect(to('sip:[2001:db8::1]')).rejects.toMatchObject({ code: 'ERR_SIP_NO_TRANSPORT' });
    await expect(to('sip:example.com')).rejects.toMatchObject({ code: 'ERR_SIP_RESOLVE' });
    await expect(to('tel:+1234')).rejects.toBeInstanceOf(SipTransportError);
  });

  test('IPv6', async () => {
    const { pair } = await start();
    const there = { host: '2001:db8::2', port: 5080 };
    const stack = (address: { host: string; port: number }) =>
      new SipStack({ clock: pair.clock, transports: [pair.network.transport('UDP', address)] });
    const one = stack({ host: '2001:db8::1', port: 5060 });
    const two = stack(there);
    await one.start();
    await two.start();
    const answer = await pair.clock.until(
      one.request({ method: 'OPTIONS', uri: 'sip:[2001:db8::2]:5080', from: 'sip:alice@[2001:db8::1]' }),
    );
    expect(answer.contact!.uri.toString()).toBe('sip:[2001:db8::2]:5080');
    await pair.clock.until(Promise.all([one.close(), two.close()]));
  });
});

async function start(...args: Parameters<typeof PhoneAndPeer.start>) {
  const pair = await PhoneAndPeer.start(...args);
  const { peer, clock, stack } = pair;
  return { pair, peer, clock, stack, send: pair.send.bind(pair) };
}
