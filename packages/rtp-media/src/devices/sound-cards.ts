import { MediaError } from '../platform/errors';
import type { AudioDeviceInfo, AudioDevices, OpenInput, OpenOutput } from './audio-devices';

// Node.js file: sound cards by way of `decibri`, an optional peer dependency.

/** What is used of `decibri`. */
export interface SoundLibrary {
  /** The microphones there are now. */
  inputDevices(): readonly SoundDevice[];
  /** The loudspeakers there are now. */
  outputDevices(): readonly SoundDevice[];
  /** Microphones. */
  readonly Microphone: {
    /** Opens one, for pieces of `framesPerBuffer` samples. */
    open(options: SoundOptions & { framesPerBuffer: number }): Promise<SoundInput>;
  };
  /** Loudspeakers. */
  readonly Speaker: {
    /** Opens one. */
    open(options: SoundOptions): Promise<SoundOutput>;
  };
}

/** A device, as `decibri` lists it. */
export interface SoundDevice {
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly maxInputChannels?: number;
  readonly maxOutputChannels?: number;
}

/** How `decibri` is to open a device. */
export interface SoundOptions {
  /** Hz. */
  sampleRate: number;
  /** Mono. */
  channels: 1;
  /** 16-bit samples. */
  dtype: 'int16';
  /** The device, by the identifier the list has. */
  device: { id: string };
}

/** A microphone that `decibri` has opened. */
export interface SoundInput {
  /** Listens to its audio: 16-bit samples of this machine's byte order. */
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  /** Listens to its errors. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Listens to its end. */
  on(event: 'close', listener: () => void): unknown;
  /** Closes it. */
  stop(): void;
}

/** A loudspeaker that `decibri` has opened. */
export interface SoundOutput {
  /** Plays bytes after those before; resolves when there is room for more. */
  writeAsync(bytes: Uint8Array): Promise<void>;
  /** Listens to its errors. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Closes it. */
  stop(): void;
}

/** Settings of {@link soundCards}. */
export interface SoundCardsOptions {
  /** ms between looks at which devices there are, as no system tells by itself; 2000 when absent. */
  pollMs?: number;
  /** The library; `decibri` when absent. */
  library?: SoundLibrary;
}

/** A piece of audio for a card. */
const PIECE_MS = 10;
/** A card may stumble so often, each time within so many ms of the time before. */
const STUMBLES = 5;
const STUMBLE_MS = 2000;

/**
 * The sound cards of this computer, by the package `decibri`, which the application installs itself.
 *
 * @throws MediaError `ERR_AUDIO_DEVICE` when it is not installed, or has no build for this system
 */
export async function soundCards(options: SoundCardsOptions = {}): Promise<AudioDevices> {
  const { pollMs = 2000, library = await loadLibrary() } = options;
  return new SoundCards(library, pollMs);
}

async function loadLibrary(): Promise<SoundLibrary> {
  try {
    // Not written as a literal: bundlers and the compiler are not to look for what need not be there.
    const name = 'decibri';
    return (await import(name)) as SoundLibrary;
  } catch (cause) {
    const message = 'Sound cards need the package decibri: `npm install decibri`.';
    throw new MediaError('ERR_AUDIO_DEVICE', message, { cause });
  }
}

class SoundCards implements AudioDevices {
  readonly #library: SoundLibrary;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #listeners = new Set<() => void>();
  #known: string;

  constructor(library: SoundLibrary, pollMs: number) {
    this.#library = library;
    this.#known = JSON.stringify(this.list());
    this.#timer = setInterval(() => this.#look(), pollMs);
    this.#timer.unref();
  }

