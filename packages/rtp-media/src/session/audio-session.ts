import type { Codec, CodecRegistry } from '@offhook/codecs';
import type { AudioSink } from '../audio/audio-sink';
import type { AudioSource } from '../audio/audio-source';
import type { DtmfDigit, DtmfPress } from '../dtmf/dtmf-digit';
import { DiscontinuousTransmission, type DtxOptions } from '../dtx/discontinuous-transmission';
import { preciseClock, sharedPacer } from '../node/precise-clock';
import type { PacedHandle, Pacer } from '../pacing/pacer';
import { type Clock, systemClock } from '../platform/clock';
import { MediaError } from '../platform/errors';
import { type Logger, silentLogger } from '../platform/logger';
import { type RandomBytes, randomUint32, systemRandom } from '../platform/random';
import { TypedEmitter } from '../platform/typed-emitter';
import type { JitterBufferOptions } from '../playout/jitter-buffer';
import type { PlayoutCodec } from '../playout/playout';
import { SignalMeter } from '../quality/signal-meter';
import { voipMetricsBlock } from '../quality/voip-metrics';
import { RtcpSession } from '../rtcp/rtcp-session';
import { xrAgreement } from '../rtcp/xr-exchange';
import type { DtmfDetectorOptions } from '../tones/dtmf-detector';
import { type Address, isReachable, type RtpTransport } from '../transport/rtp-transport';
import { AudioReceiver } from './audio-receiver';
import { AudioSender } from './audio-sender';
import { type AgreedCodec, type AudioSessionParameters, receives, sends } from './audio-session-parameters';
import type { AudioStatistics } from './audio-statistics';
import { receivedEvents, type SendDtmfOptions, SessionDigits } from './session-digits';
import { sessionStatistics } from './session-statistics';

/** Settings of an {@link AudioSession}. */
export interface AudioSessionOptions {
  /** Carries the packets. The session closes it. */
  transport: RtpTransport;
  /** Where agreed codecs are looked up. */
  codecs: CodecRegistry;
  /** Paces the session; that of the thread when absent. */
  pacer?: Pacer;
  /** Monotonic time; the real one when absent. Must be the time the pacer runs on. */
  clock?: Clock;
  /** Randomness for identifiers; the host's when absent. */
  random?: RandomBytes;
  /** Where to write what happens; nowhere when absent. */
  logger?: Logger;
  /** Canonical name in RTCP (RFC 7022); a random one when absent. */
  cname?: string;
  /** Bounds of the jitter buffer's delay. */
  jitterBuffer?: Omit<JitterBufferOptions, 'clockRate' | 'discarded'>;
  /** ms without RTP, while audio goes both ways, after which `inactive` is emitted; 30000 when absent. */
  inactivityMs?: number;
  /**
   * Whether pauses of the source are left out where the peer takes comfort noise in their place (RFC 3389): see
   * `sendComfortNoise` of {@link AudioSessionParameters}; false when absent.
   */
  dtx?: boolean | DtxOptions;
  /**
   * Whether digits are also heard in the audio received (ITU-T Q.24); false when absent. What comes as telephone event too
   * is reported once.
   */
  inbandDtmf?: boolean | Omit<DtmfDetectorOptions, 'sampleRate'>;
}

/** Events of an {@link AudioSession}. */
export interface AudioSessionEvents {
  /** A digit has begun to come. */
  dtmfStart: [press: DtmfPress];
  /** A digit was received, at its end. */
  dtmf: [digit: DtmfDigit];
  /** The first RTP packet of the peer came. */
  firstPacket: [];
  /** No RTP for this many ms although it is expected; once until packets come again. */
  inactive: [ms: number];
  /** RTP comes again after `inactive`. */
  active: [];
  /** The peer said goodbye in RTCP (RFC 3550 §6.6). */
  bye: [reason: string | undefined];
  /** The source has no more audio; silence is sent until another is set. */
  sourceEnded: [source: AudioSource];
  /** A source, a sink or the network failed. The session goes on without it. */
  error: [error: MediaError];
}

/**
 * One audio stream of a call, both ways: RTP and RTCP (RFC 3550) over a transport, telephone events (RFC 4733), codecs,
 * jitter buffer, a source and any number of sinks.
 *
 * Nothing happens before {@link configure}; it is called again after each offer and answer and may change anything.
 * Source and sinks may be set at any time. Both see real time: a source is read, and every sink written, once a packet
 * time from the first `configure` to `close`, also on hold and when muted.
 *
 * Media are locked to the peer as {@link SourceLock} describes.
 */
