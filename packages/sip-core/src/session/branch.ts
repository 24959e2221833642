import type { SessionBody } from '../body/session-body';
import type { Dialog } from '../dialog/dialog';
import { RSeq } from '../headers/reliability';
import type { SipResponse } from '../message/response';
import type { Logger } from '../platform/logger';
import { dropHandler, type OfferAnswerHandler } from './offer-answer-handler';

/** One of the dialogs that the responses to our INVITE have opened, with an exchange of descriptions of its own (RFC 3261 §13.2.2.4). */
export class Branch {
  /** Who speaks for us in this dialog, once a description has come in it. */
  handler: OfferAnswerHandler | undefined;
  /** The description that the handler has taken in last. */
  answer: SessionBody | undefined;
  /** Settles when it has been taken in; never rejects. */
  taking: Promise<void> | undefined;
  /** Whether the first exchange of descriptions is over: by a reliable provisional response and its PRACK, or a 2xx and its ACK. */
  exchanged = false;
  #rseq: number | undefined;

  constructor(readonly dialog: Dialog) {}

  /** Whether a provisional response wants a PRACK. */
  static isReliable(response: SipResponse): boolean {
    if (response.status === 100 || !response.require.some((tag) => tag.toLowerCase() === '100rel')) return false;
    return /^\d{1,10}$/.test(response.headers.get('RSeq') ?? '');
  }

  /**
   * Whether a reliable provisional response is the next of its dialog (RFC 3262 §4): one that has come already, or has overtaken another, is
   * dropped; the peer repeats it.
   */
  isNext(response: SipResponse): boolean {
    const rseq = RSeq.read(response)!;
    if (this.#rseq !== undefined && rseq !== this.#rseq + 1) return false;
    this.#rseq = rseq;
    return true;
  }

  /** Its handler is not asked any more: the dialog is over, or has another one. @param base the handler they all were forked from */
  drop(base: OfferAnswerHandler, logger: Logger): void {
    if (this.handler && this.handler !== base) dropHandler(this.handler, logger);
    this.handler = this.answer = undefined;
  }
}
