import { describe, expect, test } from 'vitest';
import type { ConnectionOptions } from '../connection/connection-options';
import { MemoryLab } from '../testing/memory-lab';
import { memoryRegistrar } from '../testing/memory-registrar';
import { controlled } from '../testing/server-leg';

async function registrarAndPhone() {
  const lab = new MemoryLab();
  const registrar = await memoryRegistrar(lab);
  const endpoint = await lab.endpoint('phone');
  const add = (options: Partial<ConnectionOptions> = {}) =>
    endpoint.addConnection({ user: 'sip:alice@lab.example', server: '10.0.0.100', password: 'secret', ...options });
  return { lab, registrar, endpoint, add };
}

describe('REGISTER', () => {
  test('one for each line, each with its own Call-ID and a CSeq that grows (RFC 3261 §10.2)', async () => {
    const { lab, registrar, add } = await registrarAndPhone();
    const lines = [add(), add({ user: 'sip:second@lab.example', username: 'alice' })];
    await lab.until(Promise.all(lines.map((line) => line.register())), 5000);
    expect(lines.map(({ state }) => state)).toEqual(['registered', 'registered']);
    const byUser = new Map<string, { ids: Set<string>; sequences: number[] }>();
    for (const { to, callId, cseq } of registrar.requests) {
      const seen = byUser.get(to.sipUri!.user!) ?? { ids: new Set(), sequences: [] };
      seen.ids.add(callId);
      seen.sequences.push(cseq.sequence);
      byUser.set(to.sipUri!.user!, seen);
    }
    expect([...byUser.keys()].toSorted()).toEqual(['alice', 'second']);
    const [first, second] = [...byUser.values()];
    expect([first!.ids.size, second!.ids.size]).toEqual([1, 1]);
    expect([...first!.ids][0]).not.toBe([...second!.ids][0]);
    for (const { sequences } of byUser.values()) expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });

  test('answers the challenge of the server with digest, once', async () => {
    const { lab, registrar, add } = await registrarAndPhone();
    await lab.until(add().register(), 5000);
    expect(registrar.requests.map(({ headers }) => headers.has('Authorization'))).toEqual([false, true]);
  });

  test('is refreshed in time for as long as the line is there', async () => {
    const { lab, registrar, add } = await registrarAndPhone();
    const line = add();
    await lab.until(line.register(), 5000);
    const before = registrar.requests.length;
    await lab.clock.advance(599_000);
    expect(registrar.requests.length).toBeGreaterThan(before);
    expect(line.state).toBe('registered');
  });

  test('is tried again after the interval of the line (reg_interval) while the server refuses', async () => {
    const { lab, registrar, add } = await registrarAndPhone();
    const line = add({ retryInterval: 10_000 });
    registrar.refuse = 503;
    await expect(lab.until(line.register(), 5000)).rejects.toMatchObject({ status: 503 });
    await lab.clock.advance(4900);
    expect(registrar.requests).toHaveLength(1);
    await lab.clock.advance(5200);
    expect(registrar.requests.length).toBeGreaterThan(1);
    registrar.refuse = 0;
    await lab.clock.advance(15_000);
    expect(line.state).toBe('registered');
  });

  test('is taken back when the endpoint stops: Expires 0 (§10.2.2)', async () => {
    const { lab, registrar, endpoint, add } = await registrarAndPhone();
    await lab.until(add().register(), 5000);
    await lab.until(endpoint.stop(), 1000);
    const last = registrar.requests.at(-1)!;
    expect(last.headers.get('Expires') ?? last.contact?.params.get('expires')).toBe('0');
    expect(registrar.bound).toBeUndefined();
  });

  test('is not sent by a line that stands alone (reg_timeout 0), which takes and places calls all the same', async () => {
    const { lab, endpoint, server, leg } = await controlled();
    const line = endpoint.addConnection({ user: 'sip:bob@10.0.0.200', expires: 0 });
    const called = leg();
    await called.establish();
    expect(called.call.snapshot.user).toBe('sip:bob@10.0.0.200');
    await called.bye();
    line.call('alice');
    await lab.clock.advance(20);
    expect(server.requests('INVITE').map(({ uri }) => uri.toString())).toEqual(['sip:alice@10.0.0.200']);
    await server.respond(server.requests('INVITE')[0]!, 486);
    await lab.clock.advance(3_600_000);
    expect(server.requests('REGISTER')).toEqual([]);
  });
});
