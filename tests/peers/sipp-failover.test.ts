import {
  createLocator,
  type Resolver,
  type SipStack,
  type SipStackOptions,
  systemClock,
  type TransportProtocol,
} from '@offhook/sip-core';
import { MockDns } from '@offhook/sip-core/testing';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { freePort } from './support/ports';
import { SippScenario, sippDescription } from './support/sipp-scenario';
import { call, callee, ended, established, expectSuccess, OFFHOOK, startStack } from './support/sipp-stack';

type Place = { readonly port: number } | number;

/** Everybody is at these places, the best first. */
const at =
  (places: readonly Place[], protocol: TransportProtocol = 'UDP'): Resolver =>
  () =>
    places.map((place) => ({ protocol, host: '127.0.0.1', port: typeof place === 'number' ? place : place.port }));

const somebody = 'sip:somebody@example.com';

const startWith = (resolver: Resolver, options: Partial<SipStackOptions> = {}): Promise<SipStack> =>
  startStack({ resolver, ...options });

const options = (stack: SipStack) => stack.request({ method: 'OPTIONS', uri: somebody, from: OFFHOOK });

/** Nobody answers for 64 times as long. */
const impatient = { timers: { T1: 15, T2: 120, T4: 150 } };

const unavailable = (method: string, retryAfter = 60) => {
  const scenario = new SippScenario('unavailable', 'uas')
    .request(method)
    .answer('503 Service Unavailable', { headers: [`Retry-After: ${retryAfter} (maintenance);duration=600`] });
  return method === 'INVITE' ? scenario.request('ACK') : scenario;
};

describeWithPeers(['sipp'], 'SIPp as servers that fail (RFC 3263 §4.3)', () => {
  test('503: the request goes on to the next, and as long as Retry-After says so do others', async () => {
    const first = await callee(unavailable('OPTIONS'));
    const second = await callee(new SippScenario('available', 'uas').request('OPTIONS').answer('200 OK'), { calls: 3 });
    const stack = await startWith(at([first, second]));
    for (let request = 0; request < 3; request++) expect((await options(stack)).status).toBe(200);
    // The first has been asked once, or it would not be content.
    await expectSuccess(first, second);
  });

  test('503 is told when there is nobody else; the next request tries again', async () => {
    const only = await callee(unavailable('OPTIONS'), { calls: 2 });
    const stack = await startWith(at([only]));
    expect((await options(stack)).status).toBe(503);
    expect((await options(stack)).status).toBe(503);
    await expectSuccess(only);
  });

  test('503 to an INVITE: acknowledged there, answered by the next, and the call stays with that', async () => {
    const first = await callee(unavailable('INVITE'));
    const second = await callee(new SippScenario('available', 'uas').answerCall().hungUp());
    const stack = await startWith(at([first, second]));
    const session = call(stack, somebody);
    await established(session);
    await session.terminate();
    await expectSuccess(first, second);
  });

  test('503 after it has rung does not begin the call anew elsewhere', async () => {
    const first = await callee(
      new SippScenario('gives-up', 'uas')
        .request('INVITE')
        .answer('180 Ringing')
        .answer('503 Service Unavailable')
        .request('ACK'),
    );
    const stack = await startWith(at([first, await freePort()]));
    expect(await ended(call(stack, somebody))).toMatchObject({ by: 'remote', status: 503 });
    await expectSuccess(first);
  });

  test.each(['OPTIONS', 'INVITE'])(
    'no answer to %s in its time: the next one has it, and is the first choice from now on',
    async (method) => {
      const invite = method === 'INVITE';
      const silent = await callee(new SippScenario('silent', 'uas').request(method));
      const second = await callee(
        invite
          ? new SippScenario('available', 'uas').answerCall().hungUp()
          : new SippScenario('available', 'uas').request('OPTIONS').answer('200 OK'),
        { calls: 2 },
      );
      const stack = await startWith(at([silent, second]), impatient);
      for (let request = 0; request < 2; request++) {
        if (invite) {
          const session = call(stack, somebody);
          await established(session);
          await session.terminate();
        } else {
          expect((await options(stack)).status).toBe(200);
        }
      }
      expect(stack.counters.retransmitted).toBeGreaterThan(2);
      await expectSuccess(silent, second);
    },
  );

  test('nobody answers at all: SipTimeoutError, 408', async () => {
    const [first, second] = await Promise.all(
      ['silent', 'dumb'].map((name) => callee(new SippScenario(name, 'uas').request('OPTIONS'))),
    );
    const stack = await startWith(at([first!, second!]), { timers: { T1: 12, T2: 96, T4: 120 } });
    await expect(options(stack)).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT', status: 408 });
    await expectSuccess(first!, second!);
  });

  test('one that is silent, another that is unavailable: 503 tells more than silence', async () => {
    const first = await callee(unavailable('OPTIONS'));
    const second = await callee(new SippScenario('silent', 'uas').request('OPTIONS'));
    const stack = await startWith(at([first, second]), { timers: { T1: 12, T2: 96, T4: 120 } });
    expect((await options(stack)).status).toBe(503);
    await expectSuccess(first, second);
  });

  test('TCP refused: the next is taken at once, for a call too', async () => {
    const second = await callee(new SippScenario('available', 'uas').answerCall().hungUp(), { transport: 't1' });
    const stack = await startWith(at([await freePort(), second], 'TCP'));
    const session = call(stack, somebody);
    await established(session);
    await session.terminate();
    await expectSuccess(second);
  });

  test('TCP refused by all: told as that', async () => {
    const stack = await startWith(at([await freePort(), await freePort()], 'TCP'));
    await expect(options(stack)).rejects.toMatchObject({ code: 'ERR_SIP_CONNECT' });
  });

  test('TCP refused where UDP is served: a name that has both is reached', async () => {
    const sipp = await callee(new SippScenario('available', 'uas').request('OPTIONS').answer('200 OK'));
    const stack = await startStack({
      resolver: () => [
        { protocol: 'TCP', host: '127.0.0.1', port: sipp.port },
        { protocol: 'UDP', host: '127.0.0.1', port: sipp.port },
      ],
    });
    expect((await options(stack)).status).toBe(200);
    await expectSuccess(sipp);
  });

  test('a call given up while the first server is silent does not go to the second', async () => {
    const silent = await callee(new SippScenario('silent', 'uas').request('INVITE'));
    const second = await callee(new SippScenario('second', 'uas').request('INVITE'));
    const stack = await startWith(at([silent, second]), { timers: { T1: 12, T2: 96, T4: 120 } });
    const session = call(stack, somebody);
    await expectSuccess(silent);
    await session.terminate();
    expect(session.state).toBe('terminated');
    const over = await Promise.race([second.result, new Promise((resolve) => setTimeout(resolve, 64 * 12 + 200))]);
    expect(over).toBeUndefined();
  });

  test('the server of a call fails in the call: its BYE is not answered, and the call is over all the same', async () => {
    const sipp = await callee(
      new SippScenario('dies', 'uas').request('INVITE').answer('200 OK', { body: sippDescription }).request('ACK'),
    );
    const stack = await startWith(at([sipp]), { timers: { T1: 12, T2: 96, T4: 120 } });
    const session = call(stack, somebody);
    await established(session);
    await expectSuccess(sipp);
    await session.terminate();
    expect(stack.load.sessions).toBe(0);
  });
});

