import { TestRegistrar } from '@offhook/sip-core/testing';
import { describe, expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';

async function twoSites(optionsInterval: number | undefined) {
  const lab = new MemoryLab();
  const sites: TestRegistrar[] = [];
  const calls: string[] = [];
  for (const host of ['10.0.0.101', '10.0.0.102']) {
    const site = await new TestRegistrar(lab.sipNetwork, { host, port: 5060 }, { protocols: ['UDP'] }).start();
    site.stack.on('invite', (session) => {
      calls.push(host);
      session.reject(486);
    });
    sites.push(site);
  }
  const endpoint = await lab.endpoint('alice');
  const line = endpoint.addConnection({
    user: 'sip:alice@lab.example',
    servers: ['10.0.0.101', '10.0.0.102'],
    ...(optionsInterval !== undefined && { optionsInterval }),
  });
  const lost: string[] = [];
  line.on('serverLost', ({ message }) => lost.push(message));
  await lab.until(line.register());
  return { lab, sites, line, lost, calls };
}

describe('a server that is asked whether it is there', () => {
  test('answers, and nothing changes', async () => {
    const { lab, line, lost } = await twoSites(10_000);
    await lab.clock.advance(100_000);
    expect(lost).toEqual([]);
    expect(line.state).toBe('registered');
  });

  test('is left for the next site when it does not, and calls go there', async () => {
    const { lab, sites, line, lost, calls } = await twoSites(10_000);
    await lab.until(sites[0]!.close());
    await lab.clock.advance(60_000);
    expect(lost.length).toBeGreaterThan(0);
    expect(line.state).toBe('registered');
    expect(sites[1]!.arrivals.length).toBeGreaterThan(0);
    const before = lost.length;
    await lab.clock.advance(60_000);
    expect(lost.length, 'the site in use is the one that is asked').toBe(before);
    await lab.until(
      line.call('sip:bob@lab.example').established.catch(() => {}),
      40_000,
    );
    expect(calls).toEqual(['10.0.0.102']);
  });

  test('is not asked by a line that was taken back', async () => {
    const { lab, sites, line, lost } = await twoSites(5000);
    await lab.until(line.unregister());
    await lab.until(sites[0]!.close());
    await lab.clock.advance(60_000);
    expect(lost).toEqual([]);
  });

  test('is not asked too often', async () => {
    await expect(twoSites(999)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});
