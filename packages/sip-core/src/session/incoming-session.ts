import { Dialog } from '../dialog/dialog';
import type { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { SipStateError } from '../platform/errors';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Flow } from '../transport/transport';
import { InviteSession, reasonOf } from './invite-session';
import { type OfferAnswerHandler, type SessionBody, sessionBody } from './offer-answer-handler';
import { statusOf, warning } from './reoffer-server';
import type { HeaderList, SessionEnd } from './session-events';
import type { SessionHost } from './session-host';

/** Settings of {@link IncomingSession.ring}. */
export interface RingOptions {
  /** 101 to 199; 180 when absent, 183 with early media. */
  status?: number;
  headers?: HeaderList;
  /** Answers the offer already now, so that audio flows before the call is answered. */
  earlyMedia?: boolean;
}

/** The session of an INVITE we receive (RFC 3261 §13.3). Set {@link offerAnswer} before it is answered. */
export class IncomingSession extends InviteSession {
  readonly direction = 'incoming';
  readonly #transaction: ServerTransaction;
  #handler: OfferAnswerHandler | undefined;
  #answer: Promise<SessionBody> | undefined;
  #hangUp: SessionEnd | undefined;
  #hungUp: (() => void)[] = [];

  /** @internal Made by the stack. @throws SipSyntaxError (400) when the INVITE cannot open a dialog */
  constructor(host: SessionHost, transaction: ServerTransaction) {
    super(host, undefined);
    this.#transaction = transaction;
    this.dialog = Dialog.fromRequest(transaction.request, transaction.toTag);
    transaction.handlers = {
      cancelled: (cancel) => {
        this.#transaction.reply(487);
        this.end({ by: 'remote', status: 487, message: cancel, ...reasonOf(cancel) });
      },
    };
    this.adopt(this.dialog);
    this.enter('proceeding');
  }

  get invite(): SipRequest {
    return this.#transaction.request;
  }

  get remote(): NameAddr {
    return this.invite.from;
  }

  get flow(): Flow {
    return this.#transaction.flow;
  }

  /** Who makes and takes the session descriptions. */
  get offerAnswer(): OfferAnswerHandler {
    if (this.#handler) return this.#handler;
    throw new SipStateError('The session has no offerAnswer; set it when the invite event comes.');
  }

  set offerAnswer(handler: OfferAnswerHandler) {
    this.#handler = handler;
  }

  protected get contactUser(): string | undefined {
    return this.invite.to.sipUri?.user;
  }

  /**
   * Sends a provisional response: the caller hears that it rings.
   *
   * @throws SipStateError (through the promise) when the INVITE has been answered; what the offerAnswer throws, with
   *   `earlyMedia`: the INVITE is then refused
   */
  async ring(options: RingOptions = {}): Promise<void> {
    this.#requireOpen('ring');
    const { earlyMedia = false, status = earlyMedia ? 183 : 180, headers } = options;
    const response = this.#response(status, headers);
    if (earlyMedia && sessionBody(this.invite)) {
      const answer = await this.#answerOffer();
      this.#requireOpen('ring');
      response.setBody(answer.contentType, answer.body);
    }
    this.#transaction.respond(response);
    this.enter('early');
  }

  /**
   * Answers with 200, which is repeated until the ACK comes. Resolves when it has come and the answer in it, when it is one,
   * was accepted.
   *
   * @throws SipStateError (through the promise) when it cannot be answered any more; what the offerAnswer throws: the INVITE is then
   *   refused, or ended by BYE
   */
  async accept(options: { headers?: HeaderList } = {}): Promise<void> {
    this.#requireOpen('answer');
    if (this.state === 'answering') throw new SipStateError('The call is being answered already.');
    this.enter('answering');
    const offered = sessionBody(this.invite) === undefined;
    let body: SessionBody;
    try {
      body = await (offered ? this.offerAnswer.createOffer() : this.#answerOffer());
    } catch (error) {
      if (!this.#transaction.answered) this.#transaction.reply(statusOf(error), { headers: warning(error) });
      this.end({ by: 'error', status: statusOf(error), error: error as Error });
      throw error;
    }
    this.#requireOpen('answer');
    const response = this.#response(200, options.headers);
    response.setBody(body.contentType, body.body);
    this.dialog!.confirm();
    await new Promise<void>((resolve, reject) => {
      const off = this.on('ended', ({ error }) =>
        reject(error ?? new SipStateError('The call ended before it was established.')),
      );
      this.reofferServer.accept(this.#transaction, response, offered, () => {
        off();
        this.enter('confirmed');
        resolve();
        const end = this.#hangUp;
        if (end) void this.#byeFor(this.#hungUp.splice(0), end);
      });
    });
  }

  /**
   * Refuses the INVITE.
   *
   * @param status 300 to 699
   * @throws SipStateError when it has been answered
   */
  reject(status: number, reason?: string, headers: HeaderList = []): void {
    this.#requireOpen('reject');
    const response = this.#response(status, headers, reason);
    this.#transaction.respond(response);
    this.end({ by: 'local', status, reason: response.reason });
  }

  terminate(options: { headers?: HeaderList } = {}): Promise<void> {
    if (this.state === 'terminated') return Promise.resolve();
    if (this.state === 'confirmed') return this.bye({ by: 'local' }, options.headers);
    if (!this.#transaction.answered) {
      this.reject(603, undefined, options.headers);
      return Promise.resolve();
    }
    return this.hangUp({ by: 'local' });
  }

  /** @internal Ends the dialog once that is allowed: the callee's BYE waits for the ACK (§15). */
  override hangUp(end: SessionEnd): Promise<void> {
    if (this.state === 'confirmed' || !this.reofferServer.waitsForAck) {
      return this.#byeFor(this.#hungUp.splice(0), end);
    }
    this.#hangUp ??= end;
    return new Promise((resolve) => this.#hungUp.push(resolve));
  }

  /** Says BYE, and lets those know who asked for it before it could be said. */
  async #byeFor(waiting: readonly (() => void)[], end: SessionEnd): Promise<void> {
    await this.bye(end);
    for (const resolve of waiting) resolve();
  }

  protected override closing(): void {
    for (const resolve of this.#hungUp.splice(0)) resolve();
  }

  #answerOffer(): Promise<SessionBody> {
    const offer = sessionBody(this.invite)!;
    this.#answer ??= Promise.resolve().then(() => this.offerAnswer.createAnswer(offer));
    return this.#answer;
  }

  #response(status: number, headers: HeaderList = [], reason?: string): SipResponse {
    const { request, flow, toTag } = this.#transaction;
    const response = SipResponse.for(request, status, reason, { toTag });
    if (status < 300) {
      response.headers.copyFrom(request.headers, 'Record-Route');
      response.contact = this.host.contact(flow, this.contactUser);
    }
    for (const [name, value] of headers) response.headers.append(name, value);
    this.host.decorate(response);
    return response;
  }

  #requireOpen(what: string): void {
    if (this.state !== 'terminated' && !this.#transaction.answered) return;
    throw new SipStateError(`It is too late to ${what}: the call is ${this.state}.`);
  }
}
