import { describe, expect, test } from 'vitest';
import { TestRegistrar } from '../testing/test-registrar';
import { INSTANCE, leaveNothingBehind, PhoneAndRegistrars } from './testing/phone-and-registrars';

leaveNothingBehind();

describe('a registration by flows (RFC 5626 §4.2)', () => {
  test('says who it is, which flow, and what it can', async () => {
    const scene = await PhoneAndRegistrars.start('TCP');
    const registration = await scene.registered({ outbound: true });
    const { request } = scene.registrar.arrivals[0]!;
    expect(request.supported).toEqual(['path', 'outbound']);
    expect(request.headers.get('Contact')).toBe(
      `<sip:bob@192.0.2.1:5060;transport=tcp>;+sip.instance="<${INSTANCE}>";reg-id=1;expires=3600`,
    );
    expect(registration.flows).toMatchObject([{ regId: 1, state: 'registered', outbound: true }]);
    expect(registration.flow?.remote.host).toBe('192.0.2.101');
  });

  test('refreshes go over the flow, and so does the removal', async () => {
    const scene = await PhoneAndRegistrars.start('TCP');
    const registration = await scene.registered({ outbound: true, expires: 600 });
    await scene.clock.advance(1_200_000);
    await scene.clock.until(registration.remove());
    const { arrivals } = scene.registrar;
    expect(arrivals.length).toBeGreaterThan(3);
    expect(new Set(arrivals.map(({ flow }) => flow)).size).toBe(1);
    expect(scene.registrar.bindings('bob@example.com')).toEqual([]);
  });

  test('a registrar that does not know outbound: a plain registration, one flow, no keep-alive', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{ outbound: false }, { outbound: false }]);
    const registration = await scene.registered({ outbound: true });
    await scene.clock.advance(600_000);
    expect(registration.flows.map(({ state }) => state)).toEqual(['registered', 'idle']);
    expect(registration.flow).toBeUndefined();
    expect(scene.registrars[1]!.arrivals).toEqual([]);
    expect(scene.pings).toEqual([]);
  });

  test('a first hop that cannot keep flows (439): again without', async () => {
    const scene = await PhoneAndRegistrars.start();
    scene.registrar.refuse = (request) => (request.supported.includes('outbound') ? 439 : undefined);
    const registration = await scene.registered({ outbound: true });
    expect(scene.story).toEqual(['registering', 'registered 200']);
    expect(scene.lastContacts()).toEqual([`<sip:bob@192.0.2.1:5060>;+sip.instance="<${INSTANCE}>";expires=3600`]);
    expect(registration.flows[0]!.outbound).toBe(false);
  });

  test('two flows by two servers, each with its own reg-id', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{}, {}]);
    const registration = await scene.registered({ outbound: true });
    expect(registration.flows.map(({ state, flow }) => [state, flow?.remote.host])).toEqual([
      ['registered', '192.0.2.101'],
      ['registered', '192.0.2.102'],
    ]);
    expect([scene.lastContacts(1)[0], scene.lastContacts(2)[0]]).toEqual([
      expect.stringContaining(';reg-id=1;'),
      expect.stringContaining(';reg-id=2;'),
    ]);
    await scene.clock.until(registration.remove());
    for (const each of scene.registrars) expect(each.bindings('bob@example.com')).toEqual([]);
  });

  test('two flows by one name that leads to two addresses', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{}, {}], {
      resolver: () => [101, 102].map((last) => ({ protocol: 'TCP', host: `192.0.2.${last}`, port: 5060 })),
    });
    const registration = await scene.registered({ outbound: true, flows: 2, servers: [] });
    expect(registration.flows.map(({ flow }) => flow?.remote.host)).toEqual(['192.0.2.101', '192.0.2.102']);
  });

  test('the first server is down: the next is tried at once', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{}, {}]);
    await scene.clock.until(scene.registrar.close());
    const registration = await scene.registered({ outbound: true });
    expect(scene.clock.now()).toBeLessThan(1_000);
    expect(registration.state).toBe('registered');
    expect(registration.flow?.remote.host).toBe('192.0.2.102');
  });
});

