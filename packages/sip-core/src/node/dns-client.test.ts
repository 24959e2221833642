import { createSocket, type Socket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { SipUri } from '../message/uri';
import { DnsClient, type DnsClientOptions } from './dns-client';
import { createDnsResolver } from './dns-resolver';

type Reply = Partial<Packet> & { rcode?: string };
type Serve = (question: string, over: 'udp' | 'tcp') => Reply | Reply[] | undefined;

const RCODES: Readonly<Record<string, number>> = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

/** A DNS server on the loopback address. */
class TestServer {
  readonly asked: string[] = [];
  readonly ids: number[] = [];
  readonly ports = new Set<number>();
  address = '';
  #udp: Socket | undefined;
  #tcp: Server | undefined;

  async start(serve: Serve): Promise<this> {
    const tcp = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (data) => {
        for (const bytes of this.#answer(serve, data.subarray(2), 'tcp')) {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(bytes.length);
          // In pieces, as a network may deliver it.
          socket.write(length.subarray(0, 1));
          setImmediate(() => socket.write(Buffer.concat([length.subarray(1), bytes])));
        }
      });
    });
    this.#tcp = tcp;
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const { port } = tcp.address() as { port: number };
    const udp = createSocket('udp4');
    this.#udp = udp;
    udp.on('message', (data, from) => {
      this.ports.add(from.port);
      for (const bytes of this.#answer(serve, data, 'udp')) udp.send(bytes, from.port, from.address);
    });
    await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
    this.address = `127.0.0.1:${port}`;
    servers.push(this);
    return this;
  }

  #answer(serve: Serve, data: Buffer, over: 'udp' | 'tcp'): Buffer[] {
    const query = decode(data);
    const [{ type, name }] = query.questions as [{ type: string; name: string }];
    this.asked.push(`${type} ${name}${over === 'tcp' ? ' over TCP' : ''}`);
    this.ids.push(query.id!);
    const replies = serve(`${type} ${name}`, over) ?? [];
    return [replies].flat().map(({ rcode = 'NOERROR', flags = 0, ...reply }) =>
      encode({
        type: 'response',
        id: query.id!,
        questions: query.questions!,
        flags: flags | AUTHORITATIVE_ANSWER | RCODES[rcode]!,
        ...reply,
      }),
    );
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#udp?.close(() => resolve()));
    await new Promise<void>((resolve) => this.#tcp?.close(() => resolve()));
  }
}

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const start = (serve: Serve) => new TestServer().start(serve);
const client = (server: TestServer | string, options: DnsClientOptions = {}) =>
  new DnsClient({
    servers: [typeof server === 'string' ? server : server.address],
    hostsFile: false,
    timeout: 100,
    ...options,
  });

const a = (name: string, data: string, ttl = 60): Answer => ({ type: 'A', name, ttl, data });
const cname = (name: string, data: string, ttl = 60): Answer => ({ type: 'CNAME', name, ttl, data });
const soa = (minimum: number, ttl = 3_600): Answer => ({
  ...{ type: 'SOA', name: 'example.com', ttl },
  data: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
});

const failureOf = async (work: Promise<unknown>): Promise<{ failure: string; ttl: number | undefined }> => {
  const { failure, ttl } = await work.then(
    () => ({ failure: 'none', ttl: undefined }),
    (error) => error,
  );
  return { failure, ttl };
};

describe('records and their TTL', () => {
  test('of all four types', async () => {
    const server = await start((question) => ({
      answers: {
        'NAPTR example.com': [
          {
            ...{ type: 'NAPTR' as const, name: 'example.com', ttl: 11 },
            data: {
              ...{ order: 10, preference: 20, flags: 's', services: 'SIP+D2U', regexp: '' },
              replacement: '_sip._udp.example.com',
            },
          },
        ],
        'SRV _sip._udp.example.com': [
          {
            ...{ type: 'SRV' as const, name: '_sip._udp.example.com', ttl: 22 },
            data: { priority: 1, weight: 2, port: 5070, target: 'host.example.com' },
          },
        ],
        'A host.example.com': [a('HOST.example.com', '192.0.2.1', 33), a('other.example.com', '203.0.113.1')],
        'AAAA host.example.com': [{ type: 'AAAA' as const, name: 'host.example.com', ttl: 44, data: '2001:db8::1' }],
      }[question] as Answer[],
    }));
    const dns = client(server);
    expect(await dns.naptr('example.com')).toEqual([
      {
        ...{ ttl: 11, order: 10, preference: 20, flags: 's', services: 'SIP+D2U', regexp: '' },
        replacement: '_sip._udp.example.com',
      },
    ]);
    expect(await dns.srv('_sip._udp.example.com')).toEqual([
      { ttl: 22, priority: 1, weight: 2, port: 5070, target: 'host.example.com' },
    ]);
    expect(await dns.a('Host.example.com.')).toEqual([{ ttl: 33, address: '192.0.2.1' }]);
    expect(await dns.aaaa('host.example.com')).toEqual([{ ttl: 44, address: '2001:db8::1' }]);
  });

  test('nothing there: the name does not exist, or has none of the type, for as long as the SOA record says', async () => {
    const server = await start((question) =>
      question.endsWith('no.example.com')
        ? { rcode: 'NXDOMAIN', authorities: [soa(120)] }
        : { authorities: [soa(7_200, 600)] },
    );
    expect(await failureOf(client(server).a('no.example.com'))).toEqual({ failure: 'nxdomain', ttl: 120 });
    expect(await failureOf(client(server).srv('example.com'))).toEqual({ failure: 'nodata', ttl: 600 });
  });

  test('an answer that does not fit into a datagram is fetched over TCP', async () => {
    const many = Array.from({ length: 300 }, (_, index) => a('big.example.com', `10.0.${index >> 8}.${index & 255}`));
    const server = await start((_question, over) =>
      over === 'udp' ? { flags: TRUNCATED_RESPONSE } : { answers: many },
    );
    expect((await client(server).a('big.example.com')).length).toBe(300);
    expect(server.asked).toEqual(['A big.example.com', 'A big.example.com over TCP']);
  });
});

