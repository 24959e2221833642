import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { replayAll, replaySpeech, replayTable } from './replay-table';

const wav = readFileSync(new URL('../../../../../apps/quickstart/assets/speech.wav', import.meta.url));

test('x', { timeout: 60000 }, () => {
  const t = performance.now();
  console.log(replayTable(replayAll(replaySpeech(wav))));
  console.log(performance.now() - t);
});