describe('keep-alives (RFC 5626 §4.4)', () => {
  const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - times[index]!);

  test('CRLF over a connection each 95 to 120 s', async () => {
    const scene = await PhoneAndRegistrars.start('TCP');
    await scene.registered({ outbound: true });
    await scene.clock.advance(3_000_000);
    expect(scene.pings.length).toBeGreaterThan(20);
    for (const gap of gaps(scene.pings)) {
      expect(gap).toBeGreaterThanOrEqual(95_000);
      expect(gap).toBeLessThanOrEqual(120_100);
    }
    expect(new Set(gaps(scene.pings)).size).toBeGreaterThan(15);
  });

  test('STUN over UDP each 24 to 29 s', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    await scene.registered({ outbound: true });
    await scene.clock.advance(600_000);
    for (const gap of gaps(scene.pings)) {
      expect(gap).toBeGreaterThanOrEqual(24_000);
      expect(gap).toBeLessThanOrEqual(29_100);
    }
    expect(scene.pings.length).toBeGreaterThan(19);
  });

  test('as often as Flow-Timer asks', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{ flowTimer: 30 }]);
    await scene.registered({ outbound: true });
    await scene.clock.advance(600_000);
    for (const gap of gaps(scene.pings)) {
      expect(gap).toBeGreaterThanOrEqual(24_000);
      expect(gap).toBeLessThanOrEqual(30_100);
    }
    expect(scene.pings.length).toBeGreaterThan(18);
  });

  test('off: none', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    await scene.registered({ outbound: true, keepAlive: 'off' });
    await scene.clock.advance(600_000);
    expect(scene.pings).toEqual([]);
  });

  test('asked for without outbound, they are sent and no answer is expected', async () => {
    const scene = await PhoneAndRegistrars.start('UDP', [{ outbound: false }]);
    scene.network.deafen({ host: '192.0.2.101', port: 5060 });
    const registration = await scene.registered({ keepAlive: { interval: 20_000 } });
    await scene.clock.advance(600_000);
    expect(scene.pings.length).toBeGreaterThan(29);
    expect(scene.pings.length).toBeLessThan(38);
    expect(registration.state).toBe('registered');
  });

  test('a datagram lost now and then is sent again', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    const registration = await scene.registered({ outbound: true });
    scene.network.options.loss = 0.3;
    await scene.clock.advance(1_800_000);
    expect(gaps(scene.pings).filter((gap) => gap <= 16_000).length).toBeGreaterThan(10);
    expect(registration.state).toBe('registered');
  });
});

