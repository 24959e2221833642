import type { Clock, Timer } from '../platform/clock';
import { type RandomBytes, randomFraction } from '../platform/random';
import type { ReceptionStatistics } from '../rtp/reception-statistics';
import type { VoipMetricsBlock } from './extended-report';
import { middleOfNtp, NtpTime } from './ntp-time';
import { rtcpInterval } from './rtcp-interval';
import { parseRtcp, type ReportBlock, type RtcpPacket } from './rtcp-packets';
import { serializeRtcp, type WritableRtcp } from './serialize-rtcp';
import { type XrAgreement, XrExchange } from './xr-exchange';

/** What a report says about the streams of a session; read each time a report is written. */
export interface ReportedStreams {
  /** Our synchronisation source. */
  readonly ssrc: number;
  readonly packetsSent: number;
  readonly octetsSent: number;
  /** What of both went out under synchronisation sources given up since; 0 when absent. */
  readonly packetsBefore?: number;
  readonly octetsBefore?: number;
  /** Timestamp that a sample taken now would have. */
  currentTimestamp(): number;
  /** Clock rate of what we send, in Hz. */
  readonly clockRate: number;
  /** The source we receive, once there is one. */
  readonly remoteSsrc: number | undefined;
  readonly reception: ReceptionStatistics;
}

/** Settings of an {@link RtcpSession}. */
export interface RtcpSessionOptions {
  clock: Clock;
  random: RandomBytes;
  /** Canonical name of this endpoint (RFC 3550 §6.5.1). */
  cname: string;
  streams: ReportedStreams;
  /** Sends a compound packet. */
  send(bytes: Uint8Array): void;
  /** The peer said goodbye for the source we receive. */
  bye(reason: string | undefined): void;
  /** Measures of what we receive, for reports of VoIP metrics (RFC 3611 §4.7); undefined while nothing was received. */
  voipMetrics?(): VoipMetricsBlock | undefined;
}

/** The latest report about what we send. */
export interface RemoteReport {
  /** 0 to 1, since the report before. */
  fractionLost: number;
  packetsLost: number;
  /** In timestamp units of what we send. */
  jitter: number;
}

/** 5 % of a voice session of 80 kbit/s, in bytes per second (RFC 3550 §6.2). */
const BANDWIDTH = 500;
/** IPv4 and UDP headers, which the average size includes (RFC 3550 §6.2). */
const LOWER_LAYERS = 28;
/** We and the peer. */
const MEMBERS = 2;

/**
 * The control side of a session of two: reports at randomised intervals (RFC 3550 §6.3), reads the peer's reports, and
 * measures the round trip (§6.4.1).
 */
export class RtcpSession {
  readonly #options: RtcpSessionOptions;
  readonly #ntp: NtpTime;
  readonly #xr: XrExchange;
  /** Whether packets that begin with no report are taken (RFC 5506). */
  reducedSize = false;
  #timer: Timer | undefined;
  #initial = true;
  #averageSize = 128;
  /** Packets sent at the last report and at the one before, by which §6.4 tells senders from receivers. */
  #sentAtLast = 0;
  #sentAtSecondLast = 0;
  #lastSenderReport = 0;
  #lastSenderReportAt = 0;
  #lastHeardPackets = 0;
  #roundTripMs: number | undefined;
  #roundTripTotalMs = 0;
  #roundTrips = 0;
  #remote: RemoteReport | undefined;
  #remotePacketCount: number | undefined;
  #remoteOctetCount: number | undefined;
  #sent = 0;
  #received = 0;
  #malformed = 0;

  constructor(options: RtcpSessionOptions) {
    this.#options = options;
    this.#ntp = new NtpTime(options.clock);
    this.#xr = new XrExchange(this.#ntp, () => options.clock.now());
  }

  /** Begins to report; does nothing when already begun. */
  start(): void {
    if (!this.#timer) this.#schedule();
  }

  /** Stops reporting without a goodbye. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): void {
    const weSent = this.#weSent;
    const theySent = this.#options.streams.reception.received > this.#lastHeardPackets;
    const interval = rtcpInterval({
      members: MEMBERS,
      senders: (weSent ? 1 : 0) + (theySent ? 1 : 0),
      weSent,
      bandwidth: BANDWIDTH,
      averageSize: this.#averageSize,
      initial: this.#initial,
      random: randomFraction(this.#options.random),
    });
    this.#timer = this.#options.clock.setTimer(interval, () => {
      this.#initial = false;
      this.report();
      this.#schedule();
    });
  }

  get #weSent(): boolean {
    return this.#options.streams.packetsSent > this.#sentAtSecondLast;
  }

  /** Sends a report now, a sender report if RTP was sent lately, else a receiver report. */
  report(): void {
    this.#send([]);
    this.#sentAtSecondLast = this.#sentAtLast;
    this.#sentAtLast = this.#options.streams.packetsSent;
    this.#lastHeardPackets = this.#options.streams.reception.received;
  }

  /**
   * Says goodbye (RFC 3550 §6.6) if anything was ever sent.
   *
   * @param ssrc the source that leaves, ours by default
   */
  bye(ssrc = this.#options.streams.ssrc, reason?: string): void {
    if (this.#sent === 0 && this.#options.streams.packetsSent === 0) return;
    this.#send([{ type: 'bye', sources: [ssrc], ...(reason !== undefined && { reason }) }], ssrc);
  }

  #send(more: WritableRtcp[], ssrc = this.#options.streams.ssrc): void {
    const { streams, cname } = this.#options;
    const blocks = this.#blocks();
    const weSent = this.#weSent;
    const report: WritableRtcp = weSent
      ? {
          type: 'sender-report',
          ssrc,
          ntp: this.#ntp.now(),
          rtpTimestamp: streams.currentTimestamp(),
          packetCount: streams.packetsSent - (streams.packetsBefore ?? 0),
          octetCount: streams.octetsSent - (streams.octetsBefore ?? 0),
          blocks,
        }
      : { type: 'receiver-report', ssrc, blocks };
    const packets: WritableRtcp[] = [report, { type: 'source-description', chunks: [{ ssrc, cname }] }];
    const extended = this.#xr.blocks(weSent, this.#voipMetrics());
    if (extended.length > 0) packets.push({ type: 'extended-report', ssrc, blocks: extended });
    packets.push(...more);
    const bytes = serializeRtcp(packets);
    this.#averageSize += (bytes.length + LOWER_LAYERS - this.#averageSize) / 16;
    this.#sent++;
    this.#options.send(bytes);
  }

  #voipMetrics(): VoipMetricsBlock | undefined {
    return this.#xr.agreement.voipMetrics ? this.#options.voipMetrics?.() : undefined;
  }

