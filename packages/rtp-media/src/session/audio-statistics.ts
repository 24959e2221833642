import type { SignalStatistics } from '../quality/signal-meter';
import type { VoipMetrics } from '../quality/voip-metrics';
import type { LossCounts } from '../rtp/loss-pattern';
import type { TransportStatistics } from '../transport/transport-agreement';

/** Counters and measures of an audio session since it began. Durations are in ms. */
export interface AudioStatistics {
  /** RTP packets sent, telephone events included. */
  packetsSent: number;
  /** Payload bytes sent, headers excluded (the sender's octet count of RFC 3550 §6.4.1). */
  octetsSent: number;
  /** Valid RTP packets received from the peer, late and duplicate ones included. */
  packetsReceived: number;
  /** Payload bytes received, headers and padding excluded. */
  octetsReceived: number;
  /** Packets expected less packets received (RFC 3550 §6.4.1); duplicates can make it negative. */
  packetsLost: number;
  /** Share lost, 0 to 1, of the packets expected since the session began. */
  fractionLost: number;
  /** Packets that came but were not played: too late, or more than the buffer holds. */
  packetsDiscarded: number;
  /** Packets that came after their time; `packetsDiscarded` counts them too. */
  packetsLate: number;
  /** How losses and discards lay in the stream received. */
  loss: LossCounts;
  /** Packets lost whose audio came again in a later one (RFC 2198), in time; `packetsLost` counts them, `loss` does not. */
  packetsRecovered: number;
  /** Packets that came twice, once of it as redundant audio perhaps. */
  duplicates: number;
  /** Packets whose sequence number was not the highest so far. */
  reordered: number;
  /** Packets taken for no part of the session. */
  ignored: IgnoredPackets;
  /** Interarrival jitter (RFC 3550 §6.4.1, A.8). */
  jitterMs: number;
  /** Round trip by the latest report of the peer (RFC 3550 §6.4.1), once one came. */
  roundTripMs?: number;
  /** Number, and sum in ms, of the round trips measured. */
  roundTrips: number;
  roundTripTotalMs: number;
  /** What the peer says it receives from us, once it said so. */
  remote?: RemoteReception;
  /** What the peer says of the quality it receives from us, once it said so (RFC 3611 §4.7). */
  remoteVoipMetrics?: VoipMetrics;
  /** What the peer says it sent, once it said so. */
  remoteSent?: { packets: number; octets: number };
  /** Audio that concealment made up for packets lost or late. */
  concealedMs: number;
  /** Gaps that were concealed, however long. */
  concealmentEvents: number;
  /** Comfort noise that stood for silence of the peer (RFC 3389). */
  comfortNoiseMs: number;
  /** Audio decoded. */
  decodedMs: number;
  /** Time during which the stream received played. */
  playedMs: number;
  /** Audio left out to bring the delay down. */
  droppedMs: number;
  /** Audio put in to bring the delay up. */
  insertedMs: number;
  /** Delay the jitter buffer adds now, from the arrival a packet on the fastest path would have had to its playing. */
  bufferMs: number;
  /** Delay the jitter buffer aims at. */
  targetBufferMs: number;
  /** Mean of `bufferMs` over `playedMs`. */
  meanBufferMs: number;
  /** Audio decoded and not yet played. */
  queuedMs: number;
  /** Audio in a packet: of the latest received, and of those sent. */
  packetMs: number;
  sendPacketMs: number;
  /** The codec sent. */
  sendCodec?: string;
  /** The codec of the latest packet received. */
  receiveCodec?: string;
  /** The codec sent, as it was agreed on. */
  sendFormat?: CodecFormat;
  /** The codec of the latest packet received. */
  receiveFormat?: CodecFormat;
  /** What the source gives, before muting, and what is heard; while the session measures signals. */
  signal?: { sent: SignalStatistics; received: SignalStatistics };
  /** Whether silence is sent in place of the source. */
  muted: boolean;
  /** Our synchronisation source. */
  ssrc: number;
  /** The peer's synchronisation source, once a packet came. */
  remoteSsrc?: number;
  /** Telephone events sent and received. */
  digitsSent: number;
  digitsReceived: number;
  rtcpSent: number;
  rtcpReceived: number;
  /** The way packets take and their protection, where the transport tells. */
  transport?: TransportStatistics;
}

/** Packets counted and thrown away, by reason. */
export interface IgnoredPackets {
  /** Not RTP or RTCP: too short, wrong version, lengths that do not add up. */
  malformed: number;
  /** From an address that is not the peer's. */
  foreign: number;
  /** With a payload type that was not agreed. */
  unknownPayload: number;
  /** From a synchronisation source that has not proven itself (RFC 3550 A.1), or far out of sequence. */
  unproven: number;
  /** While the direction does not let us receive. */
  unwanted: number;
}

/** A receiver report of the peer about our stream (RFC 3550 §6.4.1). */
export interface RemoteReception {
  /** Share lost, 0 to 1, since its report before. */
  fractionLost: number;
  packetsLost: number;
  jitterMs: number;
}

/** A codec and how it travels. */
export interface CodecFormat {
  /** Encoding name. */
  name: string;
  /** RTP clock rate in Hz. */
  clockRate: number;
  /** Hz of its audio. */
  sampleRate: number;
  channels: number;
  payloadType?: number;
  /** The format parameters of the side that receives. */
  fmtp?: string;
}

/** The statistics of a session that has not begun: nothing was counted. */
export function emptyStatistics(): AudioStatistics {
  return {
    packetsSent: 0,
    octetsSent: 0,
    packetsReceived: 0,
    octetsReceived: 0,
    packetsLost: 0,
    fractionLost: 0,
    packetsDiscarded: 0,
    packetsLate: 0,
    loss: {
      packets: 0,
      lost: 0,
      discarded: 0,
      lossRuns: 0,
      bursts: 0,
      burstPackets: 0,
      burstLosses: 0,
      gaps: 0,
    },
    packetsRecovered: 0,
    duplicates: 0,
    reordered: 0,
    ignored: { malformed: 0, foreign: 0, unknownPayload: 0, unproven: 0, unwanted: 0 },
    jitterMs: 0,
    roundTrips: 0,
    roundTripTotalMs: 0,
    concealedMs: 0,
    concealmentEvents: 0,
    comfortNoiseMs: 0,
    decodedMs: 0,
    playedMs: 0,
    droppedMs: 0,
    insertedMs: 0,
    bufferMs: 0,
    targetBufferMs: 0,
    meanBufferMs: 0,
    queuedMs: 0,
    packetMs: 20,
    sendPacketMs: 20,
    muted: false,
    ssrc: 0,
    digitsSent: 0,
    digitsReceived: 0,
    rtcpSent: 0,
    rtcpReceived: 0,
  };
}
