import { Registrar } from '@offhook/call-control';
import {
  DigestServer,
  type Registration,
  type RegistrationOptions,
  type RegistrationState,
  type SipStack,
} from '@offhook/sip-core';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import type { Sipp } from './support/sipp';
import { SippScenario } from './support/sipp-scenario';
import {
  addressOf,
  callee,
  expectCaller,
  expectSuccess,
  hastyClock,
  OFFHOOK,
  startStack,
  uriOf,
} from './support/sipp-stack';

const ALICE = ['alice', 'secret'] as const;
const credentials = { username: 'alice', password: 'secret' };

/** A registrar's 200: the Contact that was sent, and what else it says. */
const bound = (...headers: string[]) => ({ headers: ['[last_Contact:]', ...headers] });
const digest = (nonce: string, more = '') => ({
  headers: [`WWW-Authenticate: Digest realm="sipp.test", nonce="${nonce}", qop="auth", algorithm=MD5${more}`],
});

function registering(stack: SipStack, sipp: Sipp, options: Partial<RegistrationOptions> = {}) {
  const registration = stack.register({
    aor: OFFHOOK,
    registrar: `sip:127.0.0.1:${sipp.port}`,
    retryInterval: 50,
    ...options,
  });
  const states: RegistrationState[] = [];
  registration.on('state', (state) => states.push(state));
  return { registration, states };
}

const reaches = (registration: Registration, wanted: RegistrationState) =>
  new Promise<void>((resolve) => {
    if (registration.state === wanted) resolve();
    registration.on('state', (state) => {
      if (state === wanted) resolve();
    });
  });

describeWithPeers(['sipp'], 'SIPp as a registrar (RFC 3261 §10)', () => {
  test('we register with a digest, refresh before the time is up with the same nonce, and remove', async () => {
    // Sixty seconds in one.
    const stack = await startStack({ clock: hastyClock(60), timers: { T1: 30_000, T2: 240_000, T4: 300_000 } });
    const sipp = await callee(
      new SippScenario('registrar', 'uas')
        .request('REGISTER', { check: ['To: <sip:offhook@127.0.0.1>', 'Contact: <sip:offhook@127.0.0.1:[0-9]+>'] })
        .answer('401 Unauthorized', digest('one'))
        .request('REGISTER', { credentials: ALICE, check: ['CSeq: 2 REGISTER', 'nc=00000001'] })
        .answer('200 OK', { headers: ['Contact: <[$target]>;expires=60'] })
        .request('REGISTER', { credentials: ALICE, check: ['CSeq: 3 REGISTER', 'nc=00000002'] })
        .answer('200 OK', { headers: ['Contact: <[$target]>;expires=3600'] })
        .request('REGISTER', { credentials: ALICE, check: ['expires=0', 'CSeq: 4 REGISTER'] })
        .answer('200 OK', { without: ['Contact'] }),
    );
    const { registration, states } = registering(stack, sipp, { credentials });
    const refreshed = new Promise<void>((resolve) => {
      registration.on('state', (_state, { expires }) => {
        if (expires === 3_600) resolve();
      });
    });
    await registration.start();
    await refreshed;
    await registration.remove();
    await expectSuccess(sipp);
    expect(states[0]).toBe('registering');
    expect(states.at(-1)).toBe('unregistered');
  });

  test('SIPp wants longer (423), then is not there for a while (503), and then takes us', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('choosy-registrar', 'uas')
        .request('REGISTER', { check: ['expires=30'] })
        .answer('423 Interval Too Brief', { headers: ['Min-Expires: 1800'] })
        .request('REGISTER', { check: ['expires=1800'] })
        .answer('503 Service Unavailable', { headers: ['Retry-After: 1'] })
        .request('REGISTER', { check: ['expires=1800'] })
        .answer('200 OK', bound()),
    );
    const { registration } = registering(stack, sipp, { expires: 30 });
    const registered = reaches(registration, 'registered');
    registration.start().catch(() => {});
    await expectSuccess(sipp);
    await registered;
  });

  test.each([
    ['403 Forbidden', 403],
    ['404 Not Found', 404],
  ])('SIPp does not want us: %s', async (line, status) => {
    const stack = await startStack();
    const sipp = await callee(new SippScenario(`registrar-${status}`, 'uas').request('REGISTER').answer(line));
    const { registration } = registering(stack, sipp, { retryInterval: 0 });
    const failed = new Promise((resolve) => {
      registration.on('state', (state, detail) => {
        if (state === 'failed') resolve(detail);
      });
    });
    registration.start().catch(() => {});
    expect(await failed).toMatchObject({ status });
    await expectSuccess(sipp);
  });

  test('SIPp knows others of us too: of several Contacts ours counts, with its own time', async () => {
    const stack = await startStack();
    const sipp = await callee(
      new SippScenario('busy-registrar', 'uas').request('REGISTER').answer('200 OK', {
        headers: [
          'Contact: <sip:offhook@192.0.2.1:5060>;expires=7200, <[$target]>;expires=1234;q=0.7',
          'Contact: "Desk" <sip:desk@192.0.2.2>;expires=99',
          'Expires: 55',
        ],
      }),
    );
    const { registration } = registering(stack, sipp);
    const detail = new Promise((resolve) => {
      registration.on('state', (state, each) => {
        if (state === 'registered') resolve(each);
      });
    });
    await registration.start();
    expect(await detail).toMatchObject({ expires: 1234 });
    await expectSuccess(sipp);
  });

  test('SIPp says by which way our requests are to go (RFC 3608), and what we are called there (RFC 5627)', async () => {
    const stack = await startStack();
    const proxy = await callee(
      new SippScenario('service-route', 'uas')
        .request('OPTIONS', {
          check: ['OPTIONS sip:bob@example.com SIP/2.0', 'Route: <sip:127.0.0.1:[0-9]+;lr>', 'gr=urn:uuid:'],
        })
        .answer('200 OK'),
    );
    const sipp = await callee(
      new SippScenario('home-registrar', 'uas')
        .request('REGISTER', { check: ['Supported: .*gruu', '[+]sip.instance="<urn:uuid:', 'Supported: .*path'] })
        .answer('200 OK', {
          headers: [
            'Contact: <[$target]>;expires=600;+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>";pub-gruu="sip:offhook@127.0.0.1;gr=urn:uuid:00000000-0000-4000-8000-000000000001"',
            `Service-Route: <sip:127.0.0.1:${proxy.port};lr>`,
            'Path: <sip:edge.example.com;lr>',
          ],
        }),
    );
    const { registration } = registering(stack, sipp, {
      gruu: 'public',
      instanceId: 'urn:uuid:00000000-0000-4000-8000-000000000001',
    });
    await registration.start();
    const response = await stack.request({
      method: 'OPTIONS',
      uri: 'sip:bob@example.com',
      from: OFFHOOK,
      registration,
    });
    expect(response.status).toBe(200);
    await expectSuccess(sipp, proxy);
  });

  test('a registrar that is gone at the refresh: the next server takes us', async () => {
    const stack = await startStack({ timers: { T1: 15, T2: 120, T4: 150 } });
    const first = await callee(
      new SippScenario('dies', 'uas')
        .request('REGISTER')
        .answer('200 OK', { headers: ['Contact: <[$target]>;expires=2'] }),
    );
    const second = await callee(new SippScenario('takes-over', 'uas').request('REGISTER').answer('200 OK', bound()));
    const registration = stack.register({
      aor: OFFHOOK,
      registrar: 'sip:127.0.0.1',
      servers: [uriOf(first), uriOf(second)],
      retryInterval: 50,
    });
    await registration.start();
    await expectSuccess(first, second);
    await reaches(registration, 'registered');
  });
});

