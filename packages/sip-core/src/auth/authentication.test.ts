import { describe, expect, test } from 'vitest';
import type { SipRequest } from '../message/request';
import { leaveNothingBehind, PhoneAndPeer } from '../session/testing/phone-and-peer';
import { seededRandomBytes } from '../testing/seeded-random';
import { parseAuth } from './challenge';
import { DigestClient } from './digest-client';
import { DigestServer, type DigestServerOptions } from './digest-server';

leaveNothingBehind();

const credentials = { username: 'alice', password: 'right' };
const OPTIONS = { method: 'OPTIONS', uri: 'sip:192.0.2.2', from: 'sip:alice@192.0.2.1' };

let seed = 10;
const server = (pair: PhoneAndPeer, options: Partial<DigestServerOptions> = {}) =>
  new DigestServer({
    ...{ realm: 'r', clock: pair.clock, random: seededRandomBytes(seed++) },
    password: (user) => (user === 'alice' ? 'right' : undefined),
    ...options,
  });

/** The parameters of each set of credentials in a request. */
const carried = (request: SipRequest, name = 'Authorization') =>
  [...request.headers]
    .filter(([each]) => each === name)
    .map(([, value]) => Object.fromEntries(parseAuth(value)[0]!.params));

describe('challenges on the wire (RFC 3261 §22)', () => {
  test('two proxies and a server, one after the other: the last request carries all credentials', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, stack } = pair;
    const inner = server(pair, { realm: 'inner', proxy: true });
    const outer = server(pair, { realm: 'outer', proxy: true, algorithms: ['MD5'] });
    const callee = server(pair, { realm: 'callee', qop: ['auth-int'] });
    const done = stack.request({ ...OPTIONS, credentials });
    for (const each of [outer, inner, callee]) {
      const request = await peer.receive('OPTIONS');
      peer.reply(request, each.status, { headers: each.challenge() });
    }
    const last = await peer.receive('OPTIONS');
    for (const each of [outer, inner, callee]) expect(await each.verify(last)).toMatchObject({ ok: true });
    expect(carried(last, 'Proxy-Authorization').map(({ realm, nc }) => [realm, nc])).toEqual([
      ['outer', '00000003'],
      ['inner', '00000002'],
    ]);
    expect(last.cseq.sequence).toBe(4);
    peer.reply(last, 200);
    expect((await clock.until(done)).status).toBe(200);
  });

  test('a proxy and a server in one response, several challenges each: one round is enough', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, stack } = pair;
    const proxy = server(pair, { realm: 'p', proxy: true, algorithms: ['MD5', 'SHA-512-256-sess', 'SHA-256'] });
    const callee = server(pair, { realm: 's' });
    const done = stack.request({ ...OPTIONS, credentials });
    peer.reply(await peer.receive('OPTIONS'), 407, { headers: [...proxy.challenge(), ...callee.challenge()] });
    const second = await peer.receive('OPTIONS');
    expect([(await proxy.verify(second)).ok, (await callee.verify(second)).ok]).toEqual([true, true]);
    expect(carried(second, 'Proxy-Authorization')[0]!.algorithm).toBe('SHA-512-256-sess');
    peer.reply(second, 200);
    await clock.until(done);
  });

  test('a nonce gone stale is no wrong password; one that is stale without end is given up', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, stack } = pair;
    const digest = server(pair);
    const done = stack.request({ ...OPTIONS, credentials: new DigestClient(credentials, { attempts: 4 }) });
    peer.reply(await peer.receive('OPTIONS'), 401, { headers: digest.challenge() });
    for (let round = 0; round < 4; round++) {
      const request = await peer.receive('OPTIONS');
      expect((await digest.verify(request)).ok).toBe(true);
      peer.reply(request, 401, { headers: digest.challenge(true) });
    }
    expect((await clock.until(done)).status).toBe(401);
    expect(peer.waiting).toEqual([]);
  });

  test('a wrong password is tried once, a user unknown likewise', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, stack } = pair;
    const digest = server(pair);
    for (const wrong of [
      { username: 'alice', password: 'wrong' },
      { username: 'nobody', password: 'right' },
    ]) {
      const done = stack.request({ ...OPTIONS, credentials: wrong });
      for (const reason of ['absent', wrong.username === 'alice' ? 'wrong' : 'unknown-user']) {
        const request = await peer.receive('OPTIONS');
        const verdict = await digest.verify(request);
        expect(verdict).toMatchObject({ ok: false, reason });
        peer.reply(request, 401, { headers: digest.challenge() });
      }
      expect((await clock.until(done)).status).toBe(401);
    }
    await clock.advance(60_000);
    expect(peer.waiting).toEqual([]);
  });

  test('a later challenge in MD5 only, as somebody on the way would write, is not answered', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, stack } = pair;
    const digest = new DigestClient(credentials);
    const strong = server(pair);
    const first = stack.request({ ...OPTIONS, credentials: digest });
    peer.reply(await peer.receive('OPTIONS'), 401, { headers: strong.challenge() });
    peer.reply(await peer.receive('OPTIONS'), 200);
    await clock.until(first);
    const second = stack.request({ ...OPTIONS, credentials: digest });
    peer.reply(await peer.receive('OPTIONS'), 401, { headers: server(pair, { algorithms: ['MD5'] }).challenge(true) });
    expect((await clock.until(second)).status).toBe(401);
    expect(digest.refusal).toBe('downgrade');
  });
});

