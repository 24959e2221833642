import type { Codec, Decoder } from '@offhook/codecs';
import { PcmQueue } from '../audio/pcm-queue';
import { JitterBuffer, type JitterBufferOptions } from './jitter-buffer';
import { bestLag, lengthen, shorten } from './time-scale';

/** A codec to receive and how it was agreed. */
export interface PlayoutCodec {
  codec: Codec;
  localFmtp?: string;
  remoteFmtp?: string;
}

interface Receiver extends PlayoutCodec {
  decoder: Decoder | undefined;
}

/** Room for the longest packet decoded and for what may be put into it, in ms. */
const SCRATCH_MS = 300;
const FADE_MS = 5;
/** Delay too high by this much is brought down in silent audio, and by the second in any. Both exceed a frame. */
const SHORTEN_SILENCE_MS = 22;
const SHORTEN_ANY_MS = 30;
/** Delay too low by this much is brought up in silent audio, and by the second in any. */
const LENGTHEN_SILENCE_MS = 3;
const LENGTHEN_ANY_MS = 15;
/** Packets between two changes within audible audio. */
const CHANGE_SPACING = 5;
/** Mean square below which audio is taken for silence whatever surrounds it (-50 dBFS), and above which never (-35). */
const ALWAYS_SILENT = 1e4;
const NEVER_SILENT = 3.4e5;

/**
 * The receiving chain of one stream: jitter buffer, decoder with concealment, and small changes of length that bring the
 * delay to its target. Packets go in as they arrive; mono frames of any length come out at the caller's pace.
 */
export class Playout {
  readonly #options: Omit<JitterBufferOptions, 'clockRate'>;
  #buffer: JitterBuffer;
  #clockRate: number;
  #sampleRate: number;
  #receivers = new Map<number, Receiver>();
  #current: Receiver | undefined;
  #queue: PcmQueue;
  #scratch: Int16Array;
  #last = 0;
  #fadeIn = false;
  #noiseFloor = ALWAYS_SILENT;
  #sinceChange = 0;
  /** ms of delay too many (positive) or too few at the frame being filled. */
  #excess = 0;
  #delayMs = 0;
  #droppedMs = 0;
  #insertedMs = 0;
  #concealedBefore = 0;
  #discardedBefore = 0;

  /** @param options of the jitter buffer */
  constructor(options: Omit<JitterBufferOptions, 'clockRate'> = {}) {
    this.#options = options;
    this.#clockRate = 8000;
    this.#sampleRate = 8000;
    this.#buffer = new JitterBuffer({ ...options, clockRate: 8000 });
    this.#queue = new PcmQueue(1600);
    this.#scratch = new Int16Array((SCRATCH_MS * 8000) / 1000);
  }