  #look(): void {
    if (this.#listeners.size === 0) return;
    let now: string;
    try {
      now = JSON.stringify(this.list());
    } catch {
      // A system that is changing its devices may not know them for a moment.
      return;
    }
    if (now === this.#known) return;
    this.#known = now;
    for (const listener of this.#listeners) listener();
  }

  list(): AudioDeviceInfo[] {
    const info = (direction: 'input' | 'output', channels: keyof SoundDevice) => (device: SoundDevice) =>
      device[channels] === 0 ? [] : [{ id: device.id, name: device.name, direction, isDefault: device.isDefault }];
    return [
      ...this.#library.inputDevices().flatMap(info('input', 'maxInputChannels')),
      ...this.#library.outputDevices().flatMap(info('output', 'maxOutputChannels')),
    ];
  }

  async openInput({ id }: AudioDeviceInfo, sampleRate: number): Promise<OpenInput> {
    const options = { ...format(id, sampleRate), framesPerBuffer: (sampleRate * PIECE_MS) / 1000 };
    const input = new CardInput(sampleRate, () => this.#library.Microphone.open(options));
    await input.open();
    return input;
  }

  async openOutput({ id }: AudioDeviceInfo, sampleRate: number): Promise<OpenOutput> {
    const output = new CardOutput(sampleRate, () => this.#library.Speaker.open(format(id, sampleRate)));
    await output.open();
    return output;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }
}

/**
 * A card that is open. One that stumbles, as ALSA's do when this process was kept waiting (an underrun or overrun), is opened again at once: it
 * is lost only when that fails, or happens over and over.
 */
abstract class OpenCard<Stream extends { stop(): void }> {
  readonly sampleRate: number;
  readonly #begin: () => Promise<Stream>;
  #lost: (error: Error) => void = () => {};
  #isOpen = true;
  protected stream: Stream | undefined;
  #stumbles = 0;
  #stumbled = Number.NEGATIVE_INFINITY;

  constructor(sampleRate: number, begin: () => Promise<Stream>) {
    this.sampleRate = sampleRate;
    this.#begin = begin;
  }

  async open(): Promise<void> {
    const stream = await this.#begin();
    if (!this.#isOpen) {
      stream.stop();
      return;
    }
    this.stream = stream;
    this.opened(stream);
  }

  /** Listens to it, or plays to it. */
  protected abstract opened(stream: Stream): void;

  protected failed(stream: Stream, error: Error): void {
    // What a stream says after another one has taken its place is no news.
    if (stream !== this.stream) return;
    this.stream = undefined;
    const now = performance.now();
    this.#stumbles = now - this.#stumbled < STUMBLE_MS ? this.#stumbles + 1 : 1;
    this.#stumbled = now;
    stream.stop();
    if (this.#stumbles > STUMBLES) this.#lost(error);
    else this.open().catch(() => this.#lost(error));
  }

  onLost(handler: (error: Error) => void): void {
    this.#lost = handler;
  }

  close(): void {
    this.#isOpen = false;
    const { stream } = this;
    this.stream = undefined;
    stream?.stop();
  }
}

class CardInput extends OpenCard<SoundInput> implements OpenInput {
  #handler: (pcm: Int16Array) => void = () => {};

  protected opened(stream: SoundInput): void {
    stream.on('data', (bytes) => {
      if (stream === this.stream) this.#handler(samplesOf(bytes));
    });
    stream.on('error', (error) => this.failed(stream, error));
    stream.on('close', () => this.failed(stream, new Error('the device was closed')));
  }

  onAudio(handler: (pcm: Int16Array) => void): void {
    this.#handler = handler;
  }
}

/** Plays piece by piece: the card takes the next when it has room, so that its crystal is the pace. */
class CardOutput extends OpenCard<SoundOutput> implements OpenOutput {
  #handler: ((pcm: Int16Array) => void) | undefined;

  protected opened(stream: SoundOutput): void {
    stream.on('error', (error) => this.failed(stream, error));
    void this.#play(stream);
  }

  onNeeded(handler: (pcm: Int16Array) => void): void {
    this.#handler = handler;
    if (this.stream) void this.#play(this.stream);
  }

  async #play(stream: SoundOutput): Promise<void> {
    const handler = this.#handler;
    if (!handler) return;
    const pcm = new Int16Array((this.sampleRate * PIECE_MS) / 1000);
    try {
      while (stream === this.stream) {
        handler(pcm);
        await stream.writeAsync(Buffer.from(pcm.buffer.slice(0)));
      }
    } catch (error) {
      this.failed(stream, error as Error);
    }
  }
}

const format = (id: string, sampleRate: number): SoundOptions => ({
  sampleRate,
  channels: 1,
  dtype: 'int16',
  device: { id },
});

/** A copy where the bytes do not lie on even places. */
function samplesOf(bytes: Uint8Array): Int16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  return new Int16Array(aligned.buffer, aligned.byteOffset, aligned.length >> 1);
}
