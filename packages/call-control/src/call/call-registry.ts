import type { RandomBytes } from '@offhook/sip-core';
import type { CallIdentity } from './call';
import { Call } from './call';
import type { Party } from './party';

const UUID_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

/** The calls of a server, and the numbers of new ones. */
export class CallRegistry {
  readonly #calls = new Map<string, Call>();
  readonly #random: RandomBytes;
  #callID = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** Begins a call. */
  open(options: ConstructorParameters<typeof Call>[1]): Call {
    const call = new Call(this.#identity(), options);
    this.#calls.set(call.connID, call);
    return call;
  }

  find(connID: string): Call | undefined {
    return this.#calls.get(connID);
  }

  /** Forgets a call without parties. */
  forget(call: Call): void {
    if (call.parties.length === 0) this.#calls.delete(call.connID);
  }

  /** All parts a DN has in calls. */
  partiesOf(dn: string): Party[] {
    return [...this.#calls.values()].flatMap(({ parties }) => parties.filter((party) => party.dn === dn));
  }

  get size(): number {
    return this.#calls.size;
  }

  [Symbol.iterator](): IterableIterator<Call> {
    return this.#calls.values();
  }

  #identity(): CallIdentity {
    return {
      connID: Array.from(this.#random(8), (byte) => byte.toString(16).padStart(2, '0')).join(''),
      callID: ++this.#callID,
      callUUID: Array.from(this.#random(32), (byte) => UUID_ALPHABET[byte & 31]).join(''),
    };
  }
}
