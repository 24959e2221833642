import type { Codec, Decoder } from '@offhook/codecs';
import { DelayControl } from './delay-control';
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
/** The longest gap that is filled at once because the packet after it is there. */
const CORRECTED_MS = 120;
/** When, after the latest packet, the background noise comes up under what is made up, and when it fades. */
const NOISE_ENTERS_MS = 15;
const NOISE_FULL_MS = 60;
const NOISE_LEAVES_MS = 600;
const NOISE_GONE_MS = 950;
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
  /** What the room sounds like when nobody speaks. */
  readonly #background = new Noise();
  /** What the sender says its silence sounds like (RFC 3389). */
  readonly #comfort = new Noise();
  readonly #noiseTypes = new Uint8Array(128);
  /** The sender is silent, and comfort noise stands for it. */
  #comforting = false;
  /** ms concealed since the latest packet, and how loud the background under it is by now. */
  #gapMs = 0;
  #backgroundLevel = 0;
  #fadeIn = true;
  #noiseFloor = ALWAYS_SILENT;
  readonly #control = new DelayControl();
  #leftover = 0;
  /** NaN while nothing plays: a field that is always a number takes no memory for a new one. */
  #delayMs = Number.NaN;
  #playing = false;
  #position = 0;
  #concealedBefore = 0;
  #concealmentEventsBefore = 0;
  #decodedMs = 0;
  #comfortNoiseMs = 0;
  #packetMs = 20;
  /** ms of frames made while something played, and their delay summed up. */
  #playedMs = 0;
  #delaySum = 0;
  #discardedBefore = 0;
  #lateBefore = 0;
  #reorderedBefore = 0;

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
   * @param comfortNoise payload types of comfort noise (RFC 3389), which goes with whatever codec is received
   */
  configure(codecs: ReadonlyMap<number, PlayoutCodec>, comfortNoise: readonly number[] = []): void {
    this.#noiseTypes.fill(0);
    for (const payloadType of comfortNoise) this.#noiseTypes[payloadType] = 1;
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
    const receiver = this.#receivers.get(payloadType);
    if (receiver && receiver !== this.#current) this.#switchTo(receiver);
    const verdict = this.#buffer.insert(sequence, timestamp, payloadType, packet, offset, length, arrival);
    if (verdict === 'stored' && receiver?.decoder?.corrects && this.#buffer.isAwaited((sequence - 1) & 0xffff)) {
      const samples = receiver.decoder.corrects(packet.subarray(offset, offset + length));
      const units = Math.round((samples * this.#clockRate) / this.#sampleRate);
      if (units > 0) this.#buffer.correctable((timestamp - units) | 0, arrival);
    }
    return verdict;
  }

  /**
   * Puts in a packet that was lost, as a later one has it again; see {@link JitterBuffer.recover}.
   *
   * @returns whether it was missing and will be played
   */
  recover(
    payloadType: number,
    sequence: number,
    timestamp: number,
    packet: Uint8Array,
    offset: number,
    length: number,
    arrival: number,
  ): boolean {
    const codec = this.#receivers.get(payloadType)?.codec;
    // What repeats the audio may be of another codec, but of the same time (RFC 2198 §4).
    if (codec && (codec.clockRate !== this.#clockRate || codec.sampleRate !== this.#sampleRate)) return false;
    return this.#buffer.recover(sequence, timestamp, payloadType, packet, offset, length, arrival);
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
    this.#concealmentEventsBefore += this.#buffer.concealmentEvents;
    this.#discardedBefore += this.#buffer.discarded;
    this.#lateBefore += this.#buffer.late;
    this.#reorderedBefore += this.#buffer.reordered;
    this.#clockRate = clockRate;
    this.#sampleRate = sampleRate;
    this.#buffer = new JitterBuffer({ ...this.#options, clockRate });
    this.#control.watchAgain();
    this.#queue = new StretchQueue(sampleRate);
    this.#scratch = new Int16Array(((SCRATCH_MS * sampleRate) / 1000) * 2);
  }

  /** Starts anew: another source, or another time line of the same one. Counters stay. */
  restart(): void {
    this.#buffer.reset();
    this.#queue.drop();
    this.#control.watchAgain();
    this.#fadeIn = true;
    this.#comforting = false;
    this.#gapMs = 0;
    this.#backgroundLevel = 0;
    this.#background.reset();
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
    if (buffer.playing) {
      const frameMs = (frame.length * 1000) / this.#sampleRate;
      this.#playedMs += frameMs;
      this.#delaySum += this.#delayMs * frameMs;
    }
    this.#playing = buffer.playing;
    this.#position = (buffer.position - Math.round(ahead)) | 0;
    while (queue.length < frame.length) {
      const need = frame.length - queue.length;
      const decision = buffer.next(at);
      if (decision === 'packet') {
        this.#decode(frame.length);
        continue;
      }
      // The delay has changed by itself.
      this.#control.watchAgain();
      const gap = Math.max(1, Math.round((buffer.duration * this.#sampleRate) / this.#clockRate));
      const next = decision === 'conceal' && !this.#comforting ? this.#following(gap) : undefined;
      const most = next === undefined ? Math.min(need, gap) : gap;
      if (this.#comforting) this.#comfortNoise(most);
      else if (decision === 'conceal') this.#conceal(most, next);
      else this.#silence(most);
      buffer.filled((most * this.#clockRate) / this.#sampleRate, this.#comforting);
    }
    queue.shift(frame, frame.length);
  }

  #decode(frameSamples: number): void {
    const buffer = this.#buffer;
    if (this.#noiseTypes[buffer.payloadType] === 1) {
      this.#beginComfort();
      return;
    }
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
    this.#packetMs = (samples * 1000) / this.#sampleRate;
    this.#decodedMs += this.#packetMs;
    this.#endNoise(pcm, samples);
    if (this.#fadeIn) this.#applyFadeIn(samples);
    this.#queue.push(pcm, samples);
    const silent = this.#isSilent(pcm, samples);
    if (silent) this.#background.hear(pcm, samples);
    this.#control.packet(this.#queue, buffer.marginMs, buffer.targetMs, silent, samples, this.#leftover, frameSamples);
  }

  #isSilent(pcm: Int16Array, samples: number): boolean {
    // In four sums, none of which waits for another.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let i = 0;
    for (; i + 3 < samples; i += 4) {
      a += pcm[i]! * pcm[i]!;
      b += pcm[i + 1]! * pcm[i + 1]!;
      c += pcm[i + 2]! * pcm[i + 2]!;
      d += pcm[i + 3]! * pcm[i + 3]!;
    }
    for (; i < samples; i++) a += pcm[i]! * pcm[i]!;
    const energy = (a + b + c + d) / (samples || 1);
    // The floor falls at once to what is heard and rises slowly, so that it rests on the noise between words.
    this.#noiseFloor = energy < this.#noiseFloor ? energy : this.#noiseFloor * 1.005 + 1;
    return energy < ALWAYS_SILENT || (energy < this.#noiseFloor * 3 && energy < NEVER_SILENT);
  }

  /**
   * The payload after a gap when the gap's end may be told by it (forward error correction). Then the gap is filled at once:
   * what the payload says covers a whole packet.
   */
  #following(gap: number): Uint8Array | undefined {
    const { following, followingType } = this.#buffer;
    if (following === undefined || this.#receivers.get(followingType) !== this.#current) return undefined;
    return gap * 1000 <= CORRECTED_MS * this.#sampleRate ? following : undefined;
  }

  #conceal(samples: number, next: Uint8Array | undefined): void {
    const decoder = this.#current?.decoder;
    if (!decoder) {
      this.#silence(samples);
      return;
    }
    const pcm = this.#scratch;
    const { channels } = this.#current!.codec;
    const made = Math.max(0, Math.min(samples, decoder.conceal(pcm, samples, next)));
    if (channels === 2) toMono(pcm, made);
    pcm.fill(0, made, samples);
    if (this.#gapMs === 0) this.#background.loadHeard();
    // In short parts, so that the noise under them may rise and fall.
    for (let done = 0; done < samples; ) {
      const part = Math.min(samples - done, this.#fadeSamples);
      this.#gapMs += (part * 1000) / this.#sampleRate;
      const level = backgroundLevel(this.#gapMs);
      if (level > 0 || this.#backgroundLevel > 0) {
        this.#background.mixInto(pcm, done, part, this.#backgroundLevel, level);
      }
      this.#backgroundLevel = level;
      done += part;
    }
    this.#queue.push(pcm, samples);
  }

  #beginComfort(): void {
    const { payload } = this.#buffer;
    this.#comfort.load(payload);
    this.#buffer.played(0);
    // The first one comes in place of sound that may still be loud: it is faded out under the noise.
    if (!this.#comforting) {
      this.#comforting = true;
      const pcm = this.#scratch;
      const samples = this.#fadeSamples;
      const last = this.#queue.latest;
      for (let i = 0; i < samples; i++) pcm[i] = Math.round((last * (samples - 1 - i)) / samples);
      this.#background.mixInto(pcm, 0, samples, this.#backgroundLevel, 0);
      this.#comfort.mixInto(pcm, 0, samples, 0, 1);
      this.#queue.push(pcm, samples);
      this.#buffer.filled((samples * this.#clockRate) / this.#sampleRate, true);
      this.#control.watchAgain();
    }
    this.#gapMs = 0;
    this.#backgroundLevel = 0;
    this.#fadeIn = false;
  }

  #comfortNoise(samples: number): void {
    const pcm = this.#scratch;
    this.#comfortNoiseMs += (samples * 1000) / this.#sampleRate;
    pcm.fill(0, 0, samples);
    this.#comfort.mixInto(pcm, 0, samples, 1, 1);
    this.#queue.push(pcm, samples);
  }

  /** Noise does not stop at once when sound comes back. */
  #endNoise(pcm: Int16Array, samples: number): void {
    this.#gapMs = 0;
    if (!this.#comforting && this.#backgroundLevel === 0) return;
    const fade = Math.min(samples, this.#fadeSamples);
    if (this.#comforting) this.#comfort.mixInto(pcm, 0, fade, 1, 0);
    if (this.#backgroundLevel > 0) this.#background.mixInto(pcm, 0, fade, this.#backgroundLevel, 0);
    this.#comforting = false;
    this.#backgroundLevel = 0;
  }

  /** Silence that fades out of what was heard last, so that there is no click. */
  #silence(samples: number): void {
    const last = this.#queue.latest;
    const fade = last !== 0 ? Math.min(samples, this.#fadeSamples) : 0;
    for (let i = 0; i < fade; i++) this.#scratch[i] = Math.round((last * (fade - 1 - i)) / fade);
    this.#queue.push(this.#scratch, fade);
    this.#queue.pushSilence(samples - fade);
    this.#fadeIn = true;
  }

  #applyFadeIn(samples: number): void {
    this.#fadeIn = false;
    const fade = Math.min(samples, this.#fadeSamples);
    for (let i = 0; i < fade; i++) this.#scratch[i] = Math.round((this.#scratch[i]! * i) / fade);
  }

  get #fadeSamples(): number {
    return Math.round((FADE_MS * this.#sampleRate) / 1000);
  }

  /** ms of audio that concealment made up. */
  get concealedMs(): number {
    return this.#concealedBefore + this.#buffer.concealedMs;
  }

  /** Gaps that were concealed, however long. */
  get concealmentEvents(): number {
    return this.#concealmentEventsBefore + this.#buffer.concealmentEvents;
  }

  /** ms of audio decoded. */
  get decodedMs(): number {
    return this.#decodedMs;
  }

  /** ms of comfort noise that stood for silence of the sender (RFC 3389). */
  get comfortNoiseMs(): number {
    return this.#comfortNoiseMs;
  }

  /** ms of audio in the latest packet decoded; 20 before the first. */
  get packetMs(): number {
    return this.#packetMs;
  }

  /** ms of frames made while the stream played. */
  get playedMs(): number {
    return this.#playedMs;
  }

  /** Mean of {@link delayMs} over those frames. */
  get meanDelayMs(): number {
    return this.#playedMs > 0 ? this.#delaySum / this.#playedMs : 0;
  }

  /** Packets that came but were not played. */
  get discarded(): number {
    return this.#discardedBefore + this.#buffer.discarded;
  }

  /** Packets that came after their time. */
  get late(): number {
    return this.#lateBefore + this.#buffer.late;
  }

  /** Packets that came after one sent later, and yet in time. */
  get reordered(): number {
    return this.#reorderedBefore + this.#buffer.reordered;
  }

  /** ms of audio left out to bring the delay down. */
  get droppedMs(): number {
    return this.#control.droppedMs;
  }

  /** ms of audio put in to bring the delay up. */
  get insertedMs(): number {
    return this.#control.insertedMs;
  }

  /** Delay in ms that the buffer added to the latest frame; 0 while nothing plays. */
  get delayMs(): number {
    return Number.isNaN(this.#delayMs) ? 0 : this.#delayMs;
  }

  /** RTP timestamp of the first sample of the latest frame; undefined while nothing plays. */
  get position(): number | undefined {
    return this.#playing ? this.#position >>> 0 : undefined;
  }

  /** ms of audio decoded and not yet played. */
  get queuedMs(): number {
    return (this.#queue.length * 1000) / this.#sampleRate;
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

/** How loud the background is under what is made up: it comes as the voice goes, stays a while, and goes too. */
function backgroundLevel(gapMs: number): number {
  if (gapMs < NOISE_ENTERS_MS) return 0;
  if (gapMs < NOISE_FULL_MS) return (gapMs - NOISE_ENTERS_MS) / (NOISE_FULL_MS - NOISE_ENTERS_MS);
  return Math.max(0, Math.min(1, (NOISE_GONE_MS - gapMs) / (NOISE_GONE_MS - NOISE_LEAVES_MS)));
}

function toMono(pcm: Int16Array, samples: number): void {
  for (let i = 0; i < samples; i++) pcm[i] = (pcm[2 * i]! + pcm[2 * i + 1]!) >> 1;
}