describe('one client for all requests of a line', () => {
  test('REGISTER is challenged once; its refreshes and the calls carry the nonce on, with rising counts', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, stack } = pair;
    const digest = server(pair, { nonceLifetime: 1e9 });
    const line = new DigestClient(credentials, { random: seededRandomBytes(3) });
    const registration = stack.register({ aor: 'sip:alice@192.0.2.2', credentials: line });
    const bound = registration.start();
    const bind = (request: SipRequest) => {
      const contact = request.contact!.clone();
      contact.params.set('expires', '60');
      peer.reply(request, 200, { headers: [['Contact', contact.toString()]] });
    };
    peer.reply(await peer.receive('REGISTER'), 401, { headers: digest.challenge() });
    for (const nc of ['00000001', '00000002', '00000003']) {
      const request = await peer.receive('REGISTER', 120_000);
      expect(await digest.verify(request)).toMatchObject({ ok: true });
      expect(carried(request)[0]!.nc).toBe(nc);
      bind(request);
      if (nc === '00000001') await clock.until(bound);
    }
    const { session, invite } = await pair.calling({ credentials: line });
    expect(await digest.verify(invite)).toMatchObject({ ok: true, username: 'alice' });
    const ended = session.terminate();
    const bye = await peer.receive('BYE');
    expect(await digest.verify(bye)).toMatchObject({ ok: true });
    expect(carried(bye)[0]!.nc).toBe('00000005');
    peer.reply(bye, 200);
    await clock.until(ended);
    const gone = registration.remove();
    peer.reply(await peer.receive('REGISTER'), 200);
    await clock.until(gone);
  });

  test('requests at the same time have counts of their own', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, stack } = pair;
    const digest = server(pair);
    const line = new DigestClient(credentials);
    const all = Array.from({ length: 20 }, () => stack.request({ ...OPTIONS, credentials: line }));
    const bare: SipRequest[] = [];
    while (bare.length < all.length) bare.push(await peer.receive('OPTIONS'));
    for (const request of bare) peer.reply(request, 401, { headers: digest.challenge() });
    for (let index = 0; index < all.length; index++) {
      const request = await peer.receive('OPTIONS');
      expect(await digest.verify(request)).toMatchObject({ ok: true });
      peer.reply(request, 200);
    }
    for (const { status } of await clock.until(Promise.all(all))) expect(status).toBe(200);
  });

  test('Authentication-Info: the server proves itself, and gives the nonce that the next request uses', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, stack } = pair;
    const digest = server(pair, { nonceLifetime: 10_000 });
    const line = new DigestClient(credentials, { requireServerProof: true });
    const nonces: string[] = [];
    const exchange = async (answer: (request: SipRequest) => Promise<[string, string][]>) => {
      const done = stack.request({ ...OPTIONS, credentials: line });
      done.catch(() => {});
      let request = await peer.receive('OPTIONS');
      if (carried(request).length === 0) {
        peer.reply(request, 401, { headers: digest.challenge() });
        request = await peer.receive('OPTIONS');
      }
      nonces.push(carried(request)[0]!.nonce!);
      peer.reply(request, 200, { headers: await answer(request) });
      return clock.until(done);
    };
    const prove = async (request: SipRequest): Promise<[string, string][]> => {
      const verdict = await digest.verify(request);
      return verdict.ok ? [digest.info(verdict)] : [];
    };
    expect((await exchange(prove)).status).toBe(200);
    await clock.advance(6_000);
    await exchange(prove);
    await exchange(prove);
    expect(nonces[1]).toBe(nonces[0]);
    expect(nonces[2]).not.toBe(nonces[0]);
    await expect(exchange(async () => [])).rejects.toMatchObject({ code: 'ERR_SIP_SERVER_PROOF' });
    await expect(exchange(async () => [['Authentication-Info', 'rspauth="00", qop=auth']])).rejects.toThrow(
      /wrong rspauth/,
    );
  });
});