describeWithPeers(['sipp'], 'SIPp as the servers of a domain (RFC 3263)', () => {
  const locating = (zone: string) =>
    createLocator({ dns: new MockDns({ clock: systemClock, zone: `$ORIGIN example.com.\n${zone}`, latency: 1 }) });
  const ok = (name: string, method = 'OPTIONS') => new SippScenario(name, 'uas').request(method).answer('200 OK');
  const request = (stack: SipStack, uri: string) => stack.request({ method: 'OPTIONS', uri, from: OFFHOOK });

  test('NAPTR prefers TCP, SRV has a server that refuses, one that is unavailable, and one that answers', async () => {
    const refusing = await freePort();
    const busy = await callee(unavailable('OPTIONS'), { transport: 't1' });
    const answers = await callee(ok('answers'), { transport: 't1' });
    const stack = await startWith(
      locating(`
@ NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp
@ NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp
_sip._tcp SRV 1 0 ${refusing} one
_sip._tcp SRV 2 0 ${busy.port} two
_sip._tcp SRV 3 0 ${answers.port} three
_sip._udp SRV 1 0 9 one
one A 127.0.0.1
two A 127.0.0.1
three A 127.0.0.1`),
    );
    expect((await request(stack, 'sip:somebody@example.com')).status).toBe(200);
    await expectSuccess(busy, answers);
  });

  test('a port says it all: no SRV is asked for; a transport has its own servers', async () => {
    const [ported, overTcp] = await Promise.all([callee(ok('ported')), callee(ok('tcp'), { transport: 't1' })]);
    const stack = await startWith(
      locating(`
@ NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp
_sip._udp SRV 1 0 9 host
_sip._tcp SRV 1 0 ${overTcp!.port} host
host A 127.0.0.1
@ A 127.0.0.1`),
    );
    expect((await request(stack, `sip:somebody@example.com:${ported!.port}`)).status).toBe(200);
    expect((await request(stack, 'sip:somebody@example.com;transport=tcp')).status).toBe(200);
    await expectSuccess(ported!, overTcp!);
  });

  test('servers of one priority share the calls by their weights; none goes astray', async () => {
    const servers = await Promise.all(['a', 'b'].map((name) => callee(ok(name), { calls: 100, timeout: 30 })));
    const stack = await startWith(
      locating(`
@ NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp
_sip._udp SRV 1 50 ${servers[0]!.port} host
_sip._udp SRV 1 50 ${servers[1]!.port} host
host A 127.0.0.1`),
    );
    const ports = new Map<number, number>();
    stack.on('trace', ({ direction, flow }) => {
      if (direction === 'in') ports.set(flow.remote.port, (ports.get(flow.remote.port) ?? 0) + 1);
    });
    const statuses = await Promise.all(Array.from({ length: 60 }, () => request(stack, 'sip:somebody@example.com')));
    expect(statuses.every(({ status }) => status === 200)).toBe(true);
    // One of two would get nothing by chance once in 2^59 times.
    expect([...ports.keys()].sort()).toEqual(servers.map(({ port }) => port).sort());
  });

  test('a domain that does not exist: told at once', async () => {
    const stack = await startWith(locating(''));
    await expect(request(stack, 'sip:somebody@nowhere.example.com')).rejects.toMatchObject({ code: 'ERR_SIP_RESOLVE' });
  });
});
