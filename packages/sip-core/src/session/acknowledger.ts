import type { SessionBody } from '../body/session-body';
import type { Dialog } from '../dialog/dialog';
import { hopOf } from '../dialog/dialog';
import { nextHop } from '../locate/resolver';
import type { SipRequest } from '../message/request';
import type { StackHost } from '../stack/stack-host';
import type { Flow, Target } from '../transport/transport';

/** ACKs remembered, to be sent again. */
const REMEMBERED = 16;

const keyOf = (dialog: Dialog, sequence: number) => `${sequence} ${dialog.key}`;

/** Sends the ACK of each 2xx, and again for each repeated 2xx (RFC 3261 §13.2.2.4). */
export class Acknowledger {
  readonly #host: StackHost;
  /** By dialog and number: the branches of a forked INVITE share the number. */
  readonly #sent = new Map<string, Sent>();

  constructor(host: StackHost) {
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
    this.#begin(dialog, ack);
  }

  #begin(dialog: Dialog, ack: SipRequest): void {
    const key = keyOf(dialog, ack.cseq.sequence);
    const { requestFlow } = dialog;
    if (requestFlow) {
      this.#transmit(ack, key, requestFlow);
      return;
    }
    const send = (targets: readonly Target[]) => this.#send(ack, key, targets);
    // An ACK without a way is lost like one the network drops: the peer repeats its 2xx, gives up, and sends BYE (§13.3.1.4).
    try {
      const located = this.#host.environment.locate(nextHop(hopOf(ack)));
      if (located instanceof Promise) located.then(send).catch(() => {});
      else send(located);
    } catch {}
  }

  #send(ack: SipRequest, key: string, [target, ...others]: readonly Target[]): void {
    if (!target) return;
    const { environment } = this.#host;
    let flow: Flow;
    try {
      flow = environment.flow(target);
    } catch {
      this.#send(ack, key, others);
      return;
    }
    this.#transmit(ack, key, flow);
  }

  #transmit(ack: SipRequest, key: string, flow: Flow): void {
    // The peer repeats its 2xx for 32 s at most: a few of the last ACKs are enough.
    if (this.#sent.size >= REMEMBERED) this.#sent.delete(this.#sent.keys().next().value!);
    const bytes = this.#host.environment.layer.sendStateless(ack, flow);
    this.#sent.set(key, { bytes, flow, ack: flow.reliable ? ack : undefined });
  }

  /** Sends the ACK of this INVITE again; answers false when none has been sent. */
  repeat(dialog: Dialog, sequence: number): boolean {
    const sent = this.#sent.get(keyOf(dialog, sequence));
    if (!sent) return false;
    if (sent.ack && sent.flow.closed) {
      // The connection has taken the ACK along: another one is needed.
      const again = sent.ack.clone();
      again.headers.removeFirst('Via');
      this.#begin(dialog, again);
    } else {
      this.#host.environment.layer.transmit(sent.bytes, sent.flow);
    }
    return true;
  }
}

/** An ACK as it was sent. */
interface Sent {
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  /** Kept where the flow may close. */
  readonly ack: SipRequest | undefined;
}
