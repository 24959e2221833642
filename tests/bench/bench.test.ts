import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const door = fileURLToPath(new URL('../../tooling/bench/run.mjs', import.meta.url));

/** The packages have been built before the tests run; nothing is measured here, only that the benchmarks can measure. */
const bench = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [door, '--no-build', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

interface Figure {
  name: string;
  ours: number;
  unit: string;
  yardstick: number | null;
  yardstickName: string | null;
  ratio: number | null;
  absent?: string;
}

const installed = (program: string) => spawnSync(program, ['-v']).error === undefined;

/** Each benchmark, a figure it must tell, and a program it cannot do without. */
const benchmarks: [name: string, figure: string, needs?: string][] = [
  ['g711', 'g711-pcmu-encode'],
  ['g722', 'g722-encode'],
  ['gsm', 'gsm-encode'],
  ['held-calls', 'endpoint-start'],
  ['ilbc', 'ilbc-20-encode'],
  ['jitter', 'a frame, clean'],
  ['l16', 'l16-44100-stereo-decode'],
  ['mixer', 'mixer-3'],
  ['opus', 'opus-encode'],
  ['pacing', 'pacing-worker-main-busy'],
  ['session', 'session-4-srtp-gcm-cpu'],
  ['session-capacity', 'session-capacity-srtp'],
  ['session-memory', 'session-allocated-without-sockets'],
  ['session-peers', 'session-beside-sipp'],
  ['sip-memory', 'sip-memory-line'],
  ['sip-parse', 'sip-parse'],
  ['sip-serialize', 'sip-serialize'],
  ['sip-uas', 'sip-uas', 'sipp'],
  ['srtp', 'srtp-pass-aead-aes-128-gcm'],
];

describe('the door to every benchmark', () => {
  test('names all there are', () => {
    const { status, stdout } = bench('--list');
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').sort()).toEqual(benchmarks.map(([name]) => name));
  });

  test('takes a package for all of its own', () => {
    const { status, stderr } = bench('codecs', '--json', '--seconds', 'soon');
    expect(status).toBe(1);
    expect(stderr).toMatch(/Failed: g711 .*, g722 .*, gsm .*, ilbc .*, l16 .*, opus /);
  });

  test('refuses a name nobody has, and says which there are', () => {
    const { status, stdout, stderr } = bench('sip-pars', '--json');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/sip-pars; there are:[\s\S]*sip-parse/);
  });

  test('fails when a benchmark does, and says which', () => {
    const { status, stderr } = bench('sip-serialize', '--seconds', 'soon');
    expect(status).toBe(1);
    expect(stderr).toMatch(/--seconds takes a number[\s\S]*Failed: sip-serialize/);
  });

  describe.each(benchmarks)('%s', (name, figure, needs) => {
    test.skipIf(needs !== undefined && !installed(needs))('prints one object a line', () => {
      const { status, stdout, stderr } = bench(name, '--json', '--smoke');
      expect(status, stderr).toBe(0);
      const figures = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Figure);
      expect(figures.map((each) => each.name)).toContain(figure);
      for (const each of figures) {
        expect(each).toMatchObject({ name: expect.any(String), ours: expect.any(Number), unit: expect.any(String) });
        const beside = each.yardstick !== null;
        expect(each).toHaveProperty('yardstickName');
        if (beside) expect([typeof each.yardstickName, typeof each.ratio]).toEqual(['string', 'number']);
        else expect([each.yardstick, each.ratio]).toEqual([null, null]);
      }
      // A yardstick that is not there is named, with the reason.
      for (const { absent, yardstickName } of figures) if (absent) expect(yardstickName).toEqual(expect.any(String));
    });
  });
});