describe('CNAME records', () => {
  test('are followed in the answer, with the shortest TTL of the way', async () => {
    const server = await start(() => ({
      answers: [
        cname('a.example.com', 'b.example.com', 5),
        cname('b.example.com', 'c.example.com'),
        a('c.example.com', '192.0.2.3'),
      ],
    }));
    expect(await client(server).a('a.example.com')).toEqual([{ ttl: 5, address: '192.0.2.3' }]);
    expect(server.asked.length).toBe(1);
  });

  test('are followed by further questions when the server leaves that to us', async () => {
    const server = await start((question) => ({
      answers:
        question === 'A a.example.com' ? [cname('a.example.com', 'b.example.org')] : [a('b.example.org', '192.0.2.4')],
    }));
    expect((await client(server).a('a.example.com'))[0]!.address).toBe('192.0.2.4');
    expect(server.asked).toEqual(['A a.example.com', 'A b.example.org']);
  });

  test('that lead in circles, or on and on, end', async () => {
    const circle = await start(() => ({
      answers: [cname('a.example.com', 'b.example.com'), cname('b.example.com', 'a.example.com')],
    }));
    expect((await failureOf(client(circle).a('a.example.com'))).failure).toBe('server-failure');
    const endless = await start((question) => {
      const name = question.split(' ')[1]!;
      return { answers: [cname(name, `x${name}`)] };
    });
    expect((await failureOf(client(endless).a('a.example.com'))).failure).toBe('server-failure');
    expect(endless.asked.length).toBeLessThan(10);
  });
});

