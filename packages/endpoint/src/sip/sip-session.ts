import type { HeaderList, NameAddr, OfferAnswerHandler, SessionBody, SipRequest, SipResponse } from '@offhook/sip-core';

/** A request inside a dialog that waits for its response. */
export interface SipServerTransaction {
  readonly request: SipRequest;
  /** Sends the response; to be called once. */
  respond(response: SipResponse): void;
}

/** How a session ended. */
export interface SipSessionEnd {
  by: 'local' | 'remote' | 'error';
  /** SIP status, when there was one. */
  status?: number | undefined;
  reason?: string | undefined;
  error?: Error | undefined;
}

/** What an INFO of an Info Package brings. */
export interface SipInfo {
  readonly package: string;
  readonly body: SessionBody | undefined;
}

/** Events of a {@link SipSession}. */
export interface SipSessionEvents {
  /** The peer said something: a request inside the session, or a response to an INVITE or UPDATE of ours. */
  heard: [message: SipRequest | SipResponse];
  /** Outgoing: a 101 to 199 came. */
  provisional: [response: SipResponse];
  /** The ACK was sent or came. */
  established: [];
  /** An INFO of a package that is received (RFC 6086); it has been answered. */
  info: [info: SipInfo];
  /** The peer refers us to somebody else (RFC 3515); refused with 603 when nobody listens. */
  refer: [referral: SipIncomingReferral];
  /** A request inside the dialog that the provider does not answer itself. */
  request: [transaction: SipServerTransaction];
  /** The session is over; always the last event. */
  ended: [end: SipSessionEnd];
}

/** The signalling of one call: an INVITE and the dialog it opens. */
export interface SipSession {
  readonly direction: 'outgoing' | 'incoming';
  /** The INVITE that opened it. */
  readonly invite: SipRequest;
  /** The other party. */
  readonly remote: NameAddr;
  /** Tags of its dialog, where the provider can tell. */
  readonly dialog?: { readonly localTag: string; readonly remoteTag: string } | undefined;
  /** Listens to an event; the returned function ends that. */
  on<Name extends keyof SipSessionEvents>(name: Name, listener: (...args: SipSessionEvents[Name]) => void): () => void;
  /** Ends it in whatever state: CANCEL, BYE or a refusal; resolves when that is done. */
  terminate(options?: { headers?: HeaderList }): Promise<void>;
  /** Sends a re-INVITE; rejects with a SipError when it was refused, the session then is as it was (RFC 3261 §14.1). */
  reinvite(options?: { headers?: HeaderList }): Promise<void>;
  /** Whether a re-INVITE of ours is under way: an offer asked for is then for that, else for a re-INVITE without one. */
  readonly reinviting: boolean;
  /** Whether the peer has said, in Allow, that it takes a method; undefined, or without this: it is not known. */
  peerAllows?(method: string): boolean | undefined;
  /** Sends a request inside the dialog and gives its final response, of whatever status. */
  send(method: string, options?: { headers?: HeaderList; body?: SessionBody }): Promise<SipResponse>;
}

/** A session that the peer has begun. */
export interface IncomingSipSession extends SipSession {
  readonly direction: 'incoming';
  /** The session that this one is to replace (RFC 3891): the provider ends it once this one is established. */
  readonly replaces?: SipSession | undefined;
  /** Our side of offer and answer; to be set before anything is answered. */
  offerAnswer: OfferAnswerHandler;
  /** Sends a provisional response, with an answer in it when `earlyMedia` is set. */
  ring(options: { status: number; headers?: HeaderList; earlyMedia?: boolean }): Promise<void>;
  /** Sends 200; resolves when the ACK came. */
  accept(options: { headers?: HeaderList }): Promise<void>;
  /** Refuses. */
  reject(status: number, reason?: string, headers?: HeaderList): void;
}

/** Settings of a REFER. */
export interface SipReferOptions {
  /** Who refers, for the target to see (RFC 3892). */
  referredBy?: NameAddr;
  /** Header fields to add to the REFER. */
  headers?: HeaderList;
}

/** A REFER of ours, and what is heard about it. */
export interface SipReferral {
  /** Resolves when the REFER is accepted; rejects with a SipError when it is refused. */
  readonly accepted: Promise<SipResponse>;
  /** Resolves when it is known what became of it, or that it never will be; never rejects. */
  readonly done: Promise<SipReferralEnd>;
  /** `progress`: the peer tells what its request was answered (RFC 3420). */
  on(name: 'progress', listener: (status: number, reason: string) => void): () => void;
  /** Does not wait for more. */
  abandon(): void;
}

/** What became of a referral. */
export interface SipReferralEnd {
  /** `unknown`: the peer took the REFER, and does not tell what became of it. */
  readonly outcome: 'succeeded' | 'failed' | 'refused' | 'unknown';
  readonly status?: number;
  readonly reason?: string;
  readonly error?: Error;
}

/** Somebody asks us to call somebody. To follow it is to {@link SipProvider.invite} with it as `referral`. */
export interface SipIncomingReferral {
  /** Refer-To: whom to call. */
  readonly target: NameAddr;
  /** Method of the request that is asked for. */
  readonly method: string;
  /** Who refers us, as the other side says (RFC 3892). */
  readonly referredBy: NameAddr | undefined;
  /** The dialog of the target's that the new call is to replace (RFC 3891), when it names one. */
  readonly replaces: unknown;
  /** Accepts: 202, and a NOTIFY of `100 Trying`; {@link SipProvider.invite} accepts by itself. */
  accept(): void;
  /** Refuses. */
  reject(status?: number): void;
  /** Tells how it goes; a final status is the last that is told. */
  notify(status: number, reason?: string): void;
}
