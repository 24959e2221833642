import type { HeaderList, NameAddr, SessionBody, SipRequest, SipUri } from '@offhook/sip-core';
import type { SipCredentials, SipRegistration } from './sip-provider';

/** Whom a request outside any call goes to, whom it is from, and how it gets there. */
export interface SipAddressing {
  uri: SipUri;
  /** Who we are; somebody at our own address when absent. */
  from?: NameAddr | undefined;
  /** The server to send to; the URI itself when absent. */
  server?: SipUri | undefined;
  headers?: HeaderList;
  credentials?: SipCredentials | undefined;
  /** The registration of the line it goes by; its way to the server comes before `server`. */
  registration?: SipRegistration | undefined;
}

/** A subscription to be made (RFC 6665). */
export interface SipSubscribe extends SipAddressing {
  /** Event package. */
  event: string;
  /** Content types that can be read. */
  accept?: readonly string[];
  /** Seconds asked for; 3600 when absent. */
  expires?: number;
}

/** A state that was told. */
export interface SipNotification {
  readonly contentType?: string;
  readonly body: Uint8Array;
  /** The body as UTF-8 text. */
  readonly text: string;
}

/** Why a subscription or a publication is in its state, or has ended. */
export interface SipStateDetail {
  readonly status?: number;
  readonly reason?: string;
  readonly error?: Error;
}

/** Events of a {@link SipSubscription}. */
export interface SipSubscriptionEvents {
  state: [state: 'subscribing' | 'pending' | 'active' | 'waiting' | 'terminated', detail: SipStateDetail];
  /** The notifier has told the state. */
  notify: [notification: SipNotification];
  /** It is over for good. */
  ended: [end: SipStateDetail];
}

/** A subscription that is kept alive until it is given up. */
export interface SipSubscription {
  /** Resolves at the first NOTIFY; rejects with a SipError when there is none. */
  readonly established: Promise<void>;
  /** Listens to an event; the returned function ends that. */
  on<Name extends keyof SipSubscriptionEvents>(
    name: Name,
    listener: (...args: SipSubscriptionEvents[Name]) => void,
  ): () => void;
  /** Asks for the state now. */
  refresh(): Promise<void>;
  /** Ends it; never rejects. */
  unsubscribe(): Promise<void>;
}

/** A state to be published (RFC 3903). */
export interface SipPublish extends SipAddressing {
  /** Event package. */
  event: string;
  body: SessionBody;
  /** Seconds it is to be believed; 3600 when absent. */
  expires?: number;
}

/** Events of a {@link SipPublication}. */
export interface SipPublicationEvents {
  state: [state: 'publishing' | 'published' | 'failed' | 'removed', detail: SipStateDetail];
}

/** A published state that is kept alive until it is removed. */
export interface SipPublication {
  /** Resolves when it has been published first; rejects with a SipError when it was not. */
  readonly established: Promise<void>;
  /** Listens to an event; the returned function ends that. */
  on<Name extends keyof SipPublicationEvents>(
    name: Name,
    listener: (...args: SipPublicationEvents[Name]) => void,
  ): () => void;
  /** Publishes another state in place of the one before. */
  modify(body: SessionBody): Promise<void>;
  /** Takes it back; never rejects. */
  remove(): Promise<void>;
}

/** A MESSAGE that came; it is answered 200 unless it is rejected before the handler returns. */
export interface SipIncomingMessage {
  readonly request: SipRequest;
  readonly from: NameAddr;
  readonly contentType: string;
  readonly text: string;
  /** Refuses it, with 300 to 699. */
  reject(status: number): void;
}
