import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { MediaError } from '../platform/errors';
import { encodeWav, readWav } from '../wav/wav-format';
import { wavFileSource } from './wav-file-source';
import { type RecordingFile, WavRecorder, wavRecorder } from './wav-recorder';

const folder = mkdtempSync(join(tmpdir(), 'offhook-wav-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const frame = (value: number) => new Int16Array(160).fill(value);

/** A file in memory that fails once it is full, and whose writes end when told. */
class FakeFile implements RecordingFile {
  bytes = new Uint8Array(0);
  capacity = Number.POSITIVE_INFINITY;
  /** Bytes written at a time. */
  chunk = Number.POSITIVE_INFINITY;
  gate: Promise<void> = Promise.resolve();
  closed = false;

  async write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }> {
    await this.gate;
    const count = Math.min(length, this.chunk);
    if (position + count > this.capacity) throw new Error('ENOSPC: no space left on device');
    if (position + count > this.bytes.length) {
      const larger = new Uint8Array(position + count);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(bytes.subarray(offset, offset + count), position);
    return { bytesWritten: count };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

const settle = async () => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

describe('WAV files as sources', () => {
  test('from a path, a URL and bytes', async () => {
    const samples = Int16Array.from({ length: 500 }, (_, i) => i * 3);
    writeFileSync(path('in.wav'), encodeWav(samples, 16_000));
    for (const file of [path('in.wav'), new URL(`file://${path('in.wav')}`), encodeWav(samples, 16_000)]) {
      const source = await wavFileSource(file);
      expect(source.sampleRate).toBe(16_000);
      expect(source.samples).toEqual(samples);
    }
  });

  test('a file that is not there, or is no WAV, is one clear error', async () => {
    await expect(wavFileSource(path('none.wav'))).rejects.toMatchObject({ code: 'ERR_WAV_FILE' });
    writeFileSync(path('bad.wav'), 'hello');
    await expect(wavFileSource(path('bad.wav'))).rejects.toMatchObject({ code: 'ERR_WAV_FORMAT' });
  });
});

describe('recording', () => {
  test('writes what was heard', async () => {
    const recorder = await wavRecorder(path('out.wav'), { flushMs: 100 });
    for (let i = 0; i < 60; i++) recorder.write(frame(i));
    await recorder.close();
    const { samples, sampleRate } = readWav(readFileSync(path('out.wav')));
    expect(sampleRate).toBe(8000);
    expect(samples.length).toBe(9600);
    for (let i = 0; i < 60; i++) expect(samples[i * 160 + 80]).toBe(i);
    expect(recorder.recordedMs).toBe(1200);
  });

  test('a process that dies leaves a file that plays: the header is right after every piece', async () => {
    const file = new FakeFile();
    const recorder = new WavRecorder(file, { flushMs: 100 });
    for (let i = 0; i < 12; i++) {
      recorder.write(frame(9));
      await settle();
    }
    // Nobody closes it.
    const { samples } = readWav(file.bytes);
    expect(samples.length).toBe(1600);
    expect(new DataView(file.bytes.buffer).getUint32(40, true)).toBe(3200);
    expect(new DataView(file.bytes.buffer).getUint32(4, true)).toBe(3236);
  });

  test('a disk that takes little at a time gets it all', async () => {
    const file = new FakeFile();
    file.chunk = 37;
    const recorder = new WavRecorder(file);
    for (let i = 0; i < 10; i++) recorder.write(frame(i));
    await recorder.close();
    expect(readWav(file.bytes).samples.length).toBe(1600);
    expect(file.closed).toBe(true);
  });

  test('a full disk is one error event; writing goes on without effect, and what was written plays', async () => {
    const file = new FakeFile();
    file.capacity = 44 + 4000;
    const recorder = new WavRecorder(file, { flushMs: 100 });
    const errors: MediaError[] = [];
    recorder.on('error', (error) => errors.push(error));
    for (let i = 0; i < 100; i++) {
      recorder.write(frame(1));
      await settle();
    }
    await recorder.close();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 'ERR_RECORDING' });
    expect(errors[0]!.message).toContain('no space left');
    expect(readWav(file.bytes).samples.length).toBe(1600);
    expect(file.closed).toBe(true);
  });

  test('a disk that hangs neither holds up the call nor fills the memory', async () => {
    const file = new FakeFile();
    let open = (): void => {};
    file.gate = new Promise((resolve) => {
      open = resolve;
    });
    const recorder = new WavRecorder(file);
    const errors: MediaError[] = [];
    recorder.on('error', (error) => errors.push(error));
    for (let i = 0; i < 1000; i++) recorder.write(frame(1));
    expect(errors.map(({ code }) => code)).toEqual(['ERR_RECORDING']);
    open();
    await recorder.close();
  });

  test('a file that cannot be created is refused at once', async () => {
    await expect(wavRecorder(path('no/such/folder.wav'))).rejects.toMatchObject({ code: 'ERR_RECORDING' });
  });
});