describeWithPeers(['sipp'], 'SIPp registers with us', () => {
  test('challenged, bound, refreshed, looked up, too short, and removed', async () => {
    const stack = await startStack();
    const registrar = new Registrar({
      domains: ['127.0.0.1'],
      now: () => performance.now(),
      date: () => Date.now(),
      knows: (aor) => aor.user === 'offhook',
    });
    const guard = new DigestServer({
      realm: 'offhook.test',
      algorithms: ['MD5'],
      password: (user) => (user === 'offhook' ? 'secret' : undefined),
    });
    stack.on('request', (transaction) => {
      const { request, toTag, flow } = transaction;
      void guard.verify(request).then((verdict) => {
        if (verdict.ok) transaction.respond(registrar.answer(request, { user: verdict.username, toTag, flow }));
        else transaction.reply(guard.status, { headers: guard.challenge(verdict.stale) });
      });
    });
    const { port } = stack.transports[0]!.local;
    const register = (sequence: number, headers: string[], authenticated = true) => ({
      sequence,
      uri: `sip:127.0.0.1:${port}`,
      without: ['Contact'],
      headers: [
        'From: <sip:offhook@127.0.0.1>;tag=[pid]SIPpTag00[call_number]',
        'To: <sip:offhook@127.0.0.1>',
        ...headers,
        ...(authenticated ? ['[authentication username=offhook password=secret]'] : []),
      ],
    });
    const contact = 'Contact: <sip:sipp@[local_ip]:[local_port]>';
    await expectCaller(
      stack,
      new SippScenario('phone', 'uac')
        .send('REGISTER', register(1, [contact], false))
        .response(401, { challenge: true })
        .send('REGISTER', register(2, [`${contact};expires=120`]))
        .response(200, { check: ['Contact: <sip:sipp@127.0.0.1:[0-9]+>;expires=1[12]'] })
        .send('REGISTER', register(3, []))
        .response(200, { check: ['Contact: <sip:sipp@127.0.0.1:[0-9]+>;expires=1[12]'] })
        .send('REGISTER', register(4, [`${contact};expires=5`]))
        .response(423, { check: ['Min-Expires: 60'] })
        .send('REGISTER', register(5, ['Contact: <sip:second@127.0.0.1>;expires=600;q=0.5']))
        .response(200, { check: ['second@127.0.0.1', 'sipp@127.0.0.1'] })
        .send('REGISTER', register(6, ['Contact: *', 'Expires: 0']))
        .response(200, { never: ['Contact:'] }),
      { args: ['-auth_uri', addressOf(stack)] },
    );
    expect(registrar.registered()).toEqual([]);
  });
});
