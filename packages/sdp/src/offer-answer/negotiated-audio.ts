import type { Direction } from './direction';

/** Where media goes. */
export interface MediaAddress {
  /** Numeric address, IPv6 without brackets. */
  address: string;
  port: number;
}

/** A codec both sides agreed to. */
export interface NegotiatedCodec {
  /** Encoding name as we spell it. */
  name: string;
  /** RTP clock rate in Hz. */
  clockRate: number;
  channels: number;
  /** Payload type the peer expects (RFC 3264 §5.1: each side names what it receives). */
  sendPayloadType: number;
  /** Payload type we expect. */
  receivePayloadType: number;
  /** The peer's format parameters. */
  remoteFmtp?: string;
  /** Our format parameters. */
  localFmtp?: string;
}

/** Telephone events both sides agreed to, at the clock rate of the codec. */
export interface NegotiatedTelephoneEvent {
  sendPayloadType: number;
  receivePayloadType: number;
  /** Clock rate in Hz. */
  clockRate: number;
  /** Events the peer understands, as in `a=fmtp`; `0-15` when it did not say (RFC 4733 §2.4.1). */
  events: string;
}

/** What an offer and its answer decided about the audio stream. */
export interface NegotiatedAudio {
  /** Where to send RTP. */
  remote: MediaAddress;
  /** Where to send RTCP: `a=rtcp`, else the port after RTP's. */
  remoteRtcp: MediaAddress;
  /** What we may do now. */
  direction: Direction;
  /** The peer has put us on hold: it asked for no more audio (`sendonly`, `inactive`) or gave an address to send nothing to. */
  remoteHold: boolean;
  /** What we send: the first codec agreed to. */
  codec: NegotiatedCodec;
  /** All codecs agreed to; any of them may come. */
  codecs: readonly NegotiatedCodec[];
  /** Absent when the peer takes no telephone events at the codec's clock rate. */
  telephoneEvent?: NegotiatedTelephoneEvent;
  /** Packet duration in ms the peer likes to receive; undefined when it did not say. */
  ptime?: number;
  /** Longest packet in ms the peer can take; undefined when it did not say. */
  maxptime?: number;
}