describe('calls', () => {
  test('INVITE, its ACK, re-INVITE and BYE carry credentials; CANCEL has none', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock } = pair;
    const digest = server(pair, { proxy: true });
    const session = pair.call({ credentials });
    peer.reply(await peer.receive('INVITE'), 407, { headers: digest.challenge() });
    await peer.receive('ACK');
    const invite = await peer.receive('INVITE');
    expect((await digest.verify(invite)).ok).toBe(true);
    peer.reply(invite, 180);
    await clock.advance(10);
    const ended = session.terminate();
    const cancel = await peer.receive('CANCEL');
    expect([...carried(cancel), ...carried(cancel, 'Proxy-Authorization')]).toEqual([]);
    peer.reply(cancel, 200);
    peer.reply(invite, 487);
    const ack = await peer.receive('ACK');
    expect(ack.cseq.sequence).toBe(invite.cseq.sequence);
    await clock.until(ended);
  });

  test('credentials come out of a vault while the challenge waits', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock } = pair;
    const digest = server(pair);
    const session = pair.call({
      credentials: ({ realm }) =>
        new Promise((resolve) => clock.setTimer(2_000, () => resolve(realm === 'r' ? credentials : undefined))),
    });
    peer.reply(await peer.receive('INVITE'), 401, { headers: digest.challenge() });
    await peer.receive('ACK');
    const invite = await peer.receive('INVITE');
    expect((await digest.verify(invite)).ok).toBe(true);
    peer.reply(invite, 200, { body: 'peer answer' });
    await peer.receive('ACK');
    expect(session.state).toBe('confirmed');
    const ended = session.terminate();
    const bye = await peer.receive('BYE');
    expect((await digest.verify(bye)).ok).toBe(true);
    peer.reply(bye, 200);
    await clock.until(ended);
  });

  test('a call that is given up while the vault is asked sends no more', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, ends } = pair;
    const session = pair.call({
      credentials: () => new Promise((resolve) => clock.setTimer(2_000, () => resolve(credentials))),
    });
    peer.reply(await peer.receive('INVITE'), 401, { headers: server(pair).challenge() });
    await peer.receive('ACK');
    void session.terminate();
    await clock.advance(5_000);
    expect(peer.waiting).toEqual([]);
    expect(ends).toHaveLength(1);
  });

  test('a vault that fails ends the request with its reason', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock, stack } = pair;
    const done = stack.request({ ...OPTIONS, credentials: () => Promise.reject(new Error('sealed')) });
    done.catch(() => {});
    peer.reply(await peer.receive('OPTIONS'), 401, { headers: server(pair).challenge() });
    await expect(clock.until(done)).rejects.toMatchObject({ code: 'ERR_SIP_CREDENTIALS' });
  });
});
