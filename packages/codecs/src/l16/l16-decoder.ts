import { PitchConcealment } from '../concealment/pitch-concealment';
import type { Decoder } from '../contract/codec';

/** Most samples per channel a payload may hold, in ms. */
const ROOM_MS = 120;

/** L16 decoder: samples as they are; repeats the last pitch period of each channel when packets are missing. */
export class L16Decoder implements Decoder {
  readonly #concealment: readonly PitchConcealment[];
  /** One channel of a frame, where there are more than one. */
  readonly #channel: Int16Array;

  constructor(
    sampleRate: number,
    private readonly channels: number,
  ) {
    this.#concealment = Array.from({ length: channels }, () => new PitchConcealment(sampleRate));
    this.#channel = new Int16Array(channels > 1 ? Math.ceil((sampleRate * ROOM_MS) / 1000) : 0);
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    const { channels } = this;
    const samples = Math.floor((payload.length >> 1) / channels);
    const total = samples * channels;
    if (samples === 0 || total > out.length || (channels > 1 && samples > this.#channel.length)) return -1;
    for (let i = 0, at = 0; i < total; i++, at += 2) out[i] = (payload[at]! << 8) | payload[at + 1]!;
    if (channels === 1) {
      this.#concealment[0]!.received(out, samples);
      return samples;
    }
    const one = this.#channel;
    for (let channel = 0; channel < channels; channel++) {
      for (let i = 0; i < samples; i++) one[i] = out[i * channels + channel]!;
      this.#concealment[channel]!.received(one, samples);
      for (let i = 0; i < samples; i++) out[i * channels + channel] = one[i]!;
    }
    return samples;
  }

  conceal(out: Int16Array, samples: number): number {
    const { channels } = this;
    if (channels === 1) return this.#concealment[0]!.conceal(out, samples);
    const one = this.#channel;
    const made = Math.min(samples, one.length);
    for (let channel = 0; channel < channels; channel++) {
      this.#concealment[channel]!.conceal(one, made);
      for (let i = 0; i < made; i++) out[i * channels + channel] = one[i]!;
    }
    return made;
  }

  reset(): void {
    for (const each of this.#concealment) each.reset();
  }
}
