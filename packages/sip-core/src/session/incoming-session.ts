import { type CredentialSource, DigestClient } from '../auth/digest-client';
import { Dialog } from '../dialog/dialog';
import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import type { Uri } from '../message/uri';
import type { Timer } from '../platform/clock';
import { SipStateError } from '../platform/errors';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Flow } from '../transport/transport';
import { InviteSession } from './invite-session';
import { type OfferAnswerHandler, type SessionBody, sessionBody } from './offer-answer-handler';
import { reasonOf } from './reason';
import { statusOf, warning } from './refusal';
import type { HeaderList, SessionEnd } from './session-events';

/** Settings of {@link IncomingSession.ring}. */
export interface RingOptions {
  /** 101 to 199; 180 when absent, 183 with early media. */
  status?: number;
  headers?: HeaderList;
  /** Answers the offer already now, so that audio flows before the call is answered. */
  earlyMedia?: boolean;
}

/** A provisional response is repeated this often, in ms, lest a proxy gives the call up (RFC 3261 §13.3.1.1). */
const RING_INTERVAL = 60_000;

/** The session of an INVITE we receive (RFC 3261 §13.3). Set {@link offerAnswer} before it is answered. */
export class IncomingSession extends InviteSession {
  readonly direction = 'incoming';
  /** The session that the INVITE asks us to replace by this one (RFC 3891): it ends once this one is established. */
  replaces: InviteSession | undefined;
  /** The session that the caller asks to join (RFC 3911). */
  joins: InviteSession | undefined;
  readonly #transaction: ServerTransaction;
  #handler: OfferAnswerHandler | undefined;
  #answer: Promise<SessionBody> | undefined;
  #ringing: Timer | undefined;
  #expiry: Timer | undefined;
  #hangUp: { end: SessionEnd; headers: HeaderList } | undefined;
  #hungUp: (() => void)[] = [];

