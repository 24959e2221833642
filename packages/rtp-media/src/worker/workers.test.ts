import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import type { AudioSource } from '../audio/audio-source';
import { echo } from '../audio/echo';
import { toneSource } from '../sources/tone-source';
import { EVENTS, PCMU, Recording } from '../testing/session-pair';
import { encodeWav, readWav } from '../wav/wav-format';
import { type MediaThread, MediaWorkers, type MediaWorkersOptions } from './media-workers';
import { PcmRing } from './pcm-ring';
import { PlacedSource } from './placed-source';
import { WorkerHost } from './worker-host';
import type { WorkerAudioSession } from './worker-session';

/** A worker of this thread, with the messages of a real one. */
class LocalThread implements MediaThread {
  readonly #channel = new MessageChannel();
  readonly #lost: { error: ((error: Error) => void)[]; exit: ((code: number) => void)[] } = { error: [], exit: [] };
  referenced = true;

  constructor() {
    new WorkerHost(this.#channel.port2);
  }

  on(event: string, listener: (argument: never) => void): void {
    if (event === 'message') this.#channel.port1.on('message', listener as (message: unknown) => void);
    else this.#lost[event as 'error' | 'exit'].push(listener as never);
  }

  postMessage(message: unknown): void {
    this.#channel.port1.postMessage(message);
  }

  ref(): void {
    this.referenced = true;
  }

  unref(): void {
    this.referenced = false;
  }

  async terminate(): Promise<void> {
    this.#channel.port1.close();
    for (const listener of this.#lost.exit) listener(1);
  }

  crash(): void {
    for (const listener of this.#lost.error) listener(new Error('out of memory'));
    void this.terminate();
  }
}

let workers: MediaWorkers | undefined;
const threads: LocalThread[] = [];

function open(options: MediaWorkersOptions = {}): MediaWorkers {
  workers = new MediaWorkers({
    size: 1,
    startThread: () => {
      threads.push(new LocalThread());
      return threads.at(-1)!;
    },
    ...options,
  });
  return workers;
}

afterEach(async () => {
  await workers?.close();
  threads.length = 0;
});

function connect(a: WorkerAudioSession, b: WorkerAudioSession): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.configure({
      remoteRtp: { host: other.transport.localAddress, port: other.transport.localPort },
      sendCodec: PCMU,
      receiveCodecs: [PCMU],
      telephoneEvent: EVENTS,
      direction: 'sendrecv',
    });
  }
}

async function pair(options?: MediaWorkersOptions): Promise<[WorkerAudioSession, WorkerAudioSession]> {
  const pool = open(options);
  const both = [await pool.open(), await pool.open()] as [WorkerAudioSession, WorkerAudioSession];
  connect(...both);
  return both;
}

const loudest = (samples: Int16Array): number => samples.reduce((most, each) => Math.max(most, Math.abs(each)), 0);

test('a ring passes audio on in order, across its end, and counts what is late on either side', () => {
  const ring = PcmRing.create(8000, 1);
  const other = new PcmRing(ring.memory);
  const frame = new Int16Array(5);
  for (let round = 0; round < 10; round++) {
    ring.write(Int16Array.from([1, 2, 3, 4, 5].map((each) => each + round)));
    expect(other.read(frame)).toBe(5);
    expect(frame[4]).toBe(5 + round);
  }
  expect(other.read(frame)).toBe(0);
  expect(ring.underrun).toBe(5);
  ring.write(new Int16Array(5));
  ring.write(new Int16Array(5));
  expect(other.overrun).toBe(5);
  ring.end();
  expect(other.read(frame)).toBe(5);
  expect(other.read(frame)).toBe(-1);
});

test('the audio of a source of this thread is heard by a sink of this thread', async () => {
  const [a, b] = await pair();
  const heard = new Recording();
  b.addSink(heard);
  a.source = toneSource({ levelDb: -6 });
  await vi.waitFor(() => expect(loudest(heard.samples)).toBeGreaterThan(14_000), { timeout: 3000 });
  a.muted = true;
  const statistics = await b.refresh();
  expect(statistics.packetsReceived).toBeGreaterThan(0);
  expect(b.statistics()).toBe(statistics);
});

test('digits arrive, and what cannot be sent is refused with the code of a session of this thread', async () => {
  const [a, b] = await pair();
  const digits: string[] = [];
  b.on('dtmf', ({ digit }) => digits.push(digit));
  await a.sendDtmf('1#');
  await vi.waitFor(() => expect(digits).toEqual(['1', '#']), { timeout: 3000 });
  await expect(a.sendDtmf('x')).rejects.toMatchObject({ code: 'ERR_DTMF_DIGIT' });
});

test('what an agreement has wrong is thrown at once', async () => {
  const [a] = await pair();
  const parameters = {
    remoteRtp: { host: '127.0.0.1', port: 9 },
    receiveCodecs: [PCMU],
    direction: 'sendrecv' as const,
  };
  const unknown = { name: 'EVRC', clockRate: 8000, payloadType: 100 };
  expect(() => a.configure({ ...parameters, sendCodec: unknown })).toThrow(
    expect.objectContaining({ code: 'ERR_CODEC_UNKNOWN' }),
  );
  expect(() => a.configure({ ...parameters, sendCodec: { ...PCMU, payloadType: 128 } })).toThrow(
    expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }),
  );
});

