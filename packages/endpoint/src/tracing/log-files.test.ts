import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '@offhook/sip-core/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';
import { LogFiles } from './log-files';

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'offhook-log-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

const lines = async (path: string): Promise<{ level: string; msg: string }[]> =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Waits for the disk. */
const written = async (log: LogFiles): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  void log;
};

describe('log files', () => {
  test('have what the level says, errors as what they are', async () => {
    const path = join(await folder(), 'deep', 'phone.log');
    const log = new LogFiles({ path, level: 'warn' });
    log.info({}, 'not this');
    log.warn({ error: Object.assign(new Error('No way.'), { code: 'ERR_X' }) }, 'this');
    const circle: { self?: object } = {};
    circle.self = circle;
    log.error(circle, 'and this');
    log.fatal({}, 'the last');
    await log.close();
    expect(await lines(path)).toMatchObject([
      { level: 'warn', msg: 'this', error: { message: 'No way.', code: 'ERR_X' } },
      { level: 'error', msg: 'and this' },
      { level: 'fatal', msg: 'the last' },
    ]);
    expect([log.isLevelEnabled('error'), log.isLevelEnabled('info')]).toEqual([true, false]);
    expect(() => new LogFiles({ path, level: 'loud' as never })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });

  test('are ended when they are long enough; so many are kept', async () => {
    const where = await folder();
    const clock = new VirtualClock();
    const path = join(where, 'phone.log');
    const log = new LogFiles({ path, segment: { bytes: 500 }, expire: { files: 3 }, clock });
    const ended: string[] = [];
    log.on('rotated', (file) => ended.push(file));
    for (let number = 0; number < 40; number++) {
      log.info({ number, text: 'x'.repeat(60) }, 'line');
      await clock.advance(700);
      await written(log);
    }
    await log.close();
    expect(ended.length).toBeGreaterThan(5);
    const names = await readdir(where);
    expect(names).toHaveLength(3);
    expect(names).toContain('phone.log');
    expect(names.filter((name) => /phone\.log\.\d{8}_\d{6}/.test(name))).toHaveLength(2);
    const kept = (await Promise.all(names.sort().map((name) => lines(join(where, name))))).flat();
    const numbers = kept.map((line) => (line as unknown as { number: number }).number).sort((a, b) => a - b);
    expect(numbers.at(-1)).toBe(39);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 40 - numbers.length + i));
  });

  test('or old enough', async () => {
    const where = await folder();
    const clock = new VirtualClock(Date.now());
    const log = new LogFiles({ path: join(where, 'phone.log'), segment: { ms: 3_600_000 }, clock });
    log.info({}, 'before');
    await written(log);
    await clock.advance(3_700_000);
    log.info({}, 'after');
    await log.close();
    expect(await readdir(where)).toHaveLength(2);
    expect(await lines(join(where, 'phone.log'))).toMatchObject([{ msg: 'after' }]);
  });

  test('that cannot be written are told of once, tried again, and disturb nobody', async () => {
    const where = await folder();
    // A file where the folder should be: also the superuser cannot write there.
    const blocked = join(where, 'blocked');
    await writeFile(blocked, '');
    const clock = new VirtualClock();
    const log = new LogFiles({ path: join(blocked, 'phone.log'), clock, maxQueueBytes: 300 });
    const told: string[] = [];
    log.on('error', ({ code, message }) => told.push(`${code} ${/Calls go on/.test(message)}`));
    log.on('recovered', (lost) => told.push(`recovered, ${lost} lost`));
    for (let number = 0; number < 10; number++) {
      log.info({ number }, 'line');
      await clock.advance(3000);
      await written(log);
    }
    expect(told).toEqual(['ERR_LOG true']);
    await rm(blocked);
    await clock.advance(6000);
    log.info({}, 'too much');
    await written(log);
    log.info({}, 'again');
    await log.close();
    expect(told[1]).toMatch(/^recovered, [1-9]\d* lost$/);
    const kept = await lines(join(blocked, 'phone.log'));
    expect(kept[0]).toMatchObject({ number: 0 });
    expect(kept.at(-1)).toMatchObject({ msg: 'again' });
    await chmod(where, 0o700);
  });

  test('of an endpoint have its messages without keys, and its calls', async () => {
    const path = join(await folder(), 'phone.log');
    const log = new LogFiles({ path, level: 'debug' });
    const lab = new MemoryLab();
    const mediaSecurity = { policy: 'mandatory', keying: ['sdes'] } as const;
    const { alice, bob } = await lab.pair({ mediaSecurity }, { mediaSecurity });
    const unfollow = log.follow(alice);
    bob.on('call', (call) => void call.answer());
    const call = alice.call('sip:bob@10.0.0.2');
    await lab.until(call.established, 1000);
    await lab.until(call.hangup(), 1000);
    await lab.clock.advance(100);
    unfollow();
    await log.close();
    const text = await readFile(path, 'utf8');
    expect(text).toContain('INVITE sip:bob@10.0.0.2');
    expect(text).toContain('inline:…');
    expect(text).not.toMatch(/inline:[A-Za-z0-9+/]/);
    const ended = (await lines(path)).find(({ msg }) => msg === 'Call ended');
    expect(ended).toMatchObject({ call: { id: call.id, endedBy: 'local' } });
  });
});
