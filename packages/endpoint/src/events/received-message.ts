import type { Headers } from '@offhook/sip-core';
import { type RemoteParty, remoteParty } from '../call/remote-party';
import type { SipIncomingMessage } from '../sip/sip-events';

/** A short message that came (RFC 3428). It is answered 200 unless it is rejected before the listener returns. */
export class ReceivedMessage {
  /** Who sends it, as it says. */
  readonly from: RemoteParty;
  readonly text: string;
  readonly contentType: string;
  readonly headers: Headers;
  readonly #message: SipIncomingMessage;

  /** @internal */
  constructor(message: SipIncomingMessage) {
    this.#message = message;
    this.from = remoteParty(message.from);
    this.text = message.text;
    this.contentType = message.contentType;
    this.headers = message.request.headers;
  }

  /** Refuses it. @param status 300 to 699 */
  reject(status = 603): void {
    this.#message.reject(status);
  }
}