  /**
   * Sets what each payload type is decoded with. Decoders of codecs that stay agreed are kept, so that a re-offer is
   * not heard.
   *
   * @param codecs by payload type; the first is what is expected to come
   */
  configure(codecs: ReadonlyMap<number, PlayoutCodec>): void {
    const before = this.#receivers;
    this.#receivers = new Map();
    for (const [payloadType, wanted] of codecs) {
      const same = before.get(payloadType);
      const keep =
        same?.codec === wanted.codec && same.localFmtp === wanted.localFmtp && same.remoteFmtp === wanted.remoteFmtp;
      this.#receivers.set(payloadType, keep ? same : { ...wanted, decoder: undefined });
      if (!keep) same?.decoder?.close?.();
    }
    for (const [payloadType, old] of before) if (!codecs.has(payloadType)) old.decoder?.close?.();
    const first = this.#receivers.values().next().value;
    if (first && !(this.#current && [...this.#receivers.values()].includes(this.#current))) this.#switchTo(first);
  }

  /** Hz of the frames that come out: that of the codec received. */
  get sampleRate(): number {
    return this.#sampleRate;
  }

  /** The codec of the latest packet decoded, or the one expected. */
  get codec(): Codec | undefined {
    return this.#current?.codec;
  }

  /** The codec a payload type is decoded with. */
  codecOf(payloadType: number): Codec | undefined {
    return this.#receivers.get(payloadType)?.codec;
  }

  /** Puts a packet in; see {@link JitterBuffer.insert}. The payload type must be a configured one. */
  receive(
    payloadType: number,
    sequence: number,
    timestamp: number,
    packet: Uint8Array,
    offset: number,
    length: number,
    arrival: number,
  ): 'stored' | 'late' | 'duplicate' | 'overflow' {
    const receiver = this.#receivers.get(payloadType)!;
    if (receiver !== this.#current) this.#switchTo(receiver);
    return this.#buffer.insert(sequence, timestamp, payloadType, packet, offset, length, arrival);
  }

  /** Tells of a sequence number that carries no audio. */
  skip(sequence: number): void {
    this.#buffer.skip(sequence);
  }

  #switchTo(receiver: Receiver): void {
    this.#current = receiver;
    const { clockRate, sampleRate } = receiver.codec;
    if (clockRate === this.#clockRate && sampleRate === this.#sampleRate) return;
    this.#concealedBefore += this.#buffer.concealedMs;
    this.#discardedBefore += this.#buffer.discarded;
    this.#clockRate = clockRate;
    this.#sampleRate = sampleRate;
    this.#buffer = new JitterBuffer({ ...this.#options, clockRate });
    this.#queue = new PcmQueue(sampleRate / 5);
    this.#scratch = new Int16Array(((SCRATCH_MS * sampleRate) / 1000) * 2);
  }

  /** Starts anew: another source, or another time line of the same one. Counters stay. */
  restart(): void {
    this.#buffer.reset();
    this.#queue.clear();
    for (const receiver of this.#receivers.values()) receiver.decoder?.reset();
  }

  /**
   * Fills a frame with what is to be heard next.
   *
   * @param frame mono samples at {@link sampleRate}
   * @param at when its first sample will be heard, in ms of the clock that arrival times are from
   */
  pull(frame: Int16Array, at: number): void {
    const queue = this.#queue;
    const buffer = this.#buffer;
    const ahead = (queue.length * this.#clockRate) / this.#sampleRate;
    this.#excess = buffer.excess(at, ahead);
    this.#delayMs = buffer.delayMs(at, ahead) ?? 0;
    while (queue.length < frame.length) {
      const need = frame.length - queue.length;
      const decision = buffer.next(at + (queue.length * 1000) / this.#sampleRate);
      if (decision === 'packet') {
        this.#decode();
        continue;
      }
      const most = Math.min(need, Math.max(1, Math.round((buffer.duration * this.#sampleRate) / this.#clockRate)));
      if (decision === 'conceal') this.#conceal(most);
      else this.#silence(most);
      buffer.filled((most * this.#clockRate) / this.#sampleRate);
    }
    queue.shift(frame, frame.length);
    this.#last = frame[frame.length - 1] ?? 0;
  }

  #decode(): void {
    const buffer = this.#buffer;
    const receiver = this.#receivers.get(buffer.payloadType) ?? this.#current!;
    const decoder = (receiver.decoder ??= receiver.codec.createDecoder({
      ...(receiver.localFmtp !== undefined && { localFmtp: receiver.localFmtp }),
      ...(receiver.remoteFmtp !== undefined && { remoteFmtp: receiver.remoteFmtp }),
    }));
    this.#current = receiver;
    const { channels } = receiver.codec;
    const pcm = this.#scratch;
    let samples = decoder.decode(buffer.payload, pcm);
    if (samples <= 0) samples = decoder.conceal(pcm, Math.round((this.#sampleRate * 20) / 1000));
    samples = Math.min(samples, Math.floor(pcm.length / channels));
    if (channels === 2) toMono(pcm, samples);
    buffer.played((samples * this.#clockRate) / this.#sampleRate);
    if (this.#fadeIn) this.#applyFadeIn(samples);
    this.#queue.push(pcm, this.#adapt(pcm, samples));
  }

  /** Leaves audio out or puts some in, where the delay is off its target and it is least heard. */
  #adapt(pcm: Int16Array, samples: number): number {
    const excess = this.#excess;
    this.#sinceChange++;
    if (excess < SHORTEN_SILENCE_MS && excess > -LENGTHEN_SILENCE_MS) {
      this.#isSilent(pcm, samples);
      return samples;
    }
    const silent = this.#isSilent(pcm, samples);
    const rate = this.#sampleRate;
    const audible = (excess > SHORTEN_ANY_MS || excess < -LENGTHEN_ANY_MS) && this.#sinceChange >= CHANGE_SPACING;
    if (!silent && !audible) return samples;
    const wanted = Math.round((Math.abs(excess) * rate) / 1000);
    const half = samples >> 1;
    const amount = silent ? Math.min(wanted, half) : bestLag(pcm, samples, rate);
    if (amount > wanted) return samples;
    const changed = excess > 0 ? shorten(pcm, samples, amount, rate) : lengthen(pcm, samples, amount, rate);
    if (changed !== samples) {
      this.#sinceChange = 0;
      this.#excess += ((changed - samples) * 1000) / rate;
      if (changed < samples) this.#droppedMs += ((samples - changed) * 1000) / rate;
      else this.#insertedMs += ((changed - samples) * 1000) / rate;
    }
    return changed;
  }

  #isSilent(pcm: Int16Array, samples: number): boolean {
    let energy = 0;
    for (let i = 0; i < samples; i++) energy += pcm[i]! * pcm[i]!;
    energy /= samples || 1;
    // The floor falls at once to what is heard and rises slowly, so that it rests on the noise between words.
    this.#noiseFloor = energy < this.#noiseFloor ? energy : this.#noiseFloor * 1.005 + 1;
    return energy < ALWAYS_SILENT || (energy < this.#noiseFloor * 3 && energy < NEVER_SILENT);
  }

  #conceal(samples: number): void {
    const decoder = this.#current?.decoder;
    if (!decoder) {
      this.#silence(samples);
      return;
    }
    const { channels } = this.#current!.codec;
    const made = Math.max(0, Math.min(samples, decoder.conceal(this.#scratch, samples)));
    if (channels === 2) toMono(this.#scratch, made);
    this.#queue.push(this.#scratch, made);
    if (made < samples) this.#queue.pushSilence(samples - made);
  }

  /** Silence that fades out of what was heard last, so that there is no click. */
  #silence(samples: number): void {
    const fade = this.#queue.length === 0 && this.#last !== 0 ? Math.min(samples, this.#fadeSamples) : 0;
    for (let i = 0; i < fade; i++) this.#scratch[i] = Math.round((this.#last * (fade - 1 - i)) / fade);
    this.#queue.push(this.#scratch, fade);
    this.#queue.pushSilence(samples - fade);
    this.#last = 0;
    this.#fadeIn = true;
  }

  #applyFadeIn(samples: number): void {
    this.#fadeIn = false;
    const fade = Math.min(samples, this.#fadeSamples);
    for (let i = 0; i < fade; i++) this.#scratch[i] = Math.round((this.#scratch[i]! * i) / fade);
  }

  get #fadeSamples(): number {
    return (FADE_MS * this.#sampleRate) / 1000;
  }

  /** ms of audio that concealment made up. */
  get concealedMs(): number {
    return this.#concealedBefore + this.#buffer.concealedMs;
  }

  /** Packets that came but were not played. */
  get discarded(): number {
    return this.#discardedBefore + this.#buffer.discarded;
  }

  /** ms of audio left out to bring the delay down. */
  get droppedMs(): number {
    return this.#droppedMs;
  }

  /** ms of audio put in to bring the delay up. */
  get insertedMs(): number {
    return this.#insertedMs;
  }

  /** Delay in ms that the buffer added to the latest frame; 0 while nothing plays. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Delay in ms aimed at. */
  get targetMs(): number {
    return this.#buffer.targetMs;
  }

  /** Frees the decoders. */
  close(): void {
    for (const receiver of this.#receivers.values()) receiver.decoder?.close?.();
    this.#receivers.clear();
    this.#current = undefined;
  }
}

function toMono(pcm: Int16Array, samples: number): void {
  for (let i = 0; i < samples; i++) pcm[i] = (pcm[2 * i]! + pcm[2 * i + 1]!) >> 1;
}