describe('a flow that fails (RFC 5626 §4.5)', () => {
  test('silence of 10 s after a CRLF keep-alive: a new connection, the same reg-id', async () => {
    const scene = await PhoneAndRegistrars.start('TCP');
    const registration = await scene.registered({ outbound: true });
    await scene.clock.advance(130_000);
    const first = registration.flow;
    scene.network.deafen({ host: '192.0.2.101', port: 5060 });
    await scene.clock.advance(130_000);
    scene.network.deafen({ host: '192.0.2.101', port: 5060 }, false);
    expect(first?.closed).toBe(true);
    expect(registration.state).toBe('registered');
    expect(registration.flow).not.toBe(first);
    expect(scene.story).toEqual(['registering', 'registered 200', 'registering', 'registered 200']);
    const [before, after] = scene.registrar.arrivals;
    expect(after!.time - scene.pings[1]!).toBeLessThan(10_010);
    expect(after!.flow).not.toBe(before!.flow);
    expect(scene.registrar.bindings('bob@example.com')).toHaveLength(1);
  });

  test('STUN unanswered for 39.5 s', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    const registration = await scene.registered({ outbound: true });
    await scene.clock.advance(60_000);
    const { length } = scene.pings;
    scene.network.deafen({ host: '192.0.2.101', port: 5060 });
    await scene.clock.advance(29_000 + 39_500 + 100);
    const [first] = scene.pings.slice(length);
    expect(scene.pings.slice(length).map((time) => time - first!)).toEqual([
      0, 500, 1_500, 3_500, 7_500, 15_500, 31_500,
    ]);
    expect(scene.registrar.arrivals).toHaveLength(2);
    expect(scene.registrar.arrivals[1]!.time - first!).toBe(39_501);
    expect(registration.state).toBe('registered');
  });

  test('one of two breaks: registered all the while, and it is made anew', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{}, {}]);
    const registration = await scene.registered({ outbound: true });
    await scene.clock.advance(130_000);
    scene.story.length = 0;
    await scene.clock.until(scene.registrars[1]!.close());
    await scene.clock.advance(10);
    expect(registration.state).toBe('registered');
    expect(scene.story).toEqual(['flow 2 failed']);
    expect(registration.flow?.remote.host).toBe('192.0.2.101');
    expect(registration.flows.map(({ state }) => state)).toEqual(['registered', 'failed']);
    scene.registrars[1] = await new TestRegistrar(
      scene.network,
      { host: '192.0.2.102', port: 5060 },
      { protocols: ['TCP'] },
    ).start();
    await scene.clock.advance(180_000);
    expect(registration.flows.map(({ state }) => state)).toEqual(['registered', 'registered']);
    expect(scene.lastContacts(2)[0]).toContain(';reg-id=2;');
  });

  test('pauses grow from 30 s to 30 minutes, scattered from 50 to 100 per cent', async () => {
    const scene = await PhoneAndRegistrars.start('TCP');
    const registration = await scene.registered({ outbound: true });
    await scene.clock.advance(130_000);
    scene.registrar.refuse = () => 503;
    const { length } = scene.registrar.arrivals;
    scene.network.sever();
    await scene.clock.advance(4 * 3_600_000);
    expect(registration.state).toBe('failed');
    const pauses = gapsOf(scene.registrar.arrivals.slice(length).map(({ time }) => time));
    pauses.forEach((pause, index) => {
      const upper = Math.min(1_800_000, 30_000 * 2 ** (index + 1));
      expect(pause).toBeGreaterThanOrEqual(upper / 2);
      expect(pause).toBeLessThanOrEqual(upper + 10);
    });
    expect(pauses.length).toBeGreaterThan(8);
    scene.registrar.refuse = undefined;
    await scene.clock.advance(1_800_010);
    expect(registration.state).toBe('registered');
  });

  test('while another flow lives there is less of a hurry: from 90 s', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{}, {}]);
    await scene.registered({ outbound: true });
    await scene.clock.advance(130_000);
    const second = scene.registrars[1]!;
    second.refuse = () => 503;
    const { length } = second.arrivals;
    scene.network.sever('192.0.2.102');
    await scene.clock.advance(1_000_000);
    const [pause] = gapsOf(second.arrivals.slice(length).map(({ time }) => time));
    expect(pause).toBeGreaterThanOrEqual(90_000);
    expect(pause).toBeLessThanOrEqual(180_010);
  });

  test('one that never answered a keep-alive counts as a failure: it is not made anew at once', async () => {
    const scene = await PhoneAndRegistrars.start('TCP');
    const registration = await scene.registered({ outbound: true });
    scene.network.sever();
    await scene.clock.advance(14_000);
    expect(registration.state).toBe('failed');
    await scene.clock.advance(50_000);
    expect(registration.state).toBe('registered');
  });

  test('a plain registration whose connection breaks is renewed; one that is only idle is left alone', async () => {
    const scene = await PhoneAndRegistrars.start('TCP', [{ outbound: false }]);
    const registration = await scene.registered();
    await scene.clock.advance(100_000);
    scene.network.sever();
    await scene.clock.advance(10);
    expect(scene.registrar.arrivals).toHaveLength(2);
    await scene.clock.advance(100_000);
    registration.flows[0]!.flow!.close();
    await scene.clock.advance(100_000);
    expect(scene.registrar.arrivals).toHaveLength(2);
    expect(registration.state).toBe('registered');
  });
});

const gapsOf = (times: readonly number[]) => times.slice(1).map((time, index) => time - times[index]!);

describe('STUN keep-alives (RFC 5626 §4.4.2)', () => {
  const PHONE = { host: '192.0.2.1', port: 5060 };

  test('another address in their answers is a failed flow: it is registered anew, and then all is well', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    const registration = await scene.registered({ outbound: true });
    await scene.clock.advance(100_000);
    expect(scene.pings.length).toBeGreaterThan(2);
    expect(scene.registrar.arrivals).toHaveLength(1);
    // A NAT has forgotten us.
    scene.network.map(PHONE, { host: '203.0.113.1', port: 40_001 });
    await scene.clock.advance(30_000);
    expect(scene.registrar.arrivals).toHaveLength(2);
    await scene.clock.advance(100_000);
    expect(scene.registrar.arrivals).toHaveLength(2);
    expect(registration.state).toBe('registered');
    // The same port of another address is another address too.
    scene.network.map(PHONE, { host: '203.0.113.2', port: 40_001 });
    await scene.clock.advance(30_000);
    expect(scene.registrar.arrivals).toHaveLength(3);
  });

  test('some that are lost do not matter; none answered for 39.5 s does', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    const registration = await scene.registered({ outbound: true });
    await scene.clock.advance(30_000);
    let lost = 3;
    scene.network.filter = (data) => data[0] !== 0 || lost-- <= 0;
    await scene.clock.advance(60_000);
    expect(scene.registrar.arrivals).toHaveLength(1);
    scene.network.filter = (data) => data[0] !== 0;
    await scene.clock.advance(80_000);
    expect(scene.registrar.arrivals.length).toBeGreaterThan(1);
    expect(registration.state).toBe('registered');
  });
});
