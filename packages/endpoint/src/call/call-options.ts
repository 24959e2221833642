import type { AudioSink, AudioSource, DtmfMethod, DtmfOptions } from '@offhook/rtp-media';

/** Header fields to add to a message: values by name, or name and value in order. */
export type HeadersOption =
  | Readonly<Record<string, string | readonly string[]>>
  | readonly (readonly [string, string])[];

/** How to place a call. */
export interface CallOptions {
  /** Header fields to add to the INVITE. */
  headers?: HeadersOption;
  /** What the peer hears; silence when absent. Also `call.audio.source`, at any time. */
  source?: AudioSource;
  /** Gets what the peer says. Also `call.audio.addSink`, at any time. */
  sink?: AudioSink;
  /** Codecs to offer in this call, the preferred first; those of the endpoint when absent. */
  codecs?: readonly string[];
  /** Whether the INVITE goes without an offer, so that the peer makes it (RFC 3261 §13.2.1); false when absent. */
  delayedOffer?: boolean;
  /** ms after which an unanswered call is given up; never when absent. */
  timeout?: number;
  /** Gives the call up, or hangs it up. */
  signal?: AbortSignal;
}

/** How to ring. */
export interface RingOptions {
  /** 180 Ringing, 181, 182 or 183 Session Progress; 180 when absent, 183 with `earlyMedia`. */
  status?: number;
  /** Whether the caller hears `call.audio.source` before the answer (RFC 3960); false when absent. */
  earlyMedia?: boolean;
  /** What the caller hears. */
  source?: AudioSource;
  /** Gets what the caller says. */
  sink?: AudioSink;
  /** Header fields to add. */
  headers?: HeadersOption;
}

/** How to answer. */
export interface AnswerOptions {
  /** What the caller hears; silence when absent. Also `call.audio.source`, at any time. */
  source?: AudioSource;
  /** Gets what the caller says. */
  sink?: AudioSink;
  /** Header fields to add to the 200. */
  headers?: HeadersOption;
}

/** How to send digits. */
export interface SendDigitsOptions extends DtmfOptions {
  /**
   * As telephone events (`rfc4733`), as tones in the audio (`inband`), by INFO with a body `application/dtmf-relay`
   * (`info`) or `application/dtmf` (`info-dtmf`); `auto`, when absent, takes the first of the endpoint's `dtmfMethods` that the
   * peer takes.
   */
  method?: DtmfMethod | 'auto';
}
