import type { Codec, Decoder } from '@offhook/codecs';
import { JitterBuffer, type JitterBufferOptions } from './jitter-buffer';
import { Noise } from './noise';
import { StretchQueue } from './stretch-queue';

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
/** Packets watched, for the least margin among them, before the delay is brought up or down. */
const WATCHED_TO_LENGTHEN = 10;
const WATCHED_TO_SHORTEN = 100;
/** Margin over the target below which the delay is brought up, and that must be left when it is brought down. */
const LEAST_SPARE_MS = 1;
const SPARE_MS = 3;
/** Beyond this a margin that is off is put right wherever it may be. */
const URGENT_MS = 40;
/**
 * In speech, sound is left out or put in only where it repeats itself so nearly; the longer the wait for such a place, in
 * ms, the less is asked for.
 */
const LIKENESS_AT_FIRST = 0.95;
const LIKENESS_AT_LAST = 0.6;
const PATIENCE_MS = 1500;
/** In speech, so much is played between one change and the next. */
const REST_MS = 40;
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
  #queue: StretchQueue;
  #scratch: Int16Array;
  readonly #background = new Noise();
  #last = 0;
  #fadeIn = true;
  #noiseFloor = ALWAYS_SILENT;
  /** Least margin, and least audio left over from the frame before, among the packets watched. */
  #leastMargin = Number.POSITIVE_INFINITY;
  #leastLeftover = Number.POSITIVE_INFINITY;
  #watched = 0;
  /** Samples still to put in, or, negative, to leave out. */
  #change = 0;
  #waitedMs = 0;
  #restMs = 0;
  #wasSilent = false;
  #leftover = 0;
  #delayMs: number | undefined;
  #position: number | undefined;
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
    this.#queue = new StretchQueue(8000);
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
    this.#watchAgain();
    this.#queue = new StretchQueue(sampleRate);
    this.#scratch = new Int16Array(((SCRATCH_MS * sampleRate) / 1000) * 2);
  }

  /** Starts anew: another source, or another time line of the same one. Counters stay. */
  restart(): void {
    this.#buffer.reset();
    this.#queue.clear();
    this.#watchAgain();
    this.#fadeIn = true;
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
    this.#leftover = queue.length;
    this.#delayMs = buffer.delayMs(at, ahead);
    const position = buffer.position;
    this.#position = position === undefined ? undefined : (position - Math.round(ahead)) >>> 0;
    while (queue.length < frame.length) {
      const need = frame.length - queue.length;
      const decision = buffer.next(at);
      if (decision === 'packet') {
        this.#decode(frame.length);
        continue;
      }
      // The delay has changed by itself.
      this.#watchAgain();
      const most = Math.min(need, Math.max(1, Math.round((buffer.duration * this.#sampleRate) / this.#clockRate)));
      if (decision === 'conceal') this.#conceal(most);
      else this.#silence(most);
      buffer.filled((most * this.#clockRate) / this.#sampleRate);
    }
    queue.shift(frame, frame.length);
    this.#last = frame[frame.length - 1] ?? 0;
  }

  #decode(frameSamples: number): void {
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
    this.#queue.push(pcm, samples);
    this.#adapt(pcm, samples, frameSamples);
  }

  #watchAgain(): void {
    this.#leastMargin = Number.POSITIVE_INFINITY;
    this.#leastLeftover = Number.POSITIVE_INFINITY;
    this.#watched = 0;
    this.#change = 0;
    this.#waitedMs = 0;
  }

  /**
   * Leaves audio out or puts some in, to bring the margin to its target, where it is least heard.
   *
   * A packet is needed when the frame it begins in is made, so only whole frames change the margin; what is left over
   * from frame to frame is delay without use.
   */
  #adapt(pcm: Int16Array, samples: number, frameSamples: number): void {
    const silent = this.#isSilent(pcm, samples);
    const wasSilent = this.#wasSilent;
    this.#wasSilent = silent;
    if (silent) this.#background.hear(pcm, samples);
    const ms = (samples * 1000) / this.#sampleRate;
    this.#restMs -= ms;
    this.#leastMargin = Math.min(this.#leastMargin, this.#buffer.marginMs);
    this.#leastLeftover = Math.min(this.#leastLeftover, this.#leftover);
    if (++this.#watched < WATCHED_TO_LENGTHEN) return;
    const frameMs = (frameSamples * 1000) / this.#sampleRate;
    const spare = this.#leastMargin - this.#buffer.targetMs;
    if (this.#change === 0) this.#decide(spare, frameSamples, frameMs);
    if (this.#change === 0) return;
    const urgent = spare < -URGENT_MS / 2 || spare > frameMs + URGENT_MS;
    this.#waitedMs = urgent ? PATIENCE_MS : Math.min(PATIENCE_MS, this.#waitedMs + ms);
    if (silent && wasSilent) this.#changeSilence();
    else if (this.#restMs <= 0) this.#changeSpeech(samples >= this.#queue.overlap * 4);
  }

  #decide(spare: number, frameSamples: number, frameMs: number): void {
    if (spare < LEAST_SPARE_MS) {
      this.#change = frameSamples - this.#leastLeftover;
    } else if (this.#watched >= WATCHED_TO_SHORTEN) {
      const frames = Math.max(0, Math.floor((spare - SPARE_MS) / frameMs));
      this.#change = -(frames * frameSamples + this.#leastLeftover);
      if (this.#change === 0) this.#watchAgain();
    }
  }

  /** Silence may be as long as it is wanted to be. */
  #changeSilence(): void {
    const { length } = this.#queue;
    if (this.#change < 0) this.#changed(-this.#queue.leaveOut(-this.#change), length);
    else this.#changed(this.#queue.repeat(this.#change), length);
  }

  /** Of speech, whole periods are left out or said twice. */
  #changeSpeech(long: boolean): void {
    const { length } = this.#queue;
    const hurry = this.#waitedMs / PATIENCE_MS;
    const likeness = LIKENESS_AT_FIRST + (LIKENESS_AT_LAST - LIKENESS_AT_FIRST) * hurry * hurry;
    // Leaving out more than wanted would cost a frame of margin.
    const samples =
      this.#change < 0 ? -this.#queue.accelerate(-this.#change, likeness) : this.#queue.decelerate(likeness);
    this.#changed(samples, length);
    if (samples !== 0) this.#restMs = long ? REST_MS : REST_MS / 2;
  }

  #changed(samples: number, before: number): void {
    if (samples === 0) return;
    const ms = ((this.#queue.length - before) * 1000) / this.#sampleRate;
    if (ms < 0) this.#droppedMs -= ms;
    else this.#insertedMs += ms;
    const left = this.#change - samples;
    // Enough, or more: look again at what came of it.
    if (left === 0 || left > 0 !== this.#change > 0) this.#watchAgain();
    else this.#change = left;
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
    return this.#delayMs ?? 0;
  }

  /** RTP timestamp of the first sample of the latest frame; undefined while nothing plays. */
  get position(): number | undefined {
    return this.#position;
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
