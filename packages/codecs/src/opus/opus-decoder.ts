import type { Decoder } from '../contract/codec';
import { CodecError } from '../contract/errors';
import { type Libopus, libopus, request } from './libopus';
import { doesCorrect, frameUnits, mayCorrect } from './opus-packet';

/** Longest audio there may be in a packet, in units of 2.5 ms. */
const MOST_UNITS = 48;
/** Concealment is made in steps of at least this many units: SILK has no shorter ones, and would fade too soon. */
const STEP_UNITS = 4;

/** Opus decoder: takes any frame duration, bandwidth and number of channels, and changes of them in mid-stream. */
export class OpusDecoder implements Decoder {
  readonly #library: Libopus;
  #state: number;
  readonly #channels: number;
  /** Samples per channel in 2.5 ms. */
  readonly #unit: number;
  /** Concealment made but not yet asked for, at the end of its buffer. */
  readonly #surplus: Int16Array;
  #surplusLength = 0;
  #view: Int16Array;
  #viewed: Int16Array;

  /** @throws CodecError `ERR_CODEC_UNAVAILABLE` */
  constructor(sampleRate: number, channels: number) {
    this.#library = libopus();
    this.#viewed = this.#library.samples;
    this.#view = this.#viewed.subarray(0, 0);
    this.#channels = channels;
    this.#unit = sampleRate / 400;
    this.#surplus = new Int16Array(this.#unit * STEP_UNITS * channels);
    const { functions } = this.#library;
    this.#state = this.#library.allocate(functions.opus_decoder_get_size(channels));
    this.#library.own(this, this.#state);
    const failure = functions.opus_decoder_init(this.#state, sampleRate, channels);
    if (failure < 0) throw new CodecError('ERR_CODEC_UNAVAILABLE', `Opus made no decoder (libopus error ${failure}).`);
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    if (payload.length === 0) return -1;
    const room = Math.min(Math.floor(out.length / this.#channels), this.#unit * MOST_UNITS);
    const samples = this.#run(payload, room, false);
    if (samples <= 0) return -1;
    this.#surplusLength = 0;
    out.set(this.#decoded(samples * this.#channels));
    return samples;
  }

  conceal(out: Int16Array, samples: number, next?: Uint8Array): number {
    if (next !== undefined && this.#correct(out, samples, next)) return samples;
    const wanted = samples * this.#channels;
    let done = Math.min(wanted, this.#surplusLength);
    const from = this.#surplus.length - this.#surplusLength;
    for (let i = 0; i < done; i++) out[i] = this.#surplus[from + i]!;
    this.#surplusLength -= done;
    while (done < wanted) {
      const missing = (wanted - done) / this.#channels;
      const units = Math.min(MOST_UNITS, Math.max(STEP_UNITS, Math.floor(missing / this.#unit)));
      const made = this.#run(undefined, units * this.#unit, false) * this.#channels;
      if (made <= 0) {
        out.fill(0, done, wanted);
        break;
      }
      const taken = Math.min(made, wanted - done);
      this.#take(0, taken, out, done);
      this.#keep(taken, made - taken);
      done += taken;
    }
    return samples;
  }

  corrects(payload: Uint8Array): number {
    return doesCorrect(payload) ? frameUnits(payload[0]!) * this.#unit : 0;
  }

  reset(): void {
    this.#surplusLength = 0;
    if (this.#state !== 0) this.#library.functions.opus_decoder_ctl_set(this.#state, request.resetState, 0);
  }

  close(): void {
    if (this.#state !== 0) this.#library.release(this, this.#state);
    this.#state = 0;
  }

  /**
   * Takes the end of a gap from the error correction in the packet after it (RFC 6716 §2.1.7), what is before it from
   * concealment. Where the packet has none, libopus conceals all of it.
   */
  #correct(out: Int16Array, samples: number, next: Uint8Array): boolean {
    if (next.length === 0 || !mayCorrect(next[0]!) || samples > this.#unit * MOST_UNITS) return false;
    // What is short of a frame is the end of one: its beginning was concealed before this packet came.
    const units = Math.max(frameUnits(next[0]!), Math.ceil(samples / this.#unit));
    const made = this.#run(next, units * this.#unit, true);
    if (made < samples) return false;
    this.#surplusLength = 0;
    this.#take((made - samples) * this.#channels, samples * this.#channels, out, 0);
    return true;
  }

  /** Samples per channel that are then in the library's memory; negative when it failed. */
  #run(payload: Uint8Array | undefined, samples: number, correct: boolean): number {
    const library = this.#library;
    if (this.#state === 0) return -1;
    if (payload === undefined) {
      return library.functions.opus_decode(this.#state, 0, 0, library.pcm, samples, 0);
    }
    if (payload.length > library.payloadRoom) return -1;
    library.bytes.set(payload, library.payload);
    const fec = correct ? 1 : 0;
    return library.functions.opus_decode(this.#state, library.payload, payload.length, library.pcm, samples, fec);
  }

  /** The beginning of the library's PCM; the same view again while packets are as long as the last. */
  #decoded(length: number): Int16Array {
    const { samples, pcmIndex } = this.#library;
    if (this.#view.length !== length || this.#viewed !== samples) {
      this.#viewed = samples;
      this.#view = samples.subarray(pcmIndex, pcmIndex + length);
    }
    return this.#view;
  }

  #take(from: number, length: number, out: Int16Array, at: number): void {
    const memory = this.#library.samples;
    const start = this.#library.pcmIndex + from;
    for (let i = 0; i < length; i++) out[at + i] = memory[start + i]!;
  }

  #keep(from: number, length: number): void {
    this.#take(from, length, this.#surplus, this.#surplus.length - length);
    this.#surplusLength = length;
  }
}