  #blocks(): ReportBlock[] {
    const { clock, streams } = this.#options;
    if (streams.remoteSsrc === undefined) return [];
    const { reception } = streams;
    const known = this.#lastSenderReport !== 0;
    return [
      {
        ssrc: streams.remoteSsrc,
        fractionLost: reception.takeFractionLost(),
        packetsLost: reception.lost,
        extendedHighestSequence: reception.extendedHighestSequence,
        jitter: reception.jitter,
        lastSenderReport: this.#lastSenderReport,
        delaySinceLastSenderReport: known ? Math.round((clock.now() - this.#lastSenderReportAt) * 65.536) : 0,
      },
    ];
  }

  /** Reads a compound packet, or a reduced-size one where agreed on; what is no valid one is counted and left. */
  receive(bytes: Uint8Array): void {
    const packets = parseRtcp(bytes, this.reducedSize);
    if (!packets) {
      this.#malformed++;
      return;
    }
    this.#received++;
    this.#averageSize += (bytes.length + LOWER_LAYERS - this.#averageSize) / 16;
    for (const packet of packets) this.#take(packet);
  }

  #take(packet: RtcpPacket): void {
    const { streams, clock } = this.#options;
    switch (packet.type) {
      case 'sender-report':
        this.#lastSenderReport = middleOfNtp(packet.ntp);
        this.#lastSenderReportAt = clock.now();
        this.#remotePacketCount = packet.packetCount;
        this.#remoteOctetCount = packet.octetCount;
        for (const block of packet.blocks) if (block.ssrc === streams.ssrc) this.#heardOfUs(block);
        break;
      case 'receiver-report':
        for (const block of packet.blocks) if (block.ssrc === streams.ssrc) this.#heardOfUs(block);
        break;
      case 'bye':
        // Before any RTP came, whoever says goodbye is the peer.
        if (streams.remoteSsrc === undefined || packet.sources.includes(streams.remoteSsrc)) {
          this.#options.bye(packet.reason);
        }
        break;
      case 'extended-report':
        this.#xr.receive(packet, streams.ssrc, this.#answered);
        break;
      default:
    }
  }

  readonly #answered = (lastTime: number, delay: number): void => this.#measureRoundTrip(lastTime, delay);

  #heardOfUs(block: ReportBlock): void {
    this.#remote = {
      fractionLost: block.fractionLost / 256,
      packetsLost: block.packetsLost,
      jitter: block.jitter,
    };
    this.#measureRoundTrip(block.lastSenderReport, block.delaySinceLastSenderReport);
  }

  /** RFC 3550 §6.4.1 for sender reports, RFC 3611 §4.5 for reference times: now, less our time, less the peer's delay. */
  #measureRoundTrip(lastTime: number, delay: number): void {
    if (lastTime === 0) return;
    const now = middleOfNtp(this.#ntp.now());
    const roundTrip = (now - lastTime - delay) | 0;
    // Rounding and clocks can make a very short trip negative; a report that makes no sense says nothing.
    if (roundTrip <= -66 || roundTrip >= 65_536 * 60) return;
    this.#roundTripMs = Math.max(0, roundTrip / 65.536);
    this.#roundTripTotalMs += this.#roundTripMs;
    this.#roundTrips++;
  }

  /** Forgets what was learnt about the source received: another took its place. */
  newRemoteSource(): void {
    this.#lastSenderReport = 0;
    this.#lastHeardPackets = 0;
    this.#xr.newRemoteSource();
  }

  /** Which extended reports the peer takes (RFC 3611 §5.1); none at first. */
  set extendedReports(agreement: XrAgreement) {
    this.#xr.agreement = agreement;
  }

  /** What the peer said last about the quality of what it receives from us (RFC 3611 §4.7). */
  get remoteVoipMetrics(): VoipMetricsBlock | undefined {
    return this.#xr.voipMetrics;
  }

  /** Packets the peer says it sent, by its latest sender report; undefined before one came. */
  get remotePacketCount(): number | undefined {
    return this.#remotePacketCount;
  }

  /** Payload bytes the peer says it sent. */
  get remoteOctetCount(): number | undefined {
    return this.#remoteOctetCount;
  }

  /** Sum in ms, and number, of the round trips measured. */
  get roundTripTotalMs(): number {
    return this.#roundTripTotalMs;
  }

  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** Round trip in ms by the latest report. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** What the peer said last about what we send. */
  get remote(): RemoteReport | undefined {
    return this.#remote;
  }

  /** Compound packets sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Valid compound packets received. */
  get received(): number {
    return this.#received;
  }

  /** Packets that were no RTCP. */
  get malformed(): number {
    return this.#malformed;
  }
}
