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
  /** Packets that came twice. */
  duplicates: number;
  /** Packets whose sequence number was not the highest so far. */
  reordered: number;
  /** Packets taken for no part of the session. */
  ignored: IgnoredPackets;
  /** Interarrival jitter (RFC 3550 §6.4.1, A.8). */
  jitterMs: number;
  /** Round trip by the latest report of the peer (RFC 3550 §6.4.1), once one came. */
  roundTripMs?: number;
  /** What the peer says it receives from us, once it said so. */
  remote?: RemoteReception;
  /** Audio that concealment made up for packets lost or late. */
  concealedMs: number;
  /** Audio left out to bring the delay down. */
  droppedMs: number;
  /** Audio put in to bring the delay up. */
  insertedMs: number;
  /** Delay the jitter buffer adds now, from the arrival a packet on the fastest path would have had to its playing. */
  bufferMs: number;
  /** Delay the jitter buffer aims at. */
  targetBufferMs: number;
  /** The codec sent. */
  sendCodec?: string;
  /** The codec of the latest packet received. */
  receiveCodec?: string;
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
