import { TypedEmitter } from '@offhook/sip-core';
import { TLibError } from './errors';
import type { TEvent } from './events';
import type { TRequest } from './requests';

/** Events of a {@link TClient}. */
export interface TClientEvents {
  /** Something happened at a DN that is registered, or a request was refused. */
  event: [event: TEvent];
}

/** A T-Lib client: a desktop. Made by {@link SipServer.openServer}. */
export class TClient extends TypedEmitter<TClientEvents> {
  /** DNs whose events it receives. */
  readonly dns = new Set<string>();
  readonly #execute: (client: TClient, request: TRequest, referenceID: number) => void;
  readonly #leave: (client: TClient) => void;
  #referenceID = 0;
  #closed = false;

  /** @internal */
  constructor(
    execute: (client: TClient, request: TRequest, referenceID: number) => void,
    leave: (client: TClient) => void,
  ) {
    super();
    this.#execute = execute;
    this.#leave = leave;
  }

  /** Sends a request. @returns its ReferenceID, which the event that answers it has, too */
  send(request: TRequest): number {
    const referenceID = ++this.#referenceID;
    if (!this.#closed) this.#execute(this, request, referenceID);
    return referenceID;
  }

  /**
   * Sends a request and waits for the event that answers it.
   *
   * @throws TLibError when it is refused
   */
  request(request: TRequest): Promise<TEvent> {
    return new Promise((resolve, reject) => {
      const wanted = this.#referenceID + 1;
      const off = this.on('event', (event) => {
        if (event.referenceID !== wanted) return;
        off();
        if (event.event !== 'EventError') resolve(event);
        else reject(TLibError.of(event));
      });
      this.send(request);
    });
  }

  /** Receives nothing any more. Calls go on. */
  close(): void {
    this.#closed = true;
    this.dns.clear();
    this.#leave(this);
  }
}
