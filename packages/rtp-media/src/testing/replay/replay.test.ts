import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ArtefactMeter } from './artefacts';
import { networkTraces } from './network-traces';
import { replay } from './replay';
import { replayAll, replaySpeech, replayTable } from './replay-table';

const root = new URL('../../../../../', import.meta.url);
const wav = readFileSync(new URL('apps/quickstart/assets/speech.wav', root));

/** The rows of the first table of a page: what each is called, and its figures. */
function rows(markdown: string): [string, number[]][] {
  return markdown
    .split('\n')
    .filter((line) => /^\| .* \d+ \|$/.test(line))
    .map((line) => line.slice(2, -2).split(' | '))
    .map(([name, ...cells]) => [name!, cells.map(Number)]);
}

test('docs/jitter-buffer.md says what the jitter buffer does today', { timeout: 60_000 }, () => {
  const page = rows(readFileSync(new URL('docs/jitter-buffer.md', root), 'utf8'));
  const today = rows(replayTable(replayAll(replaySpeech(wav))));
  const hint = 'run: pnpm bench jitter --write docs/jitter-buffer.md';
  expect(
    page.map(([name]) => name),
    hint,
  ).toEqual(today.map(([name]) => name));
  for (const [i, [name, figures]] of today.entries()) {
    // Other versions of the engine may round a sine in another way.
    for (const [j, figure] of figures.entries()) {
      const written = page[i]![1][j]!;
      expect(Math.abs(written - figure), `${name}: ${hint}`).toBeLessThanOrEqual(1 + figure * 0.02);
    }
  }
});

test('a replay is the same each time, and the measure tells good from bad', { timeout: 30_000 }, () => {
  const meter = new ArtefactMeter(replaySpeech(wav, 12));
  const network = (name: string) => networkTraces.find((trace) => trace.name.startsWith(name))!;
  const bad = replay(network('20 % lost, in bursts'), meter);
  expect(replay(network('20 % lost, in bursts'), meter)).toEqual(bad);
  const clean = replay(network('clean'), meter);
  expect(clean).toMatchObject({ concealedMs: 0, acceleratedMs: 0, deceleratedMs: 0, damaged: 0, clicks: 0 });
  expect(clean.spectralDb).toBeLessThan(0.6);
  expect(bad.spectralDb).toBeGreaterThan(clean.spectralDb * 2);
  expect(bad.damaged).toBeGreaterThan(0.02);
});
