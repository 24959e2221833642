import { DigestServer, PublicationServer } from '@offhook/sip-core';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import {
  addressOf,
  call,
  callee,
  ended,
  established,
  expectCaller,
  expectSuccess,
  OFFHOOK,
  startStack,
  uriOf,
} from './support/sipp-stack';

const ALICE = ['alice', 'secret'] as const;
const credentials = { username: 'alice', password: 'secret' };

/** A challenge (RFC 3261 §22.2, §22.3). */
const challenge = (nonce: string, { realm = 'sipp.test', algorithm = 'MD5', more = '', proxy = false } = {}) => ({
  headers: [
    `${proxy ? 'Proxy' : 'WWW'}-Authenticate: Digest realm="${realm}", nonce="${nonce}", qop="auth", algorithm=${algorithm}${more}`,
  ],
});

const DENIED = '401 Unauthorized';

describeWithPeers(['sipp'], 'SIPp wants to know who we are (RFC 3261 §22)', () => {
  test('an INVITE, a re-INVITE and a BYE, each with a digest SIPp has computed too', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('strict-callee', 'uas')
        .request('INVITE', { never: ['Authorization'] })
        .answer(DENIED, challenge('one'))
        .request('ACK')
        .request('INVITE', { credentials: ALICE, check: ['nc=00000001', 'qop=auth', 'realm="sipp.test"'] })
        .answer('200 OK', { body: sippDescription, repeated: true })
        .request('ACK', { check: ['Authorization: Digest'] })
        .request('INVITE', { credentials: ALICE, check: ['nc=0000000[23]'] })
        .reply(DENIED, challenge('two', { more: ', stale=true' }))
        .request('ACK')
        .request('INVITE', { credentials: ALICE, check: ['nonce="two"', 'nc=00000001'] })
        .reply('200 OK', { body: sippDescription })
        .request('ACK')
        .hungUp({ credentials: ALICE, check: ['nonce="two"'] }),
    );
    const session = call(stack, sipp, { credentials });
    await established(session);
    await session.reinvite();
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('a proxy and the server behind it: 407, then 401; the INVITE goes out with both answers', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('chain', 'uas')
        .request('INVITE', { never: ['Authorization'] })
        .answer('407 Proxy Authentication Required', challenge('p', { realm: 'proxy.test', proxy: true }))
        .request('ACK')
        .request('INVITE', { check: ['Proxy-Authorization: Digest .*realm="proxy.test"'], never: ['\nAuthorization'] })
        .answer(DENIED, challenge('s'))
        .request('ACK')
        .request('INVITE', {
          check: ['Proxy-Authorization: Digest .*realm="proxy.test"', 'Authorization: Digest .*realm="sipp.test"'],
        })
        .answer('200 OK', { body: sippDescription, repeated: true })
        .request('ACK', { check: ['realm="proxy.test"', 'realm="sipp.test"'] })
        .hungUp({ check: ['realm="proxy.test"', 'realm="sipp.test"'] }),
    );
    const session = call(stack, sipp, { credentials });
    await established(session);
    await session.terminate();
    await expectSuccess(sipp);
  });

  test('a stale nonce is not a wrong password: the request is made again', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('forgetful', 'uas')
        .request('MESSAGE')
        .answer(DENIED, challenge('old'))
        .request('MESSAGE', { credentials: ALICE, check: ['nonce="old"'] })
        .answer(DENIED, challenge('new', { more: ', stale=TRUE' }))
        .request('MESSAGE', { credentials: ALICE, check: ['nonce="new"', 'nc=00000001'] })
        .answer('200 OK'),
    );
    const response = await stack.message({ uri: uriOf(sipp), from: OFFHOOK, content: 'Hello', credentials });
    expect(response.status).toBe(200);
    await expectSuccess(sipp);
  });

  test('a wrong password: SIPp says so by a fresh challenge, which is told, not answered for ever', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('unbelieving', 'uas')
        .request('INVITE')
        .answer(DENIED, challenge('one'))
        .request('ACK')
        .request('INVITE', { check: ['nonce="one"'] })
        .answer(DENIED, challenge('two'))
        .request('ACK'),
    );
    const session = call(stack, sipp, { credentials: { username: 'alice', password: 'guess' } });
    expect(await ended(session)).toMatchObject({ by: 'remote', status: 401 });
    await expectSuccess(sipp);
  });

  test.each([
    ['an algorithm nobody has', challenge('n', { algorithm: 'ROT13' })],
    ['a scheme nobody has', { headers: ['WWW-Authenticate: Blood realm="sipp.test", type="AB"'] }],
    [
      'only a quality of protection nobody has',
      { headers: ['WWW-Authenticate: Digest realm="s", nonce="n", qop="auth-magic"'] },
    ],
    ['a challenge that is none', { headers: ['WWW-Authenticate: Digest'] }],
    ['no challenge at all', {}],
  ])('%s: 401 is told', async (_what, answer) => {
    const stack = await startStack();
    const sipp = await callee(new SippScenario('strange', 'uas').request('OPTIONS').answer(DENIED, answer));
    const response = await stack.request({ method: 'OPTIONS', uri: uriOf(sipp), from: OFFHOOK, credentials });
    expect(response.status).toBe(401);
    await expectSuccess(sipp);
  });

  test('of several algorithms the strongest is taken, and one that was strong is not answered weakly later', async () => {
    const stack = await startStack();
    const offer = (nonce: string, ...algorithms: string[]) => ({
      headers: algorithms.flatMap((algorithm) => challenge(nonce, { algorithm }).headers),
    });
    const sipp = await callee(
      new SippScenario('strong', 'uas')
        .request('OPTIONS')
        .answer(DENIED, offer('one', 'ROT13', 'MD5', 'SHA-256'))
        .request('OPTIONS', { check: ['algorithm=SHA-256', 'nonce="one"'] })
        .answer(DENIED, offer('two', 'MD5')),
    );
    await expect(
      stack
        .request({ method: 'OPTIONS', uri: uriOf(sipp), from: OFFHOOK, credentials })
        .then(({ status }) => Promise.reject(Object.assign(new Error('told'), { status }))),
    ).rejects.toMatchObject({ status: 401 });
    await expectSuccess(sipp);
  });

  test('bodies are signed where SIPp wants that (auth-int), and where it names no quality at all', async () => {
    const stack = await startStack();
    const [signed, old] = await Promise.all([
      callee(
        new SippScenario('signed', 'uas')
          .request('MESSAGE')
          .answer(DENIED, {
            headers: ['WWW-Authenticate: Digest realm="sipp.test", nonce="n", qop="auth-int", algorithm=MD5'],
          })
          .request('MESSAGE', { credentials: ALICE, check: ['qop=auth-int'] })
          .answer('200 OK'),
      ),
      callee(
        new SippScenario('rfc2069', 'uas')
          .request('MESSAGE')
          .answer(DENIED, { headers: ['WWW-Authenticate: Digest realm="sipp.test", nonce="n", opaque="keep"'] })
          .request('MESSAGE', { credentials: ALICE, check: ['opaque="keep"'], never: ['qop', 'nc='] })
          .answer('200 OK'),
      ),
    ]);
    for (const sipp of [signed!, old!]) {
      const response = await stack.message({ uri: uriOf(sipp), from: OFFHOOK, content: 'Hello', credentials });
      expect(response.status).toBe(200);
    }
    await expectSuccess(signed!, old!);
  });

  test('SUBSCRIBE, PUBLISH, REFER and REGISTER are repeated with a digest as well', async () => {
    const stack = await startStack();
    const challenged = (method: string, last: (it: SippScenario) => void) =>
      callee(
        new SippScenario(`challenges-${method}`, 'uas')
          .request(method, { never: ['Authorization'] })
          .answer('407 Proxy Authentication Required', challenge(method, { proxy: true }))
          .request(method, { check: [`Proxy-Authorization: Digest .*nonce="${method}"`, 'CSeq: 2 '] })
          .with(last),
      );
    const [subscribe, publish, refer, register] = await Promise.all([
      challenged('SUBSCRIBE', (it) =>
        it
          .answer('200 OK', { headers: ['Expires: 600'] })
          .sendInside('NOTIFY', { headers: ['Event: presence', 'Subscription-State: terminated;reason=rejected'] })
          .response(200),
      ),
      challenged('PUBLISH', (it) => it.answer('200 OK', { headers: ['SIP-ETag: tag', 'Expires: 600'] })),
      challenged('REFER', (it) => it.answer('202 Accepted', { headers: ['Refer-Sub: false'] })),
      challenged('REGISTER', (it) => it.answer('200 OK', { headers: ['[last_Contact:]'], without: ['Contact'] })),
    ]);
    const to = (sipp: { port: number }) => ({ uri: uriOf(sipp), from: OFFHOOK, credentials });
    const subscription = stack.subscribe({ ...to(subscribe!), event: 'presence' });
    const publication = stack.publish({
      ...to(publish!),
      event: 'presence',
      body: { contentType: 'text/plain', body: new TextEncoder().encode('open') },
    });
    const referral = stack.refer({ ...to(refer!), target: 'sip:carol@127.0.0.1', referSub: false });
    const registration = stack.register({ aor: OFFHOOK, registrar: `sip:127.0.0.1:${register!.port}`, credentials });
    const done = Promise.all([
      subscription.established.catch(() => {}),
      publication.established,
      referral.accepted,
      registration.start(),
    ]);
    await expectSuccess(subscribe!, publish!, refer!, register!);
    await done;
    expect(registration.state).toBe('registered');
  });
});

