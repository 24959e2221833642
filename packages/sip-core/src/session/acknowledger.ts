import type { Dialog } from '../dialog/dialog';
import { isLoose } from '../dialog/dialog';
import type { SipRequest } from '../message/request';
import { nextHop } from '../stack/resolver';
import type { Flow, Target } from '../transport/transport';
import type { SessionBody } from './offer-answer-handler';
import type { SessionHost } from './session-host';

/** Sends the ACK of each 2xx, and again for each repeated 2xx (RFC 3261 §13.2.2.4). */
export class Acknowledger {
  readonly #host: SessionHost;
  readonly #sent = new Map<number, { bytes: Uint8Array; flow: Flow }>();

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /**
   * Sends the first ACK of a 2xx.
   *
   * @param invite the INVITE it answers: number and credentials are the same
   * @param answer goes along when the 2xx had the offer
   */
  acknowledge(dialog: Dialog, invite: SipRequest, answer?: SessionBody): void {
    const { sequence } = invite.cseq;
    const ack = dialog.createRequest('ACK', sequence);
    ack.headers.copyFrom(invite.headers, 'Authorization').copyFrom(invite.headers, 'Proxy-Authorization');
    if (answer) ack.setBody(answer.contentType, answer.body);
    this.#host.decorate(ack);
    const [route] = ack.routes;
    let located: Target[] | Promise<Target[]>;
    try {
      located = this.#host.environment.locate(nextHop(route && isLoose(route) ? route.uri : ack.uri));
    } catch {
      // The peer repeats its 2xx, gives up, and sends BYE: RFC 3261 §13.3.1.4 has nothing better for an ACK without a way.
      return;
    }
    const send = ([target]: Target[]): void => {
      if (!target) return;
      const flow = this.#host.environment.flow(target);
      this.#sent.set(sequence, { bytes: this.#host.environment.layer.sendStateless(ack, flow), flow });
    };
    if (located instanceof Promise) located.then(send).catch(() => {});
    else send(located);
  }

  /** Sends the ACK of this INVITE again; answers false when none has been sent. */
  repeat(sequence: number): boolean {
    const sent = this.#sent.get(sequence);
    if (sent) this.#host.environment.layer.transmit(sent.bytes, sent.flow);
    return sent !== undefined;
  }
}
