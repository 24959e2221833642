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
    const input = await this.#library.Microphone.open({
      ...format(id, sampleRate),
      framesPerBuffer: (sampleRate * PIECE_MS) / 1000,
    });
    let lost: (error: Error) => void = () => {};
    let isOpen = true;
    const lose = (error: Error) => {
      if (isOpen) lost(error);
    };
    input.on('error', lose);
    input.on('close', () => lose(new Error('the device was closed')));
    return {
      sampleRate,
      onAudio: (handler) => void input.on('data', (bytes) => handler(samplesOf(bytes))),
      onLost: (handler) => {
        lost = handler;
      },
      close: () => {
        isOpen = false;
        input.stop();
      },
    };
  }

  async openOutput({ id }: AudioDeviceInfo, sampleRate: number): Promise<OpenOutput> {
    const output = await this.#library.Speaker.open(format(id, sampleRate));
    return new CardOutput(output, sampleRate);
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

/** Plays piece by piece: the card takes the next when it has room, so that its crystal is the pace. */
class CardOutput implements OpenOutput {
  readonly sampleRate: number;
  readonly #output: SoundOutput;
  #lost: (error: Error) => void = () => {};
  #isOpen = true;

  constructor(output: SoundOutput, sampleRate: number) {
    this.#output = output;
    this.sampleRate = sampleRate;
    output.on('error', (error) => this.#lose(error));
  }

  onNeeded(handler: (pcm: Int16Array) => void): void {
    void this.#play(handler);
  }

  async #play(handler: (pcm: Int16Array) => void): Promise<void> {
    const pcm = new Int16Array((this.sampleRate * PIECE_MS) / 1000);
    try {
      while (this.#isOpen) {
        handler(pcm);
        await this.#output.writeAsync(Buffer.from(pcm.buffer.slice(0)));
      }
    } catch (error) {
      this.#lose(error as Error);
    }
  }

  #lose(error: Error): void {
    if (this.#isOpen) this.#lost(error);
  }

  onLost(handler: (error: Error) => void): void {
    this.#lost = handler;
  }

  close(): void {
    this.#isOpen = false;
    this.#output.stop();
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
