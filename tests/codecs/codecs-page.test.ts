import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type Codec, createIlbc, g722, ilbc, l16x16, pcma, pcmu } from '@offhook/codecs';
import { opus } from '@offhook/codecs/opus';
import { loadResampler, readWav, resample } from '@offhook/rtp-media';
import { beforeAll, expect, test } from 'vitest';
import { fidelity, losing, spectralDistance, through } from './measure';

const page = new URL('../../docs/codecs.md', import.meta.url);
const vectors = process.env.OFFHOOK_ILBC_VECTORS ?? new URL('../../../shared/vectors/ilbc/', import.meta.url).pathname;
/** With OFFHOOK_WRITE_CODECS=1 the page is written in place of being checked. */
const writing = process.env.OFFHOOK_WRITE_CODECS === '1';
const codecs: readonly (readonly [name: string, codec: Codec, ptime: number])[] = [
  ['PCMU', pcmu, 20],
  ['PCMA', pcma, 20],
  ['G722', g722, 20],
  ['iLBC, 20 ms', createIlbc({ mode: 20 }), 20],
  ['iLBC, 30 ms', ilbc, 30],
  ['opus', opus, 20],
  ['L16/16000', l16x16, 20],
];
let speech: Map<number, Int16Array>;

beforeAll(async () => {
  await loadResampler();
  const { samples, sampleRate } = readWav(await readFile('apps/quickstart/assets/speech.wav'));
  speech = new Map(
    [8000, 16_000, 48_000].map((rate) => [rate, rate === sampleRate ? samples : resample(samples, sampleRate, rate)]),
  );
});

test('the page says what each codec is', async () => {
  const rows = codecs.map(([name, codec, ptime]) => {
    const pcm = speech.get(codec.sampleRate)!;
    const { pcm: heard, bytes, packets } = through(codec, pcm, ptime);
    // Later than 30 ms is none of them; a wide search would take longer than it is worth.
    const { delay, snr } = fidelity(pcm, heard, Math.round(codec.sampleRate * 0.012));
    return [
      name,
      codec.sampleRate,
      codec.clockRate,
      codec.payloadType ?? 'dynamic',
      codec.frameDurations.join(' '),
      Math.round((bytes * 8) / packets / ptime),
      ((delay / codec.sampleRate) * 1000).toFixed(1),
      Number.isFinite(snr) ? snr.toFixed(1) : 'exact',
      spectralDistance(pcm, heard.subarray(delay), codec.sampleRate).toFixed(1),
      codec.fmtp?.offer() ?? '',
    ];
  });
  await section('facts', [
    [
      'Codec',
      'Hz',
      'RTP clock',
      'payload type',
      'ms in a packet',
      'kbit/s of speech',
      'delay, ms',
      'SNR, dB',
      'spectra, dB',
      'fmtp offered',
    ],
    ...rows,
  ]);
});

test('the page says how losses sound', async () => {
  const rows = codecs.map(([name, codec, ptime]) => {
    const pcm = speech.get(codec.sampleRate)!;
    const clean = through(codec, pcm, ptime).pcm;
    const cells = [0.01, 0.02, 0.05, 0.1, 0.2].map((share) => {
      const isLost = losing(share);
      const [concealed, silent] = [false, true].map((silence) =>
        spectralDistance(clean, through(codec, pcm, ptime, { isLost, silence }).pcm, codec.sampleRate),
      );
      // The sentence of the page, for every codec and every share.
      expect(concealed!, `${name} at ${share}`).toBeLessThan(silent!);
      return `${concealed!.toFixed(1)} / ${silent!.toFixed(1)}`;
    });
    return [name, ...cells];
  });
  await section('losses', [['Codec', '1 %', '2 %', '5 %', '10 %', '20 %'], ...rows]);
});

test.runIf(existsSync(vectors))('the page says how near iLBC is to its reference', async () => {
  const pcmOf = async (name: string) => {
    const bytes = await readFile(`${vectors}/${name}`);
    return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };
  const rows: string[][] = [];
  for (const file of ['F00', 'F01', 'F02', 'F03']) {
    for (const mode of [20, 30] as const) {
      const codec = createIlbc({ mode });
      const bits = await readFile(`${vectors}/${file}.BIT${mode}`);
      const reference = await pcmOf(`${file}.OUT${mode}`);
      const input = await pcmOf(`${file}.INP`);
      const heard = decoded(codec, bits, mode === 20 ? 38 : 50, (mode * 8000) / 1000);
      const own = through(codec, input, mode).pcm;
      const length = Math.min(own.length, reference.length);
      rows.push([
        file,
        `${mode}`,
        fidelity(reference, heard, 0).snr.toFixed(1),
        fidelity(input.subarray(0, length), own.subarray(0, length), 100).snr.toFixed(1),
        fidelity(input.subarray(0, length), reference.subarray(0, length), 100).snr.toFixed(1),
      ]);
    }
  }
  await section('ilbc', [
    [
      'Vector',
      'ms',
      'our decoder beside the reference decoder, dB',
      'our encoder and decoder, dB',
      'those of the reference, dB',
    ],
    ...rows,
  ]);
});

function decoded(codec: Codec, bits: Uint8Array, size: number, samples: number): Int16Array {
  const decoder = codec.createDecoder();
  const frames = Math.floor(bits.length / size);
  const pcm = new Int16Array(frames * samples);
  const room = new Int16Array(960);
  for (let n = 0; n < frames; n++) {
    decoder.decode(bits.subarray(n * size, (n + 1) * size), room);
    pcm.set(room.subarray(0, samples), n * samples);
  }
  return pcm;
}

/** Writes a table of the page, or compares it: words must be the same, measures may differ by a hair between machines. */
async function section(name: string, rows: readonly (readonly (string | number)[])[]): Promise<void> {
  const [head, ...body] = rows;
  const lines = [head!, head!.map((_, column) => (column === 0 ? '---' : '---:')), ...body];
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const text = await readFile(page, 'utf8');
  const pattern = new RegExp(String.raw`(<!-- table: ${name} -->\n)(?:[\s\S]*?\n)?(<!-- end -->)`);
  expect(text, `docs/codecs.md has no table ${name}`).toMatch(pattern);
  if (writing) {
    await writeFile(
      page,
      text.replace(pattern, (_, begin: string, end: string) => `${begin}${table}\n${end}`),
    );
    return;
  }
  const before = pattern.exec(text)![0].split('\n').slice(1, -1).join('\n');
  const number = /-?\d+(?:\.\d+)?/g;
  expect(before.replace(number, '#'), 'pnpm codecs:page writes the page').toBe(table.replace(number, '#'));
  const [written, measured] = [before, table].map((each) => (each.match(number) ?? []).map(Number));
  written!.forEach((value, index) => {
    expect(Math.abs(value - measured![index]!), `${value} of ${name}`).toBeLessThanOrEqual(0.2);
  });
}
