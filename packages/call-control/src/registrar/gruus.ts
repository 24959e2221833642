import { type RandomBytes, randomToken, SipUri } from '@offhook/sip-core';

/** An instance of a user agent that has registered for an address-of-record. */
export interface GruuOwner {
  /** Address-of-record, as `user@host`. */
  readonly aor: string;
  readonly instanceId: string;
}

/**
 * Makes the GRUUs of a registrar and knows whose they are (RFC 5627 §5). Public ones say so themselves; temporary ones are remembered for
 * as long as their owner is.
 */
export class Gruus {
  readonly #random: RandomBytes;
  readonly #temporary = new Map<string, GruuOwner>();
  readonly #byOwner = new Map<string, string>();

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** The public GRUU: the address-of-record, and which instance. */
  public({ aor, instanceId }: GruuOwner): SipUri {
    const uri = SipUri.parse(`sip:${aor}`);
    uri.params.set('gr', instanceId);
    return uri;
  }

  /** A temporary GRUU, that tells nobody who it is; another one for each registration (RFC 5627 §3.2). */
  temporary(owner: GruuOwner, callId: string): SipUri {
    const key = `${owner.aor} ${owner.instanceId} ${callId}`;
    let token = this.#byOwner.get(key);
    if (token === undefined) {
      token = `tgruu.${randomToken(this.#random, 24)}`;
      this.#byOwner.set(key, token);
      this.#temporary.set(token, owner);
    }
    const uri = SipUri.parse(`sip:${token}@${owner.aor.replace(/^.*@/, '')}`);
    uri.params.set('gr', '');
    return uri;
  }

  /** Whose a URI is; undefined when it is no GRUU of ours. */
  ownerOf(uri: SipUri): GruuOwner | undefined {
    const instanceId = uri.params.get('gr');
    if (instanceId === undefined) return undefined;
    if (instanceId === '') return this.#temporary.get(uri.user ?? '');
    return { aor: `${uri.user ?? ''}@${uri.host.toLowerCase()}`, instanceId };
  }

  /** Forgets the temporary GRUUs of those who are gone. @param lives whether an owner still has a binding */
  sweep(lives: (owner: GruuOwner) => boolean): void {
    for (const [key, token] of this.#byOwner) {
      const owner = this.#temporary.get(token)!;
      if (lives(owner)) continue;
      this.#byOwner.delete(key);
      this.#temporary.delete(token);
    }
  }
}
