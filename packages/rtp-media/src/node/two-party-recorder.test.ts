import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { correlate } from '../analysis/correlate';
import { levelDbfs } from '../analysis/level';
import type { MediaError } from '../platform/errors';
import { VirtualClock } from '../testing/virtual-clock';
import { voice } from '../testing/voice';
import { encodeWav, readWav, wavHeader } from '../wav/wav-format';
import { repairWav } from './repair-wav';
import { TwoPartyRecorder, type TwoPartyRecorderOptions, twoPartyRecorder } from './two-party-recorder';
import type { RecordingFile } from './wav-recorder';

const folder = mkdtempSync(join(tmpdir(), 'offhook-two-party-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);

/** A file in memory that fails once it is full. */
class MemoryFile implements RecordingFile {
  bytes = new Uint8Array(0);
  capacity = Number.POSITIVE_INFINITY;
  gate: Promise<void> = Promise.resolve();
  closed = false;

  async write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }> {
    await this.gate;
    if (position + length > this.capacity) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    if (position + length > this.bytes.length) {
      const larger = new Uint8Array(position + length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(bytes.subarray(offset, offset + length), position);
    return { bytesWritten: length };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** The two channels of a file. */
function channels(bytes: Uint8Array): { left: Int16Array; right: Int16Array } {
  expect(readWav(bytes).channels).toBe(2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(40, true) / 4;
  const side = (offset: number) =>
    Int16Array.from({ length: count }, (_, i) => view.getInt16(44 + i * 4 + offset, true));
  return { left: side(0), right: side(2) };
}

const settle = async () => {
  for (let i = 0; i < 40; i++) await Promise.resolve();
};

function recording(options: TwoPartyRecorderOptions = {}) {
  const clock = new VirtualClock();
  const file = new MemoryFile();
  const recorder = new TwoPartyRecorder(file, { clock, ...options });
  const errors: MediaError[] = [];
  recorder.on('error', (error) => errors.push(error));
  /** Lets 20 ms pass, then writes what each party said in them. */
  const round = async (local?: Int16Array, remote?: Int16Array) => {
    clock.advance(20);
    if (local) recorder.local.write(local);
    if (remote) recorder.remote.write(remote);
    await settle();
  };
  return { clock, file, recorder, errors, round };
}

const frame = (value: number) => new Int16Array(160).fill(value);

describe('both parties of a call', () => {
  test('are in one file, each where it was in time', async () => {
    const { file, recorder, round } = recording();
    const [a, b] = [voice(6), voice(6, 8000, 77)];
    const part = (pcm: Int16Array, i: number) => pcm.subarray(i * 160, i * 160 + 160);
    // The remote party is not there for the first second, and away from the third to the fourth.
    for (let i = 0; i < 300; i++) {
      await round(part(a, i), i < 50 || (i >= 150 && i < 200) ? undefined : part(b, i));
    }
    await recorder.close();
    const { left, right } = channels(file.bytes);
    expect(left).toEqual(a);
    expect(right.length).toBe(left.length);
    expect(levelDbfs(right.subarray(0, 8000))).toBe(Number.NEGATIVE_INFINITY);
    expect(levelDbfs(right.subarray(24_000, 32_000))).toBe(Number.NEGATIVE_INFINITY);
    expect(correlate(b.subarray(8000, 24_000), right.subarray(8000, 24_000))).toMatchObject({ lag: 0 });
    expect(right.subarray(32_000)).toEqual(b.subarray(32_000));
    expect(recorder.cutMs).toBe(0);
    expect(recorder.recordedMs).toBe(6000);
    expect(file.closed).toBe(true);
  });

  test('stay together when frames come late or in bursts', async () => {
    const { clock, file, recorder, round } = recording();
    const said = voice(4);
    for (let i = 0; i < 200; i += 2) {
      clock.advance(20);
      recorder.remote.write(said.subarray(i * 160, i * 160 + 160));
      await round(said.subarray(i * 160, i * 160 + 160));
      recorder.local.write(said.subarray(i * 160 + 160, i * 160 + 320));
      recorder.remote.write(said.subarray(i * 160 + 160, i * 160 + 320));
    }
    await recorder.close();
    const { left, right } = channels(file.bytes);
    expect(right).toEqual(said);
    const { lag, correlation } = correlate(left, right, { maxLag: 800 });
    expect(Math.abs(lag)).toBeLessThanOrEqual(320);
    expect(correlation).toBeGreaterThan(0.99);
  });

  test('may both be silent for ten minutes', async () => {
    const { clock, recorder, errors, round } = recording({ sampleRate: 8000, flushMs: 60_000 });
    await round(frame(1), frame(2));
    clock.advance(600_000);
    recorder.local.write(frame(3));
    await recorder.close();
    expect(errors).toEqual([]);
    expect(recorder.recordedMs).toBeGreaterThanOrEqual(600_020);
  });

  test('one who sends more than there is time for is cut, and counted', async () => {
    const { recorder, round } = recording();
    for (let i = 0; i < 50; i++) await round(frame(1));
    for (let i = 0; i < 50; i++) recorder.remote.write(frame(2));
    await recorder.close();
    expect(recorder.cutMs).toBeGreaterThan(800);
    expect(recorder.recordedMs).toBeLessThan(1200);
  });
});

describe('a recording survives', () => {
  test('its process: the file plays at any time', async () => {
    const { file, round } = recording({ flushMs: 100 });
    for (let i = 0; i < 100; i++) {
      await round(frame(5), frame(6));
      if (file.bytes.length === 0) continue;
      const view = new DataView(file.bytes.buffer);
      expect(view.getUint32(40, true)).toBe(file.bytes.length - 44);
      expect(view.getUint32(4, true)).toBe(file.bytes.length - 8);
    }
    // What may still come late is not in it yet, and no more is missing.
    expect(channels(file.bytes).left.length / 8).toBeGreaterThanOrEqual(2000 - 200 - 100);
  });

  test('a full disk: one error, and the call does not notice', async () => {
    const { file, recorder, errors, round } = recording({ flushMs: 100 });
    file.capacity = 20_000;
    for (let i = 0; i < 200; i++) await round(frame(5), frame(6));
    await recorder.close();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 'ERR_RECORDING', cause: { code: 'ENOSPC' } });
    expect(channels(file.bytes).right.length).toBeGreaterThan(4000);
    expect(file.closed).toBe(true);
  });

  test('a disk that hangs: it ends, and what waits is bounded', async () => {
    const { file, recorder, errors, round } = recording();
    let open = (): void => {};
    file.gate = new Promise((resolve) => {
      open = resolve;
    });
    for (let i = 0; i < 700; i++) await round(frame(1), frame(1));
    expect(errors.map(({ code }) => code)).toEqual(['ERR_RECORDING']);
    open();
    await recorder.close();
  });

  test('the largest file: it goes on in the next, without a sample lost', async () => {
    const parts: MemoryFile[] = [];
    const { file, recorder, errors, round } = recording({
      maxBytes: 44 + 4 * 12_345,
      next: async () => {
        parts.push(new MemoryFile());
        return parts.at(-1)!;
      },
    });
    const said = voice(4);
    for (let i = 0; i < 200; i++) await round(said.subarray(i * 160, i * 160 + 160));
    await recorder.close();
    expect(errors).toEqual([]);
    const all = [file, ...parts];
    expect(all.map((each) => channels(each.bytes).left.length)).toEqual([12_345, 12_345, 7310]);
    expect(all.every(({ closed }) => closed)).toBe(true);
    const joined = all.flatMap((each) => [...channels(each.bytes).left]);
    expect(Int16Array.from(joined)).toEqual(said);
  });

  test('the largest file without a next one ends with an error of its own', async () => {
    const { recorder, errors, round } = recording({ maxBytes: 10_000 });
    for (let i = 0; i < 100; i++) await round(frame(1));
    await recorder.close();
    expect(errors.map(({ code }) => code)).toEqual(['ERR_RECORDING_LIMIT']);
  });

  test('on a disk, with numbered parts', async () => {
    const clock = new VirtualClock();
    const recorder = await twoPartyRecorder(path('call.wav'), { clock, maxBytes: 44 + 32_000 });
    for (let i = 0; i < 75; i++) {
      clock.advance(20);
      recorder.local.write(frame(i));
    }
    await recorder.close();
    expect(channels(readFileSync(path('call.wav'))).left.length).toBe(8000);
    expect(channels(readFileSync(path('call-2.wav'))).left.length).toBe(4000);
    await expect(twoPartyRecorder(path('no/such.wav'))).rejects.toMatchObject({ code: 'ERR_RECORDING' });
  });
});

describe('repair', () => {
  const samples = Int16Array.from({ length: 1000 }, (_, i) => i);

  test('gives a file its sizes, and leaves out half a sample', async () => {
    const bytes = encodeWav(samples, 8000);
    bytes.set(wavHeader(8000, 0), 0);
    writeFileSync(path('died.wav'), bytes);
    truncateSync(path('died.wav'), 44 + 1501);
    expect(await repairWav(path('died.wav'))).toEqual({ repaired: true, dataBytes: 1500, durationMs: 93.75 });
    const mended = readFileSync(path('died.wav'));
    expect(mended.length).toBe(1544);
    expect(mended.readUInt32LE(4)).toBe(1536);
    expect(readWav(mended).samples).toEqual(samples.subarray(0, 750));
    expect((await repairWav(path('died.wav'))).repaired).toBe(false);
  });

  test.each([0xffff_ffff, 5000, 100])('of a header that says %i bytes', async (said) => {
    const bytes = encodeWav(samples, 8000);
    bytes.set(wavHeader(8000, said), 0);
    writeFileSync(path('said.wav'), bytes);
    expect(await repairWav(path('said.wav'))).toEqual({ repaired: true, dataBytes: 2000, durationMs: 125 });
  });

  test('leaves alone what is right, chunks after the audio too', async () => {
    const right = encodeWav(samples, 8000);
    const more = new Uint8Array(right.length + 12);
    more.set(right);
    more.set([0x4c, 0x49, 0x53, 0x54, 4, 0, 0, 0, 1, 2, 3, 4], right.length);
    new DataView(more.buffer).setUint32(4, more.length - 8, true);
    for (const bytes of [right, more]) {
      writeFileSync(path('right.wav'), bytes);
      expect((await repairWav(path('right.wav'))).repaired).toBe(false);
      expect(new Uint8Array(readFileSync(path('right.wav')))).toEqual(bytes);
    }
  });

  test('is refused where there is no WAV', async () => {
    writeFileSync(path('text.wav'), 'hello');
    await expect(repairWav(path('text.wav'))).rejects.toMatchObject({ code: 'ERR_WAV_FORMAT' });
    writeFileSync(path('head.wav'), wavHeader(8000, 0).subarray(0, 36));
    await expect(repairWav(path('head.wav'))).rejects.toMatchObject({ code: 'ERR_WAV_FORMAT' });
    await expect(repairWav(path('none.wav'))).rejects.toMatchObject({ code: 'ERR_WAV_FILE' });
  });
});