export class AudioSession extends TypedEmitter<AudioSessionEvents> {
  readonly transport: RtpTransport;
  readonly #codecs: CodecRegistry;
  readonly #pacer: Pacer;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #logger: Logger;
  readonly #inactivityMs: number;
  readonly #sender: AudioSender;
  readonly #receiver: AudioReceiver;
  readonly #digits: SessionDigits;
  readonly #rtcp: RtcpSession;
  #handle: PacedHandle | undefined;
  #intervalMs = 20;
  #sending = false;
  #parameters: AudioSessionParameters | undefined;
  #remoteRtcp: Address = { host: '', port: 0 };
  #inactiveReported = false;
  #closed: Promise<void> | undefined;

  constructor(options: AudioSessionOptions) {
    super();
    const { transport, random = systemRandom } = options;
    this.transport = transport;
    this.#codecs = options.codecs;
    this.#pacer = options.pacer ?? sharedPacer();
    this.#clock = options.clock ?? preciseClock;
    this.#random = random;
    this.#logger = options.logger ?? silentLogger;
    this.#inactivityMs = options.inactivityMs ?? 30_000;
    const clock = this.#clock;
    this.#digits = new SessionDigits({
      began: (press) => this.emit('dtmfStart', press),
      ended: (digit) => this.emit('dtmf', digit),
      now: () => clock.now(),
      inband: options.inbandDtmf,
    });
    // RFC 3711 §3.3.1: the lower half, so that a first packet that is lost or late does not wrap the number behind a receiver.
    const sequence = randomUint32(random) & 0x7fff;
    this.#sender = new AudioSender(
      {
        send: (packet) => transport.sendRtp(packet),
        sourceEnded: (source) => this.emit('sourceEnded', source),
        sourceFailed: (_source, cause) =>
          this.#fail('ERR_MEDIA_SOURCE', 'The audio source threw and was removed; set another.', cause),
      },
      {
        events: this.#digits.events,
        tones: this.#digits.tones,
        dtx: options.dtx ? new DiscontinuousTransmission(options.dtx === true ? {} : options.dtx) : undefined,
      },
      randomUint32(random),
      sequence,
      randomUint32(random),
    );
    this.#receiver = new AudioReceiver(
      {
        dtmfStart: (press) => this.#digits.began(press),
        dtmf: (digit) => this.#digits.ended(digit),
        firstPacket: () => this.emit('firstPacket'),
        relearned: (remote) => this.#relearn(remote),
        newSource: () => this.#rtcp.newRemoteSource(),
        collision: () => this.#changeSsrc(),
        sinkFailed: (_sink, cause) =>
          this.#fail('ERR_MEDIA_SINK', 'An audio sink threw and was removed; add it again when it works.', cause),
      },
      options.jitterBuffer,
    );
    this.#receiver.ownSsrc = this.#sender.ssrc;
    if (this.#digits.detector) this.#receiver.addSink(this.#digits.detector);
    this.#rtcp = new RtcpSession({
      // Reports need no precise timers, and each of those would hold up the thread.
      clock: options.clock ?? systemClock,
      random,
      cname: options.cname ?? randomCname(random),
      streams: this.#reportedStreams(),
      send: (bytes) => transport.sendRtcp(bytes),
      bye: (reason) => this.emit('bye', reason),
      voipMetrics: () => voipMetricsBlock(this.statistics(), options.jitterBuffer?.maxDelayMs ?? 400),
    });
    transport.onRtp((bytes, from) => this.#receiver.receive(bytes, from, this.#clock.now()));
    transport.onRtcp((bytes, from) => this.#receiveRtcp(bytes, from));
    transport.onError?.((error) => this.#transportFailed(error));
  }

  #reportedStreams() {
    const sender = this.#sender;
    const receiver = this.#receiver;
    const clock = this.#clock;
    return {
      get ssrc() {
        return sender.ssrc;
      },
      get packetsSent() {
        return sender.packetsSent;
      },
      get octetsSent() {
        return sender.octetsSent;
      },
      get packetsBefore() {
        return sender.packetsBefore;
      },
      get octetsBefore() {
        return sender.octetsBefore;
      },
      get clockRate() {
        return sender.clockRate;
      },
      currentTimestamp: () => sender.timestampAt(clock.now()),
      get remoteSsrc() {
        return receiver.ssrc;
      },
      reception: receiver.reception,
    };
  }

  /**
   * Takes up what an offer and its answer decided, and starts media the first time. Later calls may change the address,
   * codecs, payload types, packet time and direction without a click; the synchronisation source, sequence numbers and
   * statistics go on.
   *
   * @throws MediaError `ERR_CODEC_UNKNOWN` when the registry lacks a codec, `ERR_MEDIA_ARGUMENT` for a payload type out
   * of range, `ERR_MEDIA_CLOSED`; nothing is changed then
   */
  configure(parameters: AudioSessionParameters): void {
    if (this.#closed) throw closedError();
    const { sendCodec, receiveCodecs, telephoneEvent, direction, sendComfortNoise, redundancy } = parameters;
    for (const type of [sendComfortNoise, telephoneEvent?.sendPayloadType]) checkPayloadType(type);
    checkRedundancy(redundancy);
    const codec = this.#lookUp(sendCodec);
    const receivable = new Map<number, PlayoutCodec>();
    for (const agreed of receiveCodecs) receivable.set(agreed.payloadType, toPlayout(this.#lookUp(agreed), agreed));
    const remoteRtp = { host: canonicalHost(parameters.remoteRtp.host), port: parameters.remoteRtp.port };
    const rtcp = parameters.remoteRtcp ?? remoteRtp;
    const rtcpPort = parameters.remoteRtcp || parameters.rtcpMux || rtcp.port === 0 ? rtcp.port : rtcp.port + 1;

    const now = this.#clock.now();
    this.#parameters = parameters;
    // RFC 7160 §4.1: a source keeps one clock rate for all its life.
    if (this.#sender.packetsSent > 0 && codec.clockRate !== this.#sender.clockRate) this.#changeSsrc();
    this.#sender.configure(codec, sendCodec, parameters, telephoneEvent, sendComfortNoise, redundancy?.send);
    this.#digits.agree(telephoneEvent);
    const { comfortNoise } = parameters;
    this.#receiver.configure(receivable, receivedEvents(parameters), remoteRtp, receives(direction), now, {
      ...(comfortNoise && { comfortNoise }),
      ...(redundancy && { redundancy: redundancy.receivePayloadTypes }),
    });
    this.#remoteRtcp = { host: canonicalHost(rtcp.host), port: rtcpPort };
    this.transport.agree?.({ ...parameters.transport, rtcpMux: parameters.rtcpMux ?? false });
    this.transport.setRemote(this.#receiver.lock.remote, this.#rtcpRemote());
    const expected = this.#expected;
    this.#sending = this.#maySend();
    this.#inactiveReported = false;
    if (!expected) this.#receiver.lastPacketAt = now;
    this.#pace();
    this.#rtcp.extendedReports = xrAgreement(parameters.rtcpXr);
    this.#rtcp.reducedSize = parameters.reducedSize ?? false;
    this.#rtcp.start();
    this.#logger.debug({ codec: codec.name, ptime: this.#intervalMs, direction }, 'media configured');
  }

  #lookUp(agreed: AgreedCodec): Codec {
    const { name, clockRate, channels = 1, payloadType } = agreed;
    if (!Number.isInteger(payloadType) || payloadType < 0 || payloadType > 127) {
      throw new MediaError('ERR_MEDIA_ARGUMENT', `Give ${name} a payload type from 0 to 127, not ${payloadType}.`);
    }
    const codec = this.#codecs.get(name, clockRate, channels === 2 ? 2 : 1) ?? this.#codecs.get(name, clockRate);
    if (codec) return codec;
    throw new MediaError('ERR_CODEC_UNKNOWN', `Register a codec ${name}/${clockRate} before it is agreed to.`);
  }

  #pace(): void {
    const interval = this.#sender.frameMs;
    if (this.#handle && interval === this.#intervalMs) return;
    this.#handle?.remove();
    this.#intervalMs = interval;
    this.#handle = this.#pacer.add({ intervalMs: interval, due: (at, skipped) => this.#due(at, skipped) });
  }

  /** Where RTCP goes: with the host that RTP was learnt to come from. */
  #rtcpRemote(): Address {
    const { lock } = this.#receiver;
    if (!lock.locked || !isReachable(this.#remoteRtcp)) return this.#remoteRtcp;
    const announced = this.#parameters!.remoteRtp;
    if (this.#parameters!.rtcpMux) return { ...lock.remote };
    const moved = lock.remote.host !== canonicalHost(announced.host);
    return moved ? { host: lock.remote.host, port: this.#remoteRtcp.port } : this.#remoteRtcp;
  }

  #relearn(remote: Readonly<Address>): void {
    this.#logger.info({ port: remote.port }, 'peer sends from another address than announced');
    this.transport.setRemote(remote, this.#rtcpRemote());
    this.#sending = this.#maySend();
  }

  /** With ICE the address announced says nothing of where media goes. */
  #maySend(): boolean {
    const { direction, remoteRtp, transport } = this.#parameters!;
    return sends(direction) && (transport?.ice !== undefined || isReachable(remoteRtp));
  }

  #changeSsrc(): void {
    // RFC 3550 §8.2: leave under the old identifier, go on under a new one.
    this.#rtcp.bye(this.#sender.ssrc);
    this.#sender.changeSsrc(randomUint32(this.#random));
    this.#receiver.ownSsrc = this.#sender.ssrc;
  }

  #receiveRtcp(bytes: Uint8Array, from: Readonly<Address>): void {
    const { lock, ignored } = this.#receiver;
    if (!lock.isPeerHost(from.host) && from.host !== this.#remoteRtcp.host) {
      ignored.foreign++;
      return;
    }
    const before = this.#rtcp.remote;
    this.#rtcp.receive(bytes);
    const { remote } = this.#rtcp;
    if (remote && remote !== before) this.#sender.lossReported(remote.fractionLost);
  }

  /** ms between packets: what was agreed, as near as the codec comes. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  #due(at: number, skipped: number): void {
    this.#receiver.tick(at, skipped, this.#intervalMs);
    this.#sender.tick(at, skipped, this.#sending);
    if (this.#expected) this.#checkActivity(skipped);
  }

  /** Whether RTP is to come: a peer that wants none of ours holds the call, with music or without. */
  get #expected(): boolean {
    return this.#receiver.receiving && this.#sending;
  }

  #checkActivity(skipped: number): void {
    // A machine that slept has not listened: what came meanwhile may still lie in the socket.
    if (skipped * this.#intervalMs >= this.#inactivityMs) this.#receiver.lastPacketAt = this.#clock.now();
    const silence = this.#clock.now() - this.#receiver.lastPacketAt;
    if (silence < this.#inactivityMs) {
      if (this.#inactiveReported) this.emit('active');
      this.#inactiveReported = false;
    } else if (!this.#inactiveReported) {
      this.#inactiveReported = true;
      this.emit('inactive', Math.round(silence));
    }
  }

  /** What is sent; silence while undefined. The session never closes it. */
  get source(): AudioSource | undefined {
    return this.#sender.source;
  }

  set source(source: AudioSource | undefined) {
    this.#sender.source = source;
  }

  /** Adds a sink of what is received; adding it twice is adding it once. The session never closes it. */
  addSink(sink: AudioSink): void {
    if (!this.#closed) this.#receiver.addSink(sink);
  }

  /** Takes a sink out. */
  removeSink(sink: AudioSink): void {
    this.#receiver.removeSink(sink);
  }

  /** Whether silence is sent in place of the source, which is read all the same. */
  get muted(): boolean {
    return this.#sender.muted;
  }

  set muted(muted: boolean) {
    this.#sender.muted = muted;
  }

  /** Hz at which sources are read without resampling: the rate of the codec sent; 8000 before the first `configure`. */
  get sampleRate(): number {
    return this.#sender.codec?.sampleRate ?? 8000;
  }

  /** Hz at which sinks are written without resampling: the rate of the codec received. */
  get receiveSampleRate(): number {
    return this.#receiver.playout.sampleRate;
  }

  /**
   * Sends digits, after those still being sent. They wait while the direction does not let us send.
   *
   * @param digits any of `0`-`9`, `*`, `#`, `A`-`D`, `!` for a hook flash (as event only), and a comma for a pause
   * @returns a promise for when the last digit and the pause after it were sent; it rejects with MediaError
   * `ERR_DTMF_DIGIT`, `ERR_DTMF_NOT_NEGOTIATED` (no telephone events, or not this one), `ERR_MEDIA_ARGUMENT`,
   * `ERR_MEDIA_DIRECTION` (we may not send now) or `ERR_MEDIA_CLOSED`
   */
  sendDtmf(digits: string, options: SendDtmfOptions = {}): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    const events = (options.method ?? 'rfc4733') === 'rfc4733';
    const refusal = events ? this.#digits.refusal(digits, this.#parameters?.telephoneEvent) : undefined;
    if (refusal) return Promise.reject(refusal);
    if (!this.#sending) {
      const message = 'The call is on hold in our direction; retrieve it before sending digits.';
      return Promise.reject(new MediaError('ERR_MEDIA_DIRECTION', message));
    }
    return (events ? this.#digits.events : this.#digits.tones).send(digits, options);
  }

  /**
   * Whether levels and voice activity of both directions are measured, for `statistics().signal`; false at first. What
   * was measured is forgotten when it is set to false.
   */
  get measuresSignals(): boolean {
    return this.#sender.meter !== undefined;
  }

  set measuresSignals(measures: boolean) {
    if (measures === this.measuresSignals) return;
    this.#sender.meter = measures ? new SignalMeter() : undefined;
    this.#receiver.meter = measures ? new SignalMeter() : undefined;
  }

  /** Measures of the session so far. */
  statistics(): AudioStatistics {
    return sessionStatistics({
      sender: this.#sender,
      receiver: this.#receiver,
      rtcp: this.#rtcp,
      transport: this.transport,
      receiveCodecs: this.#parameters?.receiveCodecs ?? [],
      digitsSent: this.#digits.sent,
      digitsReceived: this.#digits.received,
    });
  }

  #transportFailed(error: Error): void {
    // What ICE, DTLS and TURN have to say comes as it is.
    if (error instanceof MediaError) this.emit('error', error);
    else this.#fail('ERR_RTP_SOCKET', `The media socket failed: ${error.message}.`, error);
  }

  #fail(code: 'ERR_MEDIA_SOURCE' | 'ERR_MEDIA_SINK' | 'ERR_RTP_SOCKET', message: string, cause: unknown): void {
    this.#logger.warn({ code }, message);
    this.emit('error', new MediaError(code, message, { cause }));
  }

  /** Says goodbye in RTCP, stops media and closes the transport. Digits not yet sent are given up. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.#handle?.remove();
    this.#handle = undefined;
    this.#digits.close(closedError());
    this.#rtcp.stop();
    if (this.#parameters) this.#rtcp.bye();
    this.#sender.close();
    this.#receiver.close();
    await this.transport.close();
  }

  /** Same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function closedError(): MediaError {
  return new MediaError('ERR_MEDIA_CLOSED', 'The audio session is closed; make a new one.');
}

function checkPayloadType(payloadType: number | undefined): void {
  if (payloadType === undefined || (Number.isInteger(payloadType) && payloadType >= 0 && payloadType <= 127)) return;
  throw new MediaError('ERR_MEDIA_ARGUMENT', `Give payload types from 0 to 127, not ${payloadType}.`);
}

function checkRedundancy(redundancy: AudioSessionParameters['redundancy']): void {
  for (const type of redundancy?.receivePayloadTypes ?? []) checkPayloadType(type);
  if (!redundancy?.send) return;
  const { payloadType, generations } = redundancy.send;
  checkPayloadType(payloadType);
  if (generations === 1 || generations === 2) return;
  throw new MediaError('ERR_MEDIA_ARGUMENT', `Give redundancy 1 or 2 generations, not ${generations}.`);
}

function toPlayout(codec: Codec, agreed: AgreedCodec): PlayoutCodec {
  const { localFmtp, remoteFmtp } = agreed;
  return { codec, ...(localFmtp !== undefined && { localFmtp }), ...(remoteFmtp !== undefined && { remoteFmtp }) };
}

/** The one spelling of an IPv6 address that sockets report. */
function canonicalHost(host: string): string {
  if (!host.includes(':')) return host;
  try {
    return new URL(`http://[${host}]`).hostname.slice(1, -1);
  } catch {
    return host;
  }
}

/** RFC 7022 §4.2: a name of 96 random bits says nothing about us. */
function randomCname(random: RandomBytes): string {
  return btoa(String.fromCharCode(...random(12)));
}
