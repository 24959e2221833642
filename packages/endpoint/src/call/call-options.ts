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
  /**
   * The dialog of the callee's that this call is to take the place of (RFC 3891): to pick up what rings there, or take over what it talks.
   */
  replaces?: DialogIdentifier;
  /** Data for the callee's application, or the network (RFC 7433): text, or what it is with bytes; several of different purposes. */
  userToUser?: UserToUserData | readonly UserToUserData[];
  /**
   * Hides who calls: From says Anonymous, the network is asked to keep quiet about our identity (`privacy` `id`), which it learns from
   * P-Preferred-Identity (RFC 3323, RFC 3325). False when absent.
   */
  anonymous?: boolean;
  /** What the network is to keep from the callee (RFC 3323 §4.2): `id`, `header`, `session`, `user`, `history`, `critical`, or `none`. */
  privacy?: readonly string[];
  /** Which of our addresses the network shall assert (RFC 3325 §9.2), such as `sip:sales@example.com`. */
  identity?: string;
  /** Asks the callee to answer by itself, as for an intercom (RFC 5373, and Call-Info `answer-after`); false when absent. */
  askAutoAnswer?: boolean;
  /** ms after which an unanswered call is given up; never when absent. */
  timeout?: number;
  /** Gives the call up, or hangs it up. */
  signal?: AbortSignal;
}

/** User-to-user data: a text, or data with what it is. */
export type UserToUserData =
  | string
  | {
      /** Text, or bytes, which go as hexadecimal digits. */
      data: string | Uint8Array;
      /** Whose data it is, such as `isdn-uui`, which is what absent means. */
      purpose?: string;
      /** What the data is. */
      content?: string;
    };

/** A dialog, as its other party sees it (RFC 3891 §6.1): what dialog-info tells of (RFC 4235). */
export interface DialogIdentifier {
  /** Call-ID. */
  callId: string;
  /** Tag of the party that is asked to replace it. */
  toTag: string;
  /** Tag of the other party. */
  fromTag: string;
  /** Whether it shall be replaced only while it rings; false when absent. */
  earlyOnly?: boolean;
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