  /** @internal Made by the stack. @throws SipSyntaxError (400) when the INVITE cannot open a dialog */
  constructor(host: StackHost, transaction: ServerTransaction) {
    super(host, undefined);
    this.#transaction = transaction;
    this.dialog = Dialog.fromRequest(transaction.request, transaction.toTag);
    this.dialog.flow = transaction.flow;
    transaction.handlers = {
      cancelled: (cancel) => this.end({ by: 'remote', status: 487, message: cancel, ...reasonOf(cancel) }),
    };
    this.adopt(this.dialog);
    this.enter('proceeding');
    const { expires } = this.invite;
    // §13.3.1: the INVITE itself may say how long it is worth answering; beyond a day nobody counts.
    if (expires !== undefined && expires > 0 && expires < 86_400) {
      this.#expiry = host.clock.setTimer(expires * 1_000, () => this.end({ by: 'remote', status: 487 }));
    }
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

  /** What our requests inside the dialog answer a challenge with; nothing when not set. */
  set credentials(credentials: CredentialSource | undefined) {
    this.digest = DigestClient.of(credentials, this.host.random);
  }

  /** Whether a final response has been sent: it can be neither answered nor refused any more. */
  get answered(): boolean {
    return this.#transaction.answered;
  }

  protected get contactUser(): string | undefined {
    return this.invite.to.sipUri?.user;
  }

  /**
   * Sends a provisional response: the caller hears that it rings. It is repeated every minute until the call is answered.
   *
   * @throws SipStateError (through the promise) when the INVITE has been answered, and RangeError when the status is none of 101 to 199;
   *   what the offerAnswer throws, with `earlyMedia`: the INVITE is then refused
   */
  async ring(options: RingOptions = {}): Promise<void> {
    this.#requireOpen('ring');
    const { earlyMedia = false, status = earlyMedia ? 183 : 180, headers } = options;
    requireStatus(status, 101, 199);
    const response = this.#response(status, headers);
    if (earlyMedia && sessionBody(this.invite)) {
      const answer = await this.#answerOffer().catch((error: unknown) => this.#refuse(error));
      this.#requireOpen('ring');
      response.setBody(answer.contentType, answer.body);
    }
    this.#transaction.respond(response);
    this.#repeat(response);
    this.enter('early');
  }

  /**
   * Answers with 200, which is repeated until the ACK comes. Resolves when it has come and the answer in it, when it is one,
   * was accepted.
   *
   * @throws SipStateError (through the promise) when it cannot be answered any more; what the offerAnswer throws: the INVITE is then
   *   refused, or ended by BYE; SipError `ERR_SIP_NO_ACK` when no ACK came in 64*T1: the call has been ended by BYE
   */
  async accept(options: { headers?: HeaderList } = {}): Promise<void> {
    this.#requireOpen('answer');
    if (this.state === 'answering') throw new SipStateError('The call is being answered already.');
    this.enter('answering');
    const offered = sessionBody(this.invite) === undefined;
    const response = await this.#acceptance(offered, options.headers).catch((error: unknown) => this.#refuse(error));
    if (this.state === 'terminated' && offered) this.offerAnswer.rollback();
    this.#requireOpen('answer');
    this.#stopTimers();
    this.dialog!.confirm();
    await new Promise<void>((resolve, reject) => {
      const off = this.on('ended', ({ error }) =>
        reject(error ?? new SipStateError('The call ended before it was established.')),
      );
      this.reofferServer.accept(this.#transaction, response, offered, () => {
        off();
        this.enter('confirmed');
        resolve();
        if (this.#hangUp) void this.#sayBye(this.#hangUp.end, this.#hangUp.headers);
      });
    });
  }

  /**
   * Refuses the INVITE.
   *
   * @param status 300 to 699
   * @throws SipStateError when it has been answered, RangeError when the status is none of 300 to 699
   */
  reject(status: number, reason?: string, headers: HeaderList = []): void {
    this.#requireOpen('reject');
    requireStatus(status, 300, 699);
    const response = this.#response(status, headers, reason);
    this.#transaction.respond(response);
    this.end({ by: 'local', status, reason: response.reason });
  }

  /**
   * Sends the caller elsewhere (RFC 3261 §13.3.1.2).
   *
   * @param contacts where to try, the best first
   * @param status 300 to 399; 302 (Moved Temporarily) when absent
   * @throws SipStateError when the INVITE has been answered, RangeError when the status is none of 300 to 399
   */
  redirect(contacts: readonly (NameAddr | Uri)[], status = 302): void {
    requireStatus(status, 300, 399);
    const headers = contacts.map(
      (each) => ['Contact', (each instanceof NameAddr ? each : new NameAddr(each)).toString()] as const,
    );
    this.reject(status, undefined, headers);
  }

  /** @internal The callee's BYE waits for the ACK (§15). */
  override async hangUp(end: SessionEnd, headers: HeaderList = []): Promise<void> {
    if (this.state === 'terminated') return;
    if (!this.answered) {
      if (end.by === 'local') this.reject(603, undefined, headers);
      else this.end(end);
      return;
    }
    if (this.state === 'confirmed' || !this.reofferServer.waitsForAck) {
      await this.#sayBye(end, headers);
      return;
    }
    this.#hangUp ??= { end, headers };
    await new Promise<void>((resolve) => this.#hungUp.push(resolve));
  }

  /** Says BYE, and lets those know who asked for it before it could be said. */
  async #sayBye(end: SessionEnd, headers: HeaderList): Promise<void> {
    const waiting = this.#hungUp.splice(0);
    await this.bye(end, headers);
    for (const resolve of waiting) resolve();
  }

  protected override closing(): void {
    this.#stopTimers();
    // §15.1.2, §9.2: whatever ended it, the INVITE gets an answer.
    if (!this.answered) this.#transaction.reply(487);
    for (const resolve of this.#hungUp.splice(0)) resolve();
  }

  async #acceptance(offered: boolean, headers?: HeaderList): Promise<SipResponse> {
    const response = this.#response(200, headers);
    const body = await (offered ? this.offerAnswer.createOffer() : this.#answerOffer());
    return response.setBody(body.contentType, body.body);
  }

  #answerOffer(): Promise<SessionBody> {
    const offer = sessionBody(this.invite)!;
    this.#answer ??= Promise.resolve().then(() => this.offerAnswer.createAnswer(offer));
    return this.#answer;
  }

  #refuse(error: unknown): never {
    if (this.state !== 'terminated') {
      const status = statusOf(error);
      if (!this.answered) this.#transaction.reply(status, { headers: warning(error) });
      this.end({ by: 'error', status, error: error instanceof Error ? error : new Error(String(error)) });
    }
    throw error;
  }

  #repeat(response: SipResponse): void {
    this.#ringing?.cancel();
    this.#ringing = this.host.clock.setTimer(RING_INTERVAL, () => {
      this.#transaction.respond(response);
      this.#repeat(response);
    });
  }

  #stopTimers(): void {
    this.#ringing?.cancel();
    this.#expiry?.cancel();
  }

  #response(status: number, headers: HeaderList = [], reason?: string): SipResponse {
    const { request, flow, toTag } = this.#transaction;
    const response = SipResponse.for(request, status, reason, { toTag });
    if (status < 300) {
      response.headers.copyFrom(request.headers, 'Record-Route');
      response.contact = this.ownContact(flow);
    }
    for (const [name, value] of headers) response.headers.append(name, value);
    this.host.decorate(response);
    return response;
  }

  #requireOpen(what: string): void {
    if (this.state !== 'terminated' && !this.answered) return;
    throw new SipStateError(`It is too late to ${what}: the call is ${this.state}.`);
  }
}

function requireStatus(status: number, least: number, most: number): void {
  if (Number.isInteger(status) && status >= least && status <= most) return;
  throw new RangeError(`The status ${status} does not fit here; it must be a whole number from ${least} to ${most}.`);
}