test('a source that ends says so, one that throws is removed, and a sink too', async () => {
  const [a, b] = await pair();
  const ended: AudioSource[] = [];
  const errors: string[] = [];
  a.on('sourceEnded', (source) => ended.push(source));
  a.on('error', ({ code }) => errors.push(code));
  b.on('error', ({ code }) => errors.push(code));
  const short = toneSource({ durationMs: 50 });
  a.source = short;
  await vi.waitFor(() => expect(ended).toEqual([short]), { timeout: 3000 });
  expect(a.source).toBeUndefined();
  const fails = () => {
    throw new Error('unplugged');
  };
  a.source = { sampleRate: 8000, read: fails };
  expect(errors).toEqual(['ERR_MEDIA_SOURCE']);
  expect(a.source).toBeUndefined();
  b.addSink({ sampleRate: 8000, write: fails });
  await vi.waitFor(() => expect(errors).toEqual(['ERR_MEDIA_SOURCE', 'ERR_MEDIA_SINK']), { timeout: 3000 });
});

test('a file is played, echoed and recorded in the worker', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-'));
  try {
    const tone = new Int16Array(4000);
    toneSource({ levelDb: -6 }).read(tone);
    await writeFile(join(folder, 'tone.wav'), encodeWav(tone, 8000));
    const [a, b] = await pair();
    echo(b);
    const recording = await a.record({ path: join(folder, 'heard.wav') });
    const ended = new Promise((resolve) => a.on('sourceEnded', resolve));
    const source = new PlacedSource({ kind: 'wav', path: join(folder, 'tone.wav') });
    a.source = source;
    expect(await ended).toBe(source);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await recording.close();
    const { samples } = readWav(await readFile(join(folder, 'heard.wav')));
    expect(samples.filter((each) => Math.abs(each) > 5000).length).toBeGreaterThan(1500);
    const errors: string[] = [];
    a.on('error', ({ code }) => errors.push(code));
    a.source = new PlacedSource({ kind: 'wav', path: join(folder, 'missing.wav') });
    await vi.waitFor(() => expect(errors).toEqual(['ERR_WAV_FILE']), { timeout: 3000 });
    expect(a.source).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('sessions go where the fewest are; a worker that crashes ends its own and is replaced', async () => {
  const pool = open({ size: 2 });
  const [a, b, c] = [await pool.open(), await pool.open(), await pool.open()];
  expect([pool.threads, pool.sessions]).toEqual([2, 3]);
  const errors: string[] = [];
  for (const [name, session] of Object.entries({ a, b, c })) {
    session.on('error', ({ code, message }) => errors.push(`${name} ${code} ${message.includes('out of memory')}`));
  }
  threads[0]!.crash();
  expect(errors).toEqual(['a ERR_MEDIA_WORKER true', 'c ERR_MEDIA_WORKER true']);
  await expect(a.sendDtmf('1')).rejects.toMatchObject({ code: 'ERR_MEDIA_CLOSED' });
  await a.close();
  expect([pool.threads, pool.sessions]).toEqual([1, 1]);
  await pool.open();
  expect([pool.threads, pool.sessions]).toEqual([2, 2]);
});

test('a pool without sessions lets the process end, and a closed one takes none', async () => {
  const pool = open();
  const session = await pool.open();
  expect(threads[0]!.referenced).toBe(true);
  await session.close();
  expect(threads[0]!.referenced).toBe(false);
  expect(() => session.configure({} as never)).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_CLOSED' }));
  await pool.close();
  await expect(pool.open()).rejects.toMatchObject({ code: 'ERR_MEDIA_CLOSED' });
});

test('modules bring codecs, and one that cannot be loaded says which', async () => {
  const pool = open({ codecModules: ['/nowhere/codec.mjs'] });
  await expect(pool.open()).rejects.toMatchObject({
    code: 'ERR_CODEC_MODULE',
    message: expect.stringContaining('/nowhere/codec.mjs'),
  });
  const folder = await mkdtemp(join(tmpdir(), 'offhook-'));
  const path = join(folder, 'codec.mjs');
  await writeFile(
    path,
    `export const codec = { name: 'PLAIN', sampleRate: 8000, clockRate: 8000, channels: 1, frameDurations: [20],
      defaultFrameDuration: 20, maxPayloadBytes: () => 320,
      createEncoder: () => ({ frameSamples: 160, encode: () => 0, reset() {} }),
      createDecoder: () => ({ decode: () => -1, conceal: (out, samples) => samples, reset() {} }) };`,
  );
  const second = new MediaWorkers({ size: 1, codecModules: [path], startThread: () => new LocalThread() });
  const session = await second.open();
  const plain = { name: 'PLAIN', clockRate: 8000, payloadType: 99 };
  expect(() =>
    session.configure({
      remoteRtp: { host: '127.0.0.1', port: 9 },
      sendCodec: PCMU,
      receiveCodecs: [plain],
      direction: 'inactive',
    }),
  ).not.toThrow();
  await second.close();
  await rm(folder, { recursive: true });
});

test('keys for SRTP cross to the worker, from whatever object they come', async () => {
  const pool = open();
  const [a, b] = [await pool.open({ security: 'sdes' }), await pool.open({ security: 'sdes' })];
  class Key {
    readonly #byte: number;
    constructor(byte: number) {
      this.#byte = byte;
    }
    get suite() {
      return 'AES_CM_128_HMAC_SHA1_80' as const;
    }
    get masterKey() {
      return new Uint8Array(16).fill(this.#byte);
    }
    get masterSalt() {
      return new Uint8Array(14).fill(this.#byte);
    }
  }
  const keys = [new Key(1), new Key(2)] as const;
  for (const [one, other, local, remote] of [
    [a, b, keys[0], keys[1]],
    [b, a, keys[1], keys[0]],
  ] as const) {
    const { localAddress: host, localPort: port } = other.transport;
    const transport = { srtp: { local, remote } };
    const codecs = { sendCodec: PCMU, receiveCodecs: [PCMU] };
    one.configure({ ...codecs, remoteRtp: { host, port }, direction: 'sendrecv', transport });
  }
  await new Promise<void>((resolve) => b.on('firstPacket', () => resolve()));
  expect((await b.refresh()).transport).toMatchObject({ protection: 'sdes', suite: 'AES_CM_128_HMAC_SHA1_80' });
});
