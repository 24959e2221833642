import { describe, expect, test } from 'vitest';
import { SipUri } from '../message/uri';
import type { SipTransportError } from '../platform/errors';
import { MockDns } from '../testing/mock-dns';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { Target, TransportProtocol } from '../transport/transport';
import { createLocator, type LocatorOptions } from './locator';
import type { IpFamily, ResolveOptions } from './resolver';

const ALL: readonly TransportProtocol[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'];
const ONLY = (...families: IpFamily[]): ResolveOptions => ({ families: () => families });

/** The zone of the examples in RFC 3263 §4.1 and §4.2. */
const EXAMPLE = `
  $ORIGIN example.com.
  @                 NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp
  @                 NAPTR 90 50 "s" "SIP+D2T"  "" _sip._tcp
  @                 NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp
  _sip._tcp         SRV 0 1 5060 server1
  _sip._tcp         SRV 0 2 5060 server2
  _sip._udp         SRV 0 0 5060 server1
  _sips._tcp        SRV 0 0 5061 server2
  server1           A 192.0.2.1
  server2           A 192.0.2.2
`;

class Scene {
  readonly clock = new VirtualClock();
  readonly dns: MockDns;
  readonly #locate: ReturnType<typeof createLocator>;

  constructor(zone: string, options: Partial<LocatorOptions> = {}) {
    this.dns = new MockDns({ clock: this.clock, zone });
    this.#locate = createLocator({ dns: this.dns, clock: this.clock, random: seededRandomBytes(3), ...options });
  }

  /** Targets as `protocol host:port`. */
  async find(uri: string, available = ALL, options: ResolveOptions = ONLY(4)): Promise<string[]> {
    const targets = await this.clock.until(Promise.resolve(this.#locate(SipUri.parse(uri), available, options)));
    return targets.map(({ protocol, host, port }) => `${protocol} ${host.includes(':') ? `[${host}]` : host}:${port}`);
  }

  locate = (uri: string, options?: ResolveOptions) => this.#locate(SipUri.parse(uri), ALL, options);

  refusal(uri: string, available = ALL, options?: ResolveOptions): Promise<SipTransportError> {
    return this.find(uri, available, options).then(
      (found) => {
        throw new Error(`Found ${found}.`);
      },
      (error) => error,
    );
  }
}

describe('selecting a transport protocol (RFC 3263 §4.1)', () => {
  test('the example: a client that speaks TCP and UDP is led to TCP by NAPTR, then to its servers by weight', async () => {
    const scene = new Scene(EXAMPLE);
    const found = await scene.find('sip:user@example.com', ['UDP', 'TCP']);
    expect(found.toSorted()).toEqual(['TCP 192.0.2.1:5060', 'TCP 192.0.2.2:5060']);
    expect(scene.dns.queries.slice(0, 2)).toEqual(['NAPTR example.com', 'SRV _sip._tcp.example.com']);
    expect(scene.dns.queries.slice(2).toSorted()).toEqual(['A server1.example.com', 'A server2.example.com']);
  });

  test('one that speaks only UDP goes to the UDP service, one that speaks TLS to the most preferred', async () => {
    const scene = new Scene(EXAMPLE);
    expect(await scene.find('sip:user@example.com', ['UDP'])).toEqual(['UDP 192.0.2.1:5060']);
    expect(await scene.find('sip:user@example.com', ALL)).toEqual(['TLS 192.0.2.2:5061']);
  });

  test('a transport parameter decides, and no NAPTR is asked for', async () => {
    const scene = new Scene(EXAMPLE);
    expect(await scene.find('sip:user@example.com;transport=udp')).toEqual(['UDP 192.0.2.1:5060']);
    expect(scene.dns.queries[0]).toBe('SRV _sip._udp.example.com');
    expect(scene.dns.asked('NAPTR')).toBe(0);
  });

  test('sips is never sent over UDP, TCP or an open WebSocket', async () => {
    const scene = new Scene(EXAMPLE);
    scene.dns.add(`
      example.com          NAPTR 10 10 "s" "SIP+D2W" "" _sip._ws.example.com
      _sip._ws.example.com SRV 0 0 80 server1.example.com`);
    for (const uri of [
      'sips:example.com',
      'sips:example.com;transport=tcp',
      'sips:example.com;transport=udp',
      'sips:server1.example.com:5070',
      'sips:192.0.2.9',
      'sips:server1.example.com',
    ]) {
      for (const target of await scene.find(uri)) expect(target, uri).toMatch(/^TLS /);
    }
    expect(await scene.refusal('sips:example.com', ['UDP', 'TCP', 'WS'])).toMatchObject({
      code: 'ERR_SIP_NO_TRANSPORT',
      message: '"example.com" has to be reached over TLS or WSS, and only UDP, TCP, WS is open; open one for it.',
    });
  });

  test('numeric hosts: UDP for sip, TLS for sips, the default port unless one is given; nothing is looked up', async () => {
    const scene = new Scene('');
    expect(await scene.find('sip:192.0.2.1')).toEqual(['UDP 192.0.2.1:5060']);
    expect(await scene.find('sip:[2001:db8::1]:5070')).toEqual(['UDP [2001:db8::1]:5070']);
    expect(await scene.find('sips:192.0.2.1')).toEqual(['TLS 192.0.2.1:5061']);
    expect(await scene.find('sip:192.0.2.1;transport=wss')).toEqual(['WSS 192.0.2.1:443']);
    expect(await scene.find('sip:192.0.2.1', ['TCP'])).toEqual(['TCP 192.0.2.1:5060']);
    expect(scene.locate('sip:192.0.2.1')).toBeInstanceOf(Array);
    expect(scene.dns.queries).toEqual([]);
  });

  test('what is remembered is answered at once, drawn by weight anew each time', async () => {
    const scene = new Scene(EXAMPLE);
    await scene.find('sip:example.com;transport=tcp');
    const asked = scene.dns.queries.length;
    const firsts = new Set<string>();
    for (let time = 0; time < 50; time++) {
      const targets = scene.locate('sip:example.com;transport=tcp', ONLY(4));
      firsts.add((targets as Target[])[0]!.host);
    }
    expect([firsts.size, scene.dns.queries.length]).toEqual([2, asked]);
    await scene.clock.advance(300_000);
    expect(scene.locate('sip:example.com;transport=tcp', ONLY(4))).toBeInstanceOf(Promise);
  });

  test('a port: UDP for sip, and only addresses are looked up (§4.2)', async () => {
    const scene = new Scene(EXAMPLE);
    expect(await scene.find('sip:server2.example.com:5080')).toEqual(['UDP 192.0.2.2:5080']);
    expect(await scene.find('sip:server2.example.com:5080;transport=tcp')).toEqual(['TCP 192.0.2.2:5080']);
    expect(scene.dns.queries).toEqual(['A server2.example.com']);
  });

  test('WebSockets have services of their own (RFC 7118 §8)', async () => {
    const scene = new Scene(`
      $ORIGIN example.com.
      @         NAPTR 100 10 "S" "sips+d2w" "" _sips._ws
                NAPTR 100 20 "S" "SIP+D2W"  "" _sip._ws
      _sips._ws SRV 0 0 10443 edge
      _sip._ws  SRV 0 0 10080 edge
      edge      A 192.0.2.5
    `);
    expect(await scene.find('sip:example.com', ['WS', 'WSS'])).toEqual(['WSS 192.0.2.5:10443', 'WS 192.0.2.5:10080']);
    expect(await scene.find('sips:example.com', ['WS', 'WSS'])).toEqual(['WSS 192.0.2.5:10443']);
    expect(await scene.find('sip:example.com;transport=ws', ['WSS'])).toEqual(['WSS 192.0.2.5:10443']);
  });

  test('without NAPTR: SRV of each protocol there is, all asked at once', async () => {
    const scene = new Scene(EXAMPLE);
    scene.dns.remove('example.com', 'NAPTR');
    expect(await scene.find('sip:example.com', ['UDP', 'TLS'])).toEqual(['UDP 192.0.2.1:5060', 'TLS 192.0.2.2:5061']);
    expect(scene.dns.queries.slice(0, 3)).toEqual([
      'NAPTR example.com',
      'SRV _sip._udp.example.com',
      'SRV _sips._tcp.example.com',
    ]);
    // One after the other: NAPTR, SRV, A.
    expect(scene.clock.now()).toBe(3 * scene.dns.latency);
  });

  test('without SRV: addresses, the default port, UDP for sip and TLS for sips', async () => {
    const scene = new Scene('example.com A 192.0.2.1');
    expect(await scene.find('sip:example.com')).toEqual(['UDP 192.0.2.1:5060']);
    expect(await scene.find('sips:example.com')).toEqual(['TLS 192.0.2.1:5061']);
    expect(await scene.find('sip:example.com;transport=tcp')).toEqual(['TCP 192.0.2.1:5060']);
    expect(await scene.find('sip:example.com', ['TCP', 'TLS'])).toEqual(['TCP 192.0.2.1:5060']);
  });

  test('maddr is looked up in place of the host, which remains the domain to be proved', async () => {
    const scene = new Scene(EXAMPLE);
    expect(await scene.find('sip:nowhere.example;maddr=192.0.2.77')).toEqual(['UDP 192.0.2.77:5060']);
    expect(
      await scene.clock.until(Promise.resolve(scene.locate('sips:nowhere.example;maddr=server1.example.com'))),
    ).toEqual([{ protocol: 'TLS', host: '192.0.2.1', port: 5061, domain: 'nowhere.example' }]);
  });

  test('targets carry the domain they were found for, not the host that serves it (RFC 5922 §7.3)', async () => {
    const scene = new Scene(EXAMPLE);
    const targets = await scene.clock.until(Promise.resolve(scene.locate('sips:example.com')));
    expect(targets).toEqual([{ protocol: 'TLS', host: '192.0.2.2', port: 5061, domain: 'example.com' }]);
  });

  test('a NAPTR whose SRV records are missing gives way to the next', async () => {
    const scene = new Scene(EXAMPLE);
    scene.dns.remove('_sips._tcp.example.com');
    expect((await scene.find('sip:example.com')).toSorted()).toEqual(['TCP 192.0.2.1:5060', 'TCP 192.0.2.2:5060']);
  });

  test('a domain that offers only what we do not speak is told of, not guessed at', async () => {
    const scene = new Scene(`
      example.com NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.example.com
      _sips._tcp.example.com SRV 0 0 5061 example.com
      example.com A 192.0.2.1`);
    expect(await scene.refusal('sip:example.com', ['UDP'])).toMatchObject({ code: 'ERR_SIP_NO_TRANSPORT' });
  });

  test('NAPTR records of other applications, with other flags or with expressions mean nothing here', async () => {
    const scene = new Scene(`
      example.com NAPTR 10 10 "s" "AAA+D2T" ""           _diameter._tcp.example.com
      example.com NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:x@y!" .
      example.com NAPTR 10 10 "s" "SIP+D2U" "!^.*$!x!"   .
      example.com NAPTR 10 10 "a" "SIP+D2U" ""           example.com
      example.com A 192.0.2.1`);
    expect(await scene.find('sip:example.com', ['UDP'])).toEqual(['UDP 192.0.2.1:5060']);
  });
});

describe('addresses of both IP versions (RFC 7984)', () => {
  const zone = `
    example.com A 192.0.2.1
    example.com A 192.0.2.2
    example.com A 192.0.2.3
    example.com AAAA 2001:db8::1
    example.com AAAA 2001:db8::2`;

  test('both are asked for at once and take turns, IPv6 first', async () => {
    const scene = new Scene(zone);
    expect(await scene.find('sip:example.com:5060', ALL, {})).toEqual([
      'UDP [2001:db8::1]:5060',
      'UDP 192.0.2.1:5060',
      'UDP [2001:db8::2]:5060',
      'UDP 192.0.2.2:5060',
      'UDP 192.0.2.3:5060',
    ]);
    expect(scene.clock.now()).toBe(scene.dns.latency);
  });

  test('IPv4 first when that is wanted', async () => {
    const scene = new Scene(zone, { preferredFamily: 4 });
    expect((await scene.find('sip:example.com:5060', ALL, {}))[0]).toBe('UDP 192.0.2.1:5060');
  });

  test('only what a transport can reach is asked for', async () => {
    const scene = new Scene(zone);
    expect(await scene.find('sip:example.com:5060', ALL, ONLY(6))).toEqual([
      'UDP [2001:db8::1]:5060',
      'UDP [2001:db8::2]:5060',
    ]);
    expect(scene.dns.queries).toEqual(['AAAA example.com']);
  });

  test('when one cannot be told, the other does', async () => {
    const scene = new Scene(zone);
    scene.dns.fail('example.com', 'server-failure', 'AAAA');
    expect((await scene.find('sip:example.com:5060', ALL, {})).length).toBe(3);
  });

  test('localhost is this machine, whatever the DNS says', async () => {
    const scene = new Scene('localhost A 203.0.113.9');
    expect(await scene.find('sip:localhost', ALL, {})).toEqual(['UDP [::1]:5060', 'UDP 127.0.0.1:5060']);
    expect(await scene.find('sip:localhost:5070;transport=tcp')).toEqual(['TCP 127.0.0.1:5070']);
    expect(scene.dns.queries).toEqual([]);
  });
});

describe('what does not go well', () => {
  test('an unknown host says so', async () => {
    const scene = new Scene('');
    expect(await scene.refusal('sip:alice@exmaple.com')).toMatchObject({
      code: 'ERR_SIP_RESOLVE',
      message: expect.stringContaining('"exmaple.com"') as unknown,
      cause: { code: 'ERR_SIP_DNS_NXDOMAIN' },
    });
  });

  test('a DNS server in trouble is told from a name that does not exist', async () => {
    const scene = new Scene(EXAMPLE);
    scene.dns.fail('server2.example.com', 'server-failure');
    expect(await scene.refusal('sips:example.com')).toMatchObject({ cause: { code: 'ERR_SIP_DNS_SERVER_FAILURE' } });
  });

  test('name servers that do not know NAPTR or SRV do not stand in the way', async () => {
    const scene = new Scene('example.com A 192.0.2.1');
    scene.dns.fail('example.com', 'silence', 'NAPTR').fail('_sip._udp.example.com', 'server-failure');
    expect(await scene.find('sip:example.com', ['UDP'])).toEqual(['UDP 192.0.2.1:5060']);
    expect(scene.clock.now()).toBe(5_000 + 2 * scene.dns.latency);
    expect(scene.dns.waiting).toBe(0);
  });

  test('silence ends after the time each look-up has', async () => {
    const scene = new Scene('', { queryTimeout: 2_000 });
    scene.dns.fail('example.com', 'silence');
    expect(await scene.refusal('sip:example.com:5060')).toMatchObject({ cause: { code: 'ERR_SIP_DNS_TIMEOUT' } });
    expect([scene.clock.now(), scene.clock.pending]).toEqual([2_000, 0]);
  });

  test('the target "." says that there is no such service (RFC 2782), and addresses are not guessed', async () => {
    const scene = new Scene(`
      _sip._udp.example.com SRV 0 0 0 .
      example.com A 192.0.2.1`);
    expect(await scene.refusal('sip:example.com;transport=udp')).toMatchObject({
      code: 'ERR_SIP_RESOLVE',
      message: 'The domain "example.com" says that it has no SIP service over UDP.',
    });
    expect(scene.dns.asked('A ')).toBe(0);
  });

  test('records that cannot be meant are passed over: port 0, the unspecified address, an IPv4 address as IPv6', async () => {
    const scene = new Scene(`
      _sip._udp.example.com SRV 0 0 0 a.example.com
      _sip._udp.example.com SRV 1 0 5060 a.example.com
      a.example.com A 0.0.0.0
      a.example.com A 192.0.2.1
      a.example.com A not-an-address
      a.example.com AAAA ::
      a.example.com AAAA ::ffff:192.0.2.1`);
    expect(await scene.find('sip:example.com;transport=udp', ALL, {})).toEqual(['UDP 192.0.2.1:5060']);
  });

  test('records that lead to each other end', async () => {
    const scene = new Scene(`
      example.com NAPTR 1 1 "s" "SIP+D2U" "" example.com
      _sip._udp.example.com SRV 0 0 5060 _sip._udp.example.com
      a.example.com CNAME b.example.com
      b.example.com CNAME a.example.com`);
    expect((await scene.refusal('sip:example.com')).code).toBe('ERR_SIP_RESOLVE');
    expect((await scene.refusal('sip:a.example.com:5060')).code).toBe('ERR_SIP_RESOLVE');
    expect(scene.dns.queries.length).toBeLessThan(20);
  });

  test('a zone with thousands of servers does not make thousands of questions or targets', async () => {
    const scene = new Scene('');
    scene.dns.add(
      Array.from({ length: 5_000 }, (_, index) => ({
        name: '_sip._udp.example.com',
        type: 'SRV' as const,
        ...{ ttl: 60, priority: 0, weight: 1, port: 5060, target: `s${index}.example.com` },
      })),
    );
    scene.dns.add(
      Array.from({ length: 5_000 }, (_, index) => ({
        name: `s${index % 50}.example.com`,
        type: 'A' as const,
        ...{ ttl: 60, address: `198.51.${index >> 8}.${index & 255}` },
      })),
    );
    const found = await scene.find('sip:example.com', ['UDP']);
    expect(found.length).toBe(64);
    expect(scene.dns.queries.length).toBeLessThan(40);
  });
});
