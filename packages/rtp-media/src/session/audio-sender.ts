import type { Codec, Encoder } from '@offhook/codecs';
import type { AudioSource } from '../audio/audio-source';
import { ResamplingSource } from '../audio/resampling-source';
import type { DtmfSender, EventPacket } from '../dtmf/dtmf-sender';
import type { DtmfToneSender } from '../dtmf/dtmf-tone-sender';
import { EVENT_PAYLOAD_BYTES, writeTelephoneEvent } from '../dtmf/telephone-event';
import { COMFORT_NOISE_BYTES } from '../dtx/comfort-noise-encoder';
import type { DiscontinuousTransmission } from '../dtx/discontinuous-transmission';
import type { SignalMeter } from '../quality/signal-meter';
import { RedundancyWriter } from '../redundancy/redundancy-writer';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../rtp/rtp-header';
import type { AgreedCodec, AgreedRedundancy, AgreedTelephoneEvent } from './audio-session-parameters';
import { type PacketTimes, packetTime } from './packet-time';

/** What an {@link AudioSender} sends besides its source. */
export interface AudioSenderParts {
  /** Digits as telephone events. */
  readonly events: DtmfSender;
  /** Digits as tones. */
  readonly tones: DtmfToneSender;
  /** Leaves silence out; audio is sent without a break when undefined. */
  readonly dtx: DiscontinuousTransmission | undefined;
}

/** What an {@link AudioSender} tells its session. */
export interface AudioSenderEvents {
  send(packet: Uint8Array): void;
  sourceEnded(source: AudioSource): void;
  sourceFailed(source: AudioSource, error: unknown): void;
}

/**
 * Packets in turn, so that one whose sending the system has put off is not overwritten by the next.
 */
const PACKET_BUFFERS = 4;

/** What a report without loss leaves of the losses expected before. */
const LOSS_FORGET = 0.7;

interface PacketBuffer {
  bytes: Uint8Array;
  payload: Uint8Array;
  /** The part last sent, kept because most packets of a stream are equally long. */
  view: Uint8Array;
}

/**
 * The sending chain of one stream: reads the source, encodes, packetises. Sequence numbers, timestamps and the
 * synchronisation source outlive every change of codec (RFC 3550 §5.1).
 */
export class AudioSender {
  readonly #events: AudioSenderEvents;
  readonly #dtmf: DtmfSender;
  readonly #tones: DtmfToneSender;
  readonly #dtx: DiscontinuousTransmission | undefined;
  /** Whether tones, and not telephone events, have the turn while both have digits to send. */
  #tonesTurn = false;
  ssrc: number;
  #sequence: number;
  /** Timestamp of the frame of the current tick, and the deadline of that tick. */
  #timestamp: number;
  #tickAt = 0;
  #codec: Codec | undefined;
  #agreed: AgreedCodec | undefined;
  #telephoneEvent: AgreedTelephoneEvent | undefined;
  #comfortNoise: number | undefined;
  #encoder: Encoder | undefined;
  #redundancy: RedundancyWriter | undefined;
  #redundantType = 0;
  #generations = 0;
  #frameMs = 20;
  #frameTimestamps = 160;
  #frame = new Int16Array(0);
  #stereo = new Int16Array(0);
  #source: AudioSource | undefined;
  #resampling: ResamplingSource | undefined;
  #buffers: PacketBuffer[] = [];
  #bufferIndex = 0;
  /** Whether the packet before was sent one frame ago; after a pause the next one carries the marker. */
  #talking = false;
  #loss = 0;
  packetsSent = 0;
  octetsSent = 0;
  /** What of it went out under synchronisation sources given up since. */
  packetsBefore = 0;
  octetsBefore = 0;
  /** Comfort noise packets among them. */
  noisePacketsSent = 0;
  muted = false;
  /** Measures what the source gives, when set. */
  meter: SignalMeter | undefined;

  /**
   * @param sequence first sequence number, random (RFC 3550 §5.1)
   * @param timestamp first timestamp, random
   */
  constructor(events: AudioSenderEvents, parts: AudioSenderParts, ssrc: number, sequence: number, timestamp: number) {
    this.#events = events;
    this.#dtmf = parts.events;
    this.#tones = parts.tones;
    this.#dtx = parts.dtx;
    this.ssrc = ssrc;
    this.#sequence = sequence;
    this.#timestamp = timestamp | 0;
  }

