import { describe, expect, test } from 'vitest';
import { MockDns } from '../testing/mock-dns';
import { VirtualClock } from '../testing/virtual-clock';
import { DnsCache, type DnsCacheOptions } from './dns-cache';

function scene(zone: string, options: DnsCacheOptions & { zoneNegativeTtl?: number } = {}) {
  const clock = new VirtualClock();
  const { zoneNegativeTtl, ...settings } = options;
  const negative = zoneNegativeTtl === undefined ? {} : { negativeTtl: zoneNegativeTtl };
  const dns = new MockDns({ clock, zone, ...negative });
  const cache = new DnsCache(dns, { clock, ...settings });
  const address = (name: string) =>
    clock.until(
      cache.a(name).then(
        (records) => records.map((record) => record.address).join(),
        (error) => error.code as string,
      ),
    );
  return { clock, dns, cache, address };
}

describe('what the DNS said is remembered', () => {
  test('for as long as its TTL, and not a moment longer', async () => {
    const { clock, dns, address } = scene('a.example 60 A 192.0.2.1');
    await address('a.example');
    dns.remove('a.example').add('a.example 60 A 192.0.2.2');
    await clock.advance(59_990);
    expect(await address('A.example.')).toBe('192.0.2.1');
    expect(dns.queries.length).toBe(1);
    await clock.advance(10);
    expect(await address('a.example')).toBe('192.0.2.2');
    expect(dns.queries.length).toBe(2);
  });

  test('the record with the shortest TTL decides; TTL 0 is for the one use', async () => {
    const { clock, dns, address } = scene(`
      two.example 300 A 192.0.2.1
      two.example 5 A 192.0.2.2
      zero.example 0 A 192.0.2.3`);
    await address('two.example');
    await clock.advance(5_000);
    await address('two.example');
    await address('zero.example');
    await address('zero.example');
    expect(dns.queries.length).toBe(4);
  });

  test('that there is nothing: as long as the zone says (RFC 2308), else briefly', async () => {
    const said = scene('', { zoneNegativeTtl: 600 });
    expect(await said.address('no.example')).toBe('ERR_SIP_DNS_NXDOMAIN');
    await said.clock.advance(599_000);
    expect(await said.address('no.example')).toBe('ERR_SIP_DNS_NXDOMAIN');
    expect(said.dns.queries.length).toBe(1);

    const unsaid = scene('');
    await unsaid.address('no.example');
    await unsaid.clock.advance(31_000);
    await unsaid.address('no.example');
    expect(unsaid.dns.queries.length).toBe(2);
  });

  test('a server failure for a second only', async () => {
    const { clock, dns, address } = scene('a.example A 192.0.2.1');
    dns.fail('a.example');
    expect(await address('a.example')).toBe('ERR_SIP_DNS_SERVER_FAILURE');
    expect(await address('a.example')).toBe('ERR_SIP_DNS_SERVER_FAILURE');
    expect(dns.queries.length).toBe(1);
    dns.heal();
    await clock.advance(1_000);
    expect(await address('a.example')).toBe('192.0.2.1');
  });

  test('when an answer is old and the server fails, there is no answer: what is stale is never served', async () => {
    const { clock, dns, address } = scene('a.example 10 A 192.0.2.1');
    await address('a.example');
    dns.fail('a.example');
    await clock.advance(10_000);
    expect(await address('a.example')).toBe('ERR_SIP_DNS_SERVER_FAILURE');
  });

  test('a thousand questions at once are one', async () => {
    const { clock, dns, cache } = scene('a.example 0 A 192.0.2.1');
    const all = Promise.all(Array.from({ length: 1_000 }, () => cache.a('a.example')));
    expect((await clock.until(all)).length).toBe(1_000);
    expect(dns.queries.length).toBe(1);
  });

  test('no more answers than it may hold: those not used for longest go', async () => {
    const zone = Array.from({ length: 6 }, (_, index) => `h${index}.example 600 A 192.0.2.${index}`).join('\n');
    const { dns, cache, address } = scene(zone, { maxEntries: 3 });
    for (const index of [0, 1, 2, 0, 3]) await address(`h${index}.example`);
    expect(cache.size).toBe(3);
    await address('h0.example');
    expect(dns.queries.length).toBe(4);
    await address('h1.example');
    expect(dns.queries.length).toBe(5);
  });

  test('an absurd TTL is cut', async () => {
    const { clock, dns, address } = scene('a.example 4294967295 A 192.0.2.1');
    await address('a.example');
    await clock.advance(86_400_000);
    await address('a.example');
    expect(dns.queries.length).toBe(2);
  });
});

describe('giving up', () => {
  test('who gives up does not take the answer from others', async () => {
    const { clock, dns, cache } = scene('a.example A 192.0.2.1');
    const impatient = new AbortController();
    const first = cache.a('a.example', { signal: impatient.signal });
    const second = cache.a('a.example', { signal: new AbortController().signal });
    impatient.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect((await clock.until(second))[0]!.address).toBe('192.0.2.1');
    expect(dns.queries.length).toBe(1);
  });

  test('when nobody waits any more, the question is withdrawn, and the next one asks anew', async () => {
    const { clock, dns, cache, address } = scene('a.example A 192.0.2.1');
    dns.fail('a.example', 'silence');
    const impatient = new AbortController();
    const first = cache.a('a.example', { signal: impatient.signal });
    impatient.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await clock.advance(0);
    expect(dns.waiting).toBe(0);
    dns.heal();
    expect(await address('a.example')).toBe('192.0.2.1');
  });
});