describe('servers', () => {
  test('that cannot answer, refuse or are not there give way to the next, and are not asked twice', async () => {
    const failing = await start(() => ({ rcode: 'SERVFAIL' }));
    const refusing = await start(() => ({ rcode: 'REFUSED' }));
    const good = await start(() => ({ answers: [a('a.example.com', '192.0.2.1')] }));
    const dns = client(failing, { servers: [failing.address, refusing.address, '127.0.0.1:9', good.address] });
    expect((await dns.a('a.example.com')).length).toBe(1);
    expect([failing.asked.length, refusing.asked.length]).toEqual([1, 1]);
    const only = await failureOf(client(failing).a('a.example.com'));
    expect([only.failure, failing.asked.length]).toEqual(['server-failure', 2]);
  });

  test('that are silent are asked again, then it is a time-out', async () => {
    const silent = await start(() => undefined);
    expect((await failureOf(client(silent, { timeout: 20 }).a('a.example.com'))).failure).toBe('timeout');
    expect(silent.asked.length).toBe(2);
    let lost = 1;
    const lossy = await start(() => (lost-- > 0 ? undefined : { answers: [a('a.example.com', '192.0.2.1')] }));
    expect((await client(lossy, { timeout: 50 }).a('a.example.com')).length).toBe(1);
  });

  test('that do not know EDNS are asked without it', async () => {
    let first = true;
    const old = await start(() => {
      const code = first ? 'FORMERR' : 'NOERROR';
      first = false;
      return code === 'FORMERR' ? { rcode: code } : { answers: [a('a.example.com', '192.0.2.1')] };
    });
    expect((await client(old).a('a.example.com')).length).toBe(1);
  });

  test('a name that cannot be in the DNS is not asked for', async () => {
    const server = await start(() => ({ answers: [] }));
    for (const name of [
      `${'x'.repeat(64)}.example.com`,
      'a..example.com',
      'ä.example.com',
      `${'abc.'.repeat(70)}com`,
    ]) {
      expect((await failureOf(client(server).a(name))).failure).toBe('nxdomain');
    }
    expect(server.asked).toEqual([]);
  });

  test('who gives up does not wait', async () => {
    const silent = await start(() => undefined);
    const controller = new AbortController();
    const work = failureOf(client(silent, { timeout: 60_000 }).a('a.example.com', { signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect((await work).failure).toBe('timeout');
  });

  test('questions beyond the number at once wait for their turn, and none is lost', async () => {
    const server = await start((question) => ({ answers: [a(question.split(' ')[1]!, '192.0.2.1')] }));
    const dns = client(server, { maxConcurrent: 3, timeout: 2_000 });
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => dns.a(`h${index}.example.com`)));
    expect(all.length).toBe(50);
  });
});

describe('answers that are not to be believed', () => {
  test('another id, another question, no question at all and garbage are passed over; the true answer counts', async () => {
    const forged = [a('a.example.com', '203.0.113.66')];
    const server = await start(() => [
      { id: 1, answers: forged },
      { questions: [{ type: 'A', name: 'b.example.com' }], answers: forged },
      { questions: [{ type: 'AAAA', name: 'a.example.com' }], answers: forged },
      { questions: [], answers: forged },
      { type: 'query', answers: forged },
      { answers: [a('a.example.com', '192.0.2.1')] },
    ]);
    // An id of 1 may be the true one, once in 65,536 runs.
    expect(await client(server).a('a.example.com')).toEqual([{ ttl: 60, address: '192.0.2.1' }]);
  });

  test('ids and ports are hard to guess', async () => {
    const server = await start((question) => ({ answers: [a(question.split(' ')[1]!, '192.0.2.1')] }));
    for (let count = 0; count < 20; count++) await client(server).a('a.example.com');
    expect(new Set(server.ids).size).toBeGreaterThan(15);
    expect(server.ports.size).toBeGreaterThan(5);
  });

  test('records of other names are not ours', async () => {
    const server = await start(() => ({ answers: [a('evil.example.org', '203.0.113.66')], authorities: [soa(5)] }));
    expect((await failureOf(client(server).a('a.example.com'))).failure).toBe('nodata');
  });
});

describe('names of the system', () => {
  test('localhost, and names of the hosts file, come from the system; the DNS is not asked for them', async () => {
    const server = await start(() => ({ answers: [a('localhost', '203.0.113.66')] }));
    const folder = await mkdtemp(join(tmpdir(), 'offhook-'));
    const hostsFile = join(folder, 'hosts');
    await writeFile(hostsFile, '# comment\n127.0.0.1 localhost localhost.localdomain # more\n');
    const dns = client(server, { hostsFile });
    expect(await dns.a('localhost')).toContainEqual({ ttl: 10, address: '127.0.0.1' });
    expect((await failureOf(dns.srv('localhost.localdomain'))).failure).toBe('nodata');
    expect(server.asked).toEqual([]);
    await dns.a('elsewhere.example.com').catch(() => {});
    expect(server.asked).toEqual(['A elsewhere.example.com']);
    await rm(folder, { recursive: true });
  });
});

describe('a resolver over it', () => {
  test('goes from NAPTR to SRV to addresses, and remembers', async () => {
    const server = await start((question) => ({
      answers: {
        'NAPTR example.com': [
          {
            ...{ type: 'NAPTR' as const, name: 'example.com', ttl: 60 },
            data: {
              ...{ order: 10, preference: 20, flags: 's', services: 'SIP+D2T', regexp: '' },
              replacement: '_sip._tcp.example.com',
            },
          },
        ],
        'SRV _sip._tcp.example.com': [
          {
            ...{ type: 'SRV' as const, name: '_sip._tcp.example.com', ttl: 60 },
            data: { priority: 1, weight: 2, port: 5070, target: 'sip.example.com' },
          },
        ],
        'A sip.example.com': [a('sip.example.com', '192.0.2.1')],
      }[question] as Answer[],
      ...(question.startsWith('AAAA') && { authorities: [soa(60)] }),
    }));
    const resolve = createDnsResolver({ servers: [server.address], hostsFile: false });
    const found = [{ protocol: 'TCP', host: '192.0.2.1', port: 5070, domain: 'example.com' }];
    expect(await resolve(SipUri.parse('sip:example.com'), ['UDP', 'TCP'])).toEqual(found);
    expect(server.asked.toSorted()).toEqual([
      'A sip.example.com',
      'AAAA sip.example.com',
      'NAPTR example.com',
      'SRV _sip._tcp.example.com',
    ]);
    expect(resolve(SipUri.parse('sip:example.com'), ['UDP', 'TCP'])).toEqual(found);
  });
});
