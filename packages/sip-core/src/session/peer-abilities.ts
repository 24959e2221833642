import { RecvInfo } from '../headers/info';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';

/** What the peer of a session has said of itself, in any of its messages: the last word counts. */
export class PeerAbilities {
  #allow: readonly string[] | undefined;
  #infoPackages: readonly string[] | undefined;

  /** A message of the peer has come. */
  hear(message: SipRequest | SipResponse): void {
    const { headers } = message;
    if (headers.has('Allow')) this.#allow = message.allow;
    if (!headers.has('Recv-Info')) return;
    try {
      this.#infoPackages = RecvInfo.read(message).map((each) => each.package);
    } catch {
      // What cannot be read promises nothing.
      this.#infoPackages = [];
    }
  }

  /** Whether it takes a method (RFC 3261 §20.5); false before it has said anything. */
  allows(method: string): boolean {
    return this.#allow?.includes(method) ?? false;
  }

  /** The Info Packages it wants to receive (RFC 6086 §4.3); undefined when it does not know such things. */
  get infoPackages(): readonly string[] | undefined {
    return this.#infoPackages;
  }
}