  /**
   * Sets what is sent from now on; the encoder is kept when nothing about it changes.
   *
   * @param comfortNoise payload type under which the peer takes comfort noise
   * @param redundant how the peer takes redundant audio
   */
  configure(
    codec: Codec,
    agreed: AgreedCodec,
    times: PacketTimes,
    telephoneEvent: AgreedTelephoneEvent | undefined,
    comfortNoise?: number,
    redundant?: AgreedRedundancy['send'],
  ): void {
    const frameMs = packetTime(codec, times, agreed.remoteFmtp);
    const before = this.#agreed;
    const same =
      this.#encoder !== undefined &&
      codec === this.#codec &&
      frameMs === this.#frameMs &&
      before?.remoteFmtp === agreed.remoteFmtp;
    const generations = redundant?.generations ?? 0;
    const sameRedundancy = same && generations === this.#generations && before?.payloadType === agreed.payloadType;
    this.#redundantType = redundant?.payloadType ?? 0;
    this.#generations = generations;
    this.#agreed = agreed;
    this.#telephoneEvent = telephoneEvent;
    if (comfortNoise !== this.#comfortNoise) this.#dtx?.begin();
    this.#comfortNoise = comfortNoise;
    if (!sameRedundancy) this.#packetize(codec, frameMs, agreed.payloadType);
    if (same) return;
    const encoder = codec.createEncoder({ frameDuration: frameMs, remoteFmtp: agreed.remoteFmtp ?? '' });
    this.#encoder?.close?.();
    this.#encoder = encoder;
    if (this.#loss > 0) encoder.expectLoss?.(this.#loss);
    this.#codec = codec;
    this.#frameMs = frameMs;
    this.#frameTimestamps = Math.round((codec.clockRate * frameMs) / 1000);
    this.#frame = new Int16Array(encoder.frameSamples);
    this.#stereo = new Int16Array(codec.channels === 2 ? encoder.frameSamples * 2 : 0);
    // Where audio is sampled at another rate than the clock says (G.722), it is open which of them a spectrum refers to.
    this.#dtx?.configure(codec.sampleRate, frameMs, codec.sampleRate === codec.clockRate);
  }

  #packetize(codec: Codec, frameMs: number, payloadType: number): void {
    const maxPayloadBytes = codec.maxPayloadBytes(frameMs);
    this.#redundancy =
      this.#generations > 0
        ? new RedundancyWriter({ payloadType, generations: this.#generations, maxPayloadBytes })
        : undefined;
    const audio = this.#redundancy?.maxBytes ?? maxPayloadBytes;
    const size = RTP_HEADER_BYTES + Math.max(EVENT_PAYLOAD_BYTES, COMFORT_NOISE_BYTES, audio);
    this.#buffers = Array.from({ length: PACKET_BUFFERS }, () => {
      const bytes = new Uint8Array(size);
      return { bytes, payload: bytes.subarray(RTP_HEADER_BYTES), view: bytes };
    });
  }

  /**
   * Tells of losses that the peer reports, for encoders that protect against them. Losses come in bursts, so the expectation
   * follows them up at once and down slowly.
   *
   * @param fraction of the packets since its report before, 0 to 1 (RFC 3550 §6.4.1)
   */
  lossReported(fraction: number): void {
    this.#loss = Math.max(fraction, this.#loss * LOSS_FORGET);
    this.#encoder?.expectLoss?.(this.#loss);
  }

  /** Goes on under another synchronisation source, whose counts begin anew (RFC 3550 §6.4.1). */
  changeSsrc(ssrc: number): void {
    this.ssrc = ssrc;
    this.packetsBefore = this.packetsSent;
    this.octetsBefore = this.octetsSent;
    this.#talking = false;
  }

  /** ms between packets. */
  get frameMs(): number {
    return this.#frameMs;
  }

  get codec(): Codec | undefined {
    return this.#codec;
  }

  /** The codec sent as it was agreed on. */
  get agreed(): AgreedCodec | undefined {
    return this.#agreed;
  }

  /** Hz of the timestamps sent. */
  get clockRate(): number {
    return this.#codec?.clockRate ?? 8000;
  }

  get source(): AudioSource | undefined {
    return this.#source;
  }

  set source(source: AudioSource | undefined) {
    this.#source = source;
  }

  /** Timestamp that a sample taken at a moment would have. */
  timestampAt(now: number): number {
    const elapsed = this.#tickAt === 0 ? 0 : now - this.#tickAt;
    return (this.#timestamp + Math.round((elapsed * this.clockRate) / 1000)) >>> 0;
  }

  /**
   * Sends what is due.
   *
   * @param at the deadline, in ms of the session's clock
   * @param skipped frames whose time passed unused: timestamps leap over them
   * @param active whether RTP may be sent; without, time and the source go on
   */
  tick(at: number, skipped: number, active: boolean): void {
    const encoder = this.#encoder;
    if (!encoder) return;
    this.#timestamp = (this.#timestamp + this.#frameTimestamps * (skipped + 1)) | 0;
    this.#tickAt = at;
    const heard = this.#read();
    if (!active) {
      this.#talking = false;
      this.#dtx?.begin();
      this.#dtmf.interrupt();
      this.#tones.interrupt();
      return;
    }
    const tones = this.#fillTones();
    if (!tones) {
      if (this.#dtmf.active && this.#sendEvent(skipped)) return;
      if (!heard || this.muted) this.#frame.fill(0);
    }
    if (skipped > 0) this.#talking = false;
    const buffer = this.#nextBuffer();
    if (this.#pauses(buffer, heard && !this.muted, tones)) return;
    const redundancy = this.#redundancy;
    const bytes = encoder.encode(this.#pcm(), redundancy?.primary ?? buffer.payload);
    if (bytes === 0) {
      this.#talking = false;
      return;
    }
    if (redundancy) this.#sendRedundant(buffer, redundancy, bytes);
    else this.#send(buffer, this.#agreed!.payloadType, !this.#talking, this.#timestamp, bytes);
    this.#talking = true;
  }

  /** The first packet after a pause has nothing to repeat: the peer takes the codec alone, too. */
  #sendRedundant(buffer: PacketBuffer, redundancy: RedundancyWriter, bytes: number): void {
    if (!this.#talking) redundancy.interrupt();
    const length = redundancy.write(buffer.payload, this.#timestamp, bytes);
    const payloadType = redundancy.redundant ? this.#redundantType : this.#agreed!.payloadType;
    this.#send(buffer, payloadType, !this.#talking, this.#timestamp, length);
  }

  /** Digits in the audio take the place of the source; strings of one method wait for those of the other. */
  #fillTones(): boolean {
    if (!this.#tones.active) return false;
    if (!this.#tonesTurn && this.#dtmf.active) return false;
    const filled = this.#tones.fill(this.#frame, this.#codec!.sampleRate);
    this.#tonesTurn = filled;
    return filled;
  }

  /** Whether nothing, or comfort noise (RFC 3389), goes out in place of this frame. The audio after it has the marker. */
  #pauses(buffer: PacketBuffer, present: boolean, tones: boolean): boolean {
    const dtx = this.#dtx;
    if (!dtx || this.#comfortNoise === undefined) return false;
    if (tones) {
      dtx.interrupt();
      return false;
    }
    const decision = dtx.decide(this.#frame, present);
    if (decision === 'audio') return false;
    this.#talking = false;
    if (decision === 'noise') {
      this.noisePacketsSent++;
      this.#send(buffer, this.#comfortNoise, false, this.#timestamp, dtx.write(buffer.payload));
    }
    return true;
  }

  #pcm(): Int16Array {
    if (this.#codec!.channels === 1) return this.#frame;
    for (let i = 0; i < this.#frame.length; i++) {
      this.#stereo[2 * i] = this.#frame[i]!;
      this.#stereo[2 * i + 1] = this.#frame[i]!;
    }
    return this.#stereo;
  }

  #read(): boolean {
    const source = this.#source;
    if (!source) return false;
    let read: number;
    try {
      read = this.#atCodecRate(source).read(this.#frame);
    } catch (error) {
      this.#source = undefined;
      this.#events.sourceFailed(source, error);
      return false;
    }
    if (read < 0) {
      this.#source = undefined;
      this.#events.sourceEnded(source);
      return false;
    }
    if (read < this.#frame.length) this.#frame.fill(0, read);
    this.meter?.write(this.#frame, this.#codec!.sampleRate);
    return true;
  }

  #atCodecRate(source: AudioSource): AudioSource {
    const rate = this.#codec!.sampleRate;
    if (source.sampleRate === rate) return source;
    const kept = this.#resampling;
    if (kept && kept.source === source && kept.sampleRate === rate && kept.sourceRate === source.sampleRate) {
      return kept;
    }
    kept?.close();
    this.#resampling = new ResamplingSource(source, rate);
    return this.#resampling;
  }

  #sendEvent(skipped: number): boolean {
    const agreed = this.#telephoneEvent;
    if (agreed?.sendPayloadType === undefined) return false;
    const event: EventPacket | undefined = this.#dtmf.tick(
      this.#frameMs * (skipped + 1),
      agreed.clockRate,
      this.#frameMs,
    );
    if (!event) return false;
    const timestamp = (this.#timestamp - Math.round((event.ageMs * this.clockRate) / 1000)) >>> 0;
    const buffer = this.#nextBuffer();
    writeTelephoneEvent(buffer.payload, 0, event.event, event.end, event.volume, event.duration);
    this.#send(buffer, agreed.sendPayloadType, event.first, timestamp, EVENT_PAYLOAD_BYTES);
    this.#talking = false;
    this.#dtx?.interrupt();
    return true;
  }

  #nextBuffer(): PacketBuffer {
    this.#bufferIndex = (this.#bufferIndex + 1) % PACKET_BUFFERS;
    return this.#buffers[this.#bufferIndex]!;
  }

  #send(buffer: PacketBuffer, payloadType: number, marker: boolean, timestamp: number, payloadBytes: number): void {
    const size = RTP_HEADER_BYTES + payloadBytes;
    if (buffer.view.length !== size) buffer.view = buffer.bytes.subarray(0, size);
    writeRtpHeader(buffer.bytes, payloadType, marker, this.#sequence, timestamp, this.ssrc | 0);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.packetsSent++;
    this.octetsSent += payloadBytes;
    this.#events.send(buffer.view);
  }

  close(): void {
    this.#encoder?.close?.();
    this.#encoder = undefined;
    this.#resampling?.close();
    this.#resampling = undefined;
    this.#source = undefined;
  }
}
