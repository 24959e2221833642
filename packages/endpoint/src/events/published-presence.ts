import type { SessionBody } from '@offhook/sip-core';
import type { SipPublication } from '../sip/sip-events';
import { PIDF, type PresenceState, writePresence } from './presence';

/** Our presence at the server (RFC 3903): refreshed until it is removed. */
export class PublishedPresence {
  /** Resolves when it has been published first; rejects with SipResponseError, SipTimeoutError and others. Need not be listened to. */
  readonly established: Promise<void>;
  readonly #publication: SipPublication;
  readonly #entity: string;

  /** @internal */
  constructor(publication: SipPublication, entity: string) {
    this.#publication = publication;
    this.#entity = entity;
    this.established = publication.established;
    this.established.catch(() => {});
  }

  /** @internal */
  static body(entity: string, state: PresenceState): SessionBody {
    return { contentType: PIDF, body: new TextEncoder().encode(writePresence(entity, entity, state)) };
  }

  /** Publishes another state in its place. @throws what the server's refusal throws, through the promise */
  update(state: PresenceState): Promise<void> {
    return this.#publication.modify(PublishedPresence.body(this.#entity, state));
  }

  /** Takes it back. Never rejects. */
  remove(): Promise<void> {
    return this.#publication.remove();
  }
}
