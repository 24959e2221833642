import { RecordingSource, wavFileSource } from '@offhook/rtp-media';
import type { SipUri } from '@offhook/sip-core';
import {
  MediaService,
  type MediaServiceEvents,
  type MediaServiceOptions,
  type Refusal,
  type ServedCall,
} from './media-service';
import { melody } from './melody';

/** How a {@link MusicService} is set up. */
export interface MusicServiceOptions extends MediaServiceOptions {
  /**
   * WAV files by the name they are asked for, one after the other and over again; `music` is what is played when nothing of the name asked for is there. A
   * tune of our own when absent.
   */
  readonly music?: Readonly<Record<string, string | readonly string[]>>;
}

interface Tune {
  readonly samples: Int16Array;
  readonly sampleRate: number;
}

const DEFAULT = 'music';

/**
 * Music for who is held: `sip:NAME@…` plays what NAME stands for, from its beginning, over and over. Files are read once, whoever hears them.
 *
 * @example
 * ```ts
 * const music = new MusicService({
 *   transports: [new UdpTransport({ host: '127.0.0.1', port: 5070 })],
 *   music: { music: 'waiting.wav', sales: ['offer.wav', 'jingle.wav'] },
 * });
 * await music.start();
 * ```
 */
export class MusicService extends MediaService<MediaServiceEvents> {
  readonly #files: Readonly<Record<string, string | readonly string[]>>;
  readonly #tunes = new Map<string, Tune>();

  constructor({ music = {}, ...options }: MusicServiceOptions) {
    super(options, 'Offhook music');
    this.#files = music;
  }

  /**
   * Reads the files, and listens.
   *
   * @throws MediaError when a file cannot be read; SipTransportError when a port is in use or an address is none of this machine
   */
  override async start(): Promise<void> {
    for (const [name, files] of Object.entries(this.#files)) {
      this.#tunes.set(name, await joined(typeof files === 'string' ? [files] : files));
    }
    if (!this.#tunes.has(DEFAULT)) this.#tunes.set(DEFAULT, melody());
    await super.start();
  }

  protected override refusal(name: string, _uri: SipUri): Refusal | undefined {
    return name === '' ? { status: 404 } : undefined;
  }

  protected serve({ audio, name }: ServedCall): undefined {
    const { samples, sampleRate } = this.#tunes.get(name) ?? this.#tunes.get(DEFAULT)!;
    audio.source = new RecordingSource(samples, sampleRate, { loop: true });
  }
}

/** Files one after the other, at the rate of the first. */
async function joined(files: readonly string[]): Promise<Tune> {
  const sources = await Promise.all(files.map((file) => wavFileSource(file)));
  const [first] = sources;
  if (!first) return melody();
  const { sampleRate } = first;
  const parts = sources.map(({ samples, sampleRate: rate }) =>
    rate === sampleRate ? samples : at(samples, rate, sampleRate),
  );
  const all = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return { samples: all, sampleRate };
}

/** At another rate, by straight lines: a playlist of mixed rates is no matter of fidelity. */
function at(samples: Int16Array, from: number, to: number): Int16Array {
  const result = new Int16Array(Math.floor((samples.length * to) / from));
  for (let i = 0; i < result.length; i++) {
    const position = (i * from) / to;
    const index = Math.floor(position);
    const next = samples[Math.min(index + 1, samples.length - 1)]!;
    result[i] = samples[index]! + (next - samples[index]!) * (position - index);
  }
  return result;
}
