import type { Call } from '../call/call';
import type { Connection } from '../connection/connection';
import type { SipSession } from '../sip/sip-session';

/** What an endpoint knows of a call. */
export interface OpenCall {
  readonly session: SipSession;
  readonly connection: Connection | undefined;
}

/** The calls of an endpoint that are not over, in the order they began. */
export class OpenCalls {
  readonly #calls = new Map<Call, OpenCall>();

  get size(): number {
    return this.#calls.size;
  }

  get list(): readonly Call[] {
    return [...this.#calls.keys()];
  }

  add(call: Call, open: OpenCall): void {
    this.#calls.set(call, open);
  }

  delete(call: Call): void {
    this.#calls.delete(call);
  }

  /** What is known of a call; undefined once it is over. */
  get(call: Call): OpenCall | undefined {
    return this.#calls.get(call);
  }

  /** The call of a session. */
  of(session: SipSession | undefined): Call | undefined {
    if (!session) return undefined;
    for (const [call, open] of this.#calls) if (open.session === session) return call;
    return undefined;
  }
}