describeWithPeers(['sipp'], 'SIPp proves to us who it is', () => {
  const server = () =>
    new PublicationServer({
      event: 'presence',
      digest: new DigestServer({
        realm: 'offhook.test',
        algorithms: ['MD5'],
        password: (username) => (username === 'alice' ? 'secret' : undefined),
      }),
    });

  const publish = (sequence: number, headers: string[] = []) => ({
    sequence,
    headers: ['Event: presence', 'Expires: 600', ...headers],
    body: ['text/plain', 'open'] as const,
  });

  test('a challenge, and a digest that is right', async () => {
    const stack = await startStack();
    stack.use(server());
    await expectCaller(
      stack,
      new SippScenario('alice', 'uac')
        .send('PUBLISH', publish(1))
        .response(401, { challenge: true, check: ['WWW-Authenticate: Digest .*realm="offhook.test"', 'qop="auth"'] })
        .send('PUBLISH', publish(2, ['[authentication username=alice password=secret]']))
        .response(200, { check: ['SIP-ETag: '] }),
      { args: ['-auth_uri', `offhook@${addressOf(stack)}`] },
    );
  });

  test('a wrong password, and a user that does not exist: challenged again; the same digest twice: stale', async () => {
    const stack = await startStack();
    stack.use(server());
    await expectCaller(
      stack,
      new SippScenario('mallory', 'uac')
        .send('PUBLISH', publish(1))
        .response(401, { challenge: true })
        .send('PUBLISH', publish(2, ['[authentication username=alice password=guess]']))
        .response(401, { challenge: true, never: ['stale=true'] })
        .send('PUBLISH', publish(3, ['[authentication username=nobody password=secret]']))
        .response(401, { never: ['stale=true'] })
        .send('PUBLISH', publish(4, ['Authorization: Digest username="alice"']))
        .response(401),
    );
  });
});
