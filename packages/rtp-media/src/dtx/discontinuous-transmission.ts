import { MediaError } from '../platform/errors';
import { VoiceDetector, type VoiceDetectorOptions } from '../voice/voice-detector';
import { ComfortNoiseEncoder } from './comfort-noise-encoder';

/** Settings of discontinuous transmission. */
export interface DtxOptions {
  /** ms that audio goes on after the last voice, so that no end of a word is lost; 240 when absent. */
  hangoverMs?: number;
  /**
   * ms after which comfort noise is described again although it is the same, 100 to 15000; 1000 when absent. These packets
   * also keep address translators and the peer's supervision of the stream content.
   */
  refreshMs?: number;
  /** What is a voice. */
  voice?: Omit<VoiceDetectorOptions, 'sampleRate' | 'hangoverMs'>;
}

/** What to send for a frame. */
export type DtxDecision = 'audio' | 'noise' | 'nothing';

const HANGOVER_MS = 240;
const REFRESH_MS = 1000;
/** ms between two descriptions of the noise, however fast it changes. */
const SHORTEST_UPDATE_MS = 100;

/**
 * Decides for each frame of a stream whether audio, a comfort noise packet (RFC 3389) or nothing is sent (RFC 3551 §4.1):
 * noise is described when a pause begins, when it has changed, and now and then.
 */
export class DiscontinuousTransmission {
  readonly #hangoverMs: number;
  readonly #refreshMs: number;
  readonly #voice: VoiceDetectorOptions;
  #detector = new VoiceDetector();
  #noise = new ComfortNoiseEncoder(160, 20, true);
  #frameMs = 20;
  /** Media time since the stream began, or went on after a hold. */
  #sinceStart = 0;
  #pausing = false;
  #present = true;
  #sinceNoise = 0;

  /** @throws MediaError `ERR_MEDIA_ARGUMENT` for values out of range */
  constructor(options: DtxOptions = {}) {
    const { hangoverMs = HANGOVER_MS, refreshMs = REFRESH_MS, voice = {} } = options;
    if (!(hangoverMs >= 0 && hangoverMs <= 10_000)) {
      throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give DTX a hangover of 0 to 10000 ms.');
    }
    if (!(refreshMs >= 100 && refreshMs <= 15_000)) {
      throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give DTX a refresh interval of 100 to 15000 ms.');
    }
    this.#hangoverMs = hangoverMs;
    this.#refreshMs = refreshMs;
    this.#voice = { ...voice, hangoverMs };
  }

  /**
   * Sets what the frames are.
   *
   * @param sampleRate Hz
   * @param frameMs their duration
   * @param spectral whether the peer can make use of the spectrum of the noise, and not only its level
   */
  configure(sampleRate: number, frameMs: number, spectral: boolean): void {
    this.#frameMs = frameMs;
    this.#detector = new VoiceDetector({ ...this.#voice, sampleRate });
    this.#noise = new ComfortNoiseEncoder(Math.round((sampleRate * frameMs) / 1000), frameMs, spectral);
    this.begin();
  }

  /** A stream begins, or goes on after a hold: it does so with audio, so that the peer and what lies between see it. */
  begin(): void {
    this.#sinceStart = 0;
    this.#pausing = false;
  }

  /** Something else than audio of the source was sent: noise has to be described again after it. */
  interrupt(): void {
    this.#pausing = false;
  }

  /**
   * Decides about the next frame.
   *
   * @param present whether it is audio of a source; digital silence otherwise
   */
  decide(frame: Int16Array, present: boolean): DtxDecision {
    if (present !== this.#present) {
      this.#present = present;
      this.#noise.clear();
    }
    this.#noise.hear(frame);
    const voice = this.#detector.process(frame) && present;
    this.#sinceStart += this.#frameMs;
    if (voice || this.#sinceStart <= this.#hangoverMs) {
      this.#pausing = false;
      return 'audio';
    }
    this.#sinceNoise += this.#frameMs;
    if (this.#pausing) {
      const due = this.#sinceNoise >= this.#refreshMs;
      if (!due && (this.#sinceNoise < SHORTEST_UPDATE_MS || !this.#noise.differs())) return 'nothing';
    }
    this.#pausing = true;
    this.#sinceNoise = 0;
    return 'noise';
  }

  /** Writes the payload of a comfort noise packet. @returns its bytes */
  write(out: Uint8Array): number {
    return this.#noise.write(out);
  }
}
