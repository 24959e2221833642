import { type CredentialSource, DigestClient } from '../auth/digest-client';
import type { SessionBody } from '../body/session-body';
import { Dialog } from '../dialog/dialog';
import { secureContact } from '../dialog/sips';
import { RAck } from '../headers/reliability';
import type { HeaderList } from '../message/header-list';
import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import type { Uri } from '../message/uri';
import type { Timer } from '../platform/clock';
import { SipError, SipStateError, SipTimeoutError } from '../platform/errors';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Flow } from '../transport/transport';
import { sessionBody } from './description';
import { InviteSession } from './invite-session';
import { type OfferAnswerHandler, rollBack } from './offer-answer-handler';
import { reasonOf } from './reason';
import { statusOf, warning } from './refusal';
import { ReliableResponses } from './reliable-responses';
import type { SessionEnd } from './session-events';

/** Settings of {@link IncomingSession.ring}. */
export interface RingOptions {
  /** 101 to 199; 180 when absent, 183 with early media. */
  status?: number;
  /** Header fields beyond those the stack writes itself. */
  headers?: HeaderList;
  /** Answers the offer already now, so that audio flows before the call is answered. */
  earlyMedia?: boolean;
  /**
   * Whether the caller has to acknowledge it (RFC 3262), when it can; as the stack's `reliableProvisional` says when absent. A caller who demands
   * it gets nothing else.
   */
  reliable?: boolean;
}

/** A provisional response is repeated this often, in ms, lest a proxy gives the call up; one that is acknowledged less often (RFC 3261 §13.3.1.1). */
const RING_INTERVAL = 60_000;
const RELIABLE_RING_INTERVAL = 150_000;

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
  #reliable: ReliableResponses | undefined;
  /** Whether a reliable response has described us already. */
  #described = false;
  /** Whether that exchange of descriptions is over. */
  #exchanged = false;
  /** Resolves when a provisional response that describes us has been sent. */
  #describing: Promise<void> | undefined;
  #ringing: Timer | undefined;
  #expiry: Timer | undefined;
  #hangUp: { end: SessionEnd; headers: HeaderList } | undefined;
  #hungUp: (() => void)[] = [];

  /** @internal Made by the stack. @throws SipSyntaxError (400) when the INVITE cannot open a dialog */
  constructor(host: StackHost, transaction: ServerTransaction) {
    super(host, undefined, host.sessions.timer);
    this.#transaction = transaction;
    this.dialog = Dialog.fromRequest(transaction.request, transaction.toTag);
    this.dialog.heard(transaction.request, transaction.flow);
    transaction.handlers = {
      cancelled: (cancel) => this.end({ by: 'remote', status: 487, message: cancel, ...reasonOf(cancel) }),
    };
    this.hear(transaction.request);
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
   * Sends a provisional response: the caller hears that it rings. It is repeated every minute until the call is answered; one that is
   * acknowledged every two and a half.
   *
   * @throws SipStateError (through the promise) when the INVITE is being or has been answered, and RangeError when the status is none of 101 to 199;
   *   what the offerAnswer throws, with `earlyMedia`: the INVITE is then refused
   */
  async ring(options: RingOptions = {}): Promise<void> {
    this.#requireOpen('ring');
    if (this.state === 'answering') throw new SipStateError('It is too late to ring: the call is being answered.');
    const { earlyMedia = false, status = earlyMedia ? 183 : 180, headers } = options;
    requireStatus(status, 101, 199);
    // One after the other: the first to describe us may take its time, and is the one that counts.
    if (this.#describing) await this.#describing;
    this.#requireOpen('ring');
    const response = this.#response(status, headers);
    const reliable = this.#isReliable(options.reliable, earlyMedia);
    const offered = sessionBody(this.invite) === undefined;
    // RFC 3262 §5: who was not offered anything has to offer in its first reliable response.
    if (reliable ? !this.#described && (earlyMedia || offered) : earlyMedia && !offered) {
      this.#described ||= reliable;
      const describing = this.#describe(response, offered);
      this.#describing = describing.catch(() => {});
      await describing;
      this.#describing = undefined;
    }
    if (reliable) this.#reliably.send(response, offered && response.body.length > 0);
    else this.#transaction.respond(response);
    this.#repeat(response, reliable);
    if (this.state === 'proceeding') this.enter('early');
  }

  async #describe(response: SipResponse, offered: boolean): Promise<void> {
    const body = await this.#description(offered).catch((error: unknown) => this.#refuse(error));
    if (offered && this.state === 'terminated') rollBack(this.offerAnswer, this.host.logger);
    this.#requireOpen('ring');
    response.setBody(body.contentType, body.body);
  }

  /** Our provisional responses that are acknowledged; made when there is a first one. */
  get #reliably(): ReliableResponses {
    this.#reliable ??= new ReliableResponses({
      clock: this.host.clock,
      random: this.host.random,
      timers: this.host.environment.layer.timers,
      send: (response) => this.#transaction.respond(response),
      abandoned: () => this.#unacknowledged(),
    });
    return this.#reliable;
  }

  /** Whether a provisional response goes out reliably: the caller has the last word. */
  #isReliable(wanted: boolean | undefined, earlyMedia: boolean): boolean {
    const { reliable } = this.host.sessions;
    const { require, supported } = this.invite;
    if (require.some(isReliability)) return true;
    if (!supported.some(isReliability) || reliable === 'off') return false;
    return wanted ?? (earlyMedia || reliable !== 'early-media');
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
    // RFC 3262 §3: what we say of ourselves has to be known before the call is answered.
    await this.#describing;
    await this.#reliable?.described();
    // So has the answer in the PRACK, or the one to the offer in it.
    await this.settling;
    this.#requireOpen('answer');
    const offered = sessionBody(this.invite) === undefined && !this.#described;
    const response = await this.#acceptance(offered, options.headers).catch((error: unknown) => this.#refuse(error));
    if (this.state === 'terminated' && offered) rollBack(this.offerAnswer, this.host.logger);
    this.#requireOpen('answer');
    this.#stopTimers();
    this.timer.grant(this.invite, response);
    this.dialog!.confirm();
    await new Promise<void>((resolve, reject) => {
      const off = this.on('ended', ({ error }) =>
        reject(error ?? new SipStateError('The call ended before it was established.')),
      );
      this.reofferServer.accept(this.#transaction, response, offered, () => {
        off();
        this.enter('confirmed');
        this.#transaction.settle();
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

  /** @internal */
  override handlerOf(dialog: Dialog): OfferAnswerHandler | undefined {
    if (dialog !== this.dialog) return undefined;
    const offered = sessionBody(this.invite) !== undefined;
    return this.state === 'confirmed' || this.#exchanged || (this.answered && offered) ? this.#handler : undefined;
  }

  /** @internal */
  override receive(transaction: ServerTransaction): void {
    if (transaction.request.method === 'PRACK') void this.#acknowledged(transaction);
    else super.receive(transaction);
  }

  /** RFC 3262 §3, §5: a PRACK; it brings the answer to our offer, or one more offer. */
  async #acknowledged(prack: ServerTransaction): Promise<void> {
    const { request } = prack;
    let acknowledged: { offered: boolean } | undefined;
    try {
      const rack = RAck.read(request);
      acknowledged = rack && this.#reliable?.acknowledged(rack);
    } catch (error) {
      prack.reply(400, { reason: (error as SipError).message.replace(/[^\x20-\x7e]/g, ' ') });
      return;
    }
    if (!acknowledged) {
      prack.reply(481);
      return;
    }
    const description = sessionBody(request);
    try {
      if (acknowledged.offered) {
        if (!description)
          throw new SipError('The PRACK brought no answer to our offer.', { code: 'ERR_SIP_NO_ANSWER' });
        await this.settle(Promise.resolve(this.offerAnswer.acceptAnswer(description)));
      }
      this.#exchanged ||= this.#described;
      if (prack.answered) return;
      const response = SipResponse.for(request, 200, undefined, { toTag: prack.toTag });
      if (description && !acknowledged.offered) {
        if (!this.#exchanged)
          throw new SipError('There is an offer without an answer already.', { code: 'ERR_SIP_GLARE', status: 491 });
        const answer = await this.settle(Promise.resolve(this.offerAnswer.createAnswer(description)));
        response.setBody(answer.contentType, answer.body);
      }
      this.host.decorate(response);
      if (!prack.answered) prack.respond(response);
      if (description && !acknowledged.offered) this.emit('reoffered', request);
    } catch (error) {
      if (!prack.answered) prack.reply(statusOf(error), { headers: warning(error) });
      // Without agreed media there is no call; an offer that is refused leaves it as it was.
      if (acknowledged.offered && this.state !== 'terminated') {
        rollBack(this.offerAnswer, this.host.logger);
        void Promise.resolve()
          .then(() => this.#refuse(error))
          .catch(() => {});
      }
    }
  }

  /** RFC 3262 §3: nobody acknowledges that it rings. */
  #unacknowledged(): void {
    const error = new SipTimeoutError('The caller did not acknowledge a provisional response.', {
      code: 'ERR_SIP_NO_PRACK',
    });
    if (this.state === 'terminated' || this.answered) return;
    this.#transaction.reply(504);
    this.end({ by: 'error', status: 504, error });
  }

  protected override closing(): void {
    this.#stopTimers();
    // §15.1.2, §9.2: whatever ended it, the INVITE gets an answer.
    if (!this.answered) this.#transaction.reply(487);
    for (const resolve of this.#hungUp.splice(0)) resolve();
  }

  async #acceptance(offered: boolean, headers?: HeaderList): Promise<SipResponse> {
    const response = this.#response(200, headers);
    // RFC 3262 §5: what a reliable response has described is not described again.
    if (this.#described) return response;
    const body = await this.#description(offered);
    return response.setBody(body.contentType, body.body);
  }

  async #description(offered: boolean): Promise<SessionBody> {
    return offered ? this.offerAnswer.createOffer() : this.#answerOffer();
  }

  #answerOffer(): Promise<SessionBody> {
    const offer = sessionBody(this.invite)!;
    this.#answer ??= Promise.resolve().then(() => this.offerAnswer.createAnswer(offer));
    return this.#answer;
  }

  #refuse(error: unknown): never {
    if (this.state !== 'terminated') {
      const status = statusOf(error);
      const end: SessionEnd = {
        by: 'error',
        status,
        error: error instanceof Error ? error : new Error(String(error)),
      };
      if (this.answered) {
        // What the caller takes for a call has to be ended.
        void this.hangUp(end);
      } else {
        this.#transaction.reply(status, { headers: warning(error) });
        this.end(end);
      }
    }
    throw error;
  }

  #repeat(response: SipResponse, reliable: boolean): void {
    this.#ringing?.cancel();
    this.#ringing = this.host.clock.setTimer(reliable ? RELIABLE_RING_INTERVAL : RING_INTERVAL, () => {
      const again = reliable ? this.#once(response) : response;
      if (!reliable) this.#transaction.respond(response);
      else if (!this.#reliably.waiting) this.#reliably.send(again, false);
      this.#repeat(again, reliable);
    });
  }

  /** The same response for another number, without what it has described. */
  #once({ status, reason, headers }: SipResponse): SipResponse {
    const again = this.#response(status, [], reason);
    for (const [name, value] of headers) {
      if (!again.headers.has(name) && !/^(RSeq|Require|Content-.*)$/i.test(name)) again.headers.append(name, value);
    }
    return again;
  }

  #stopTimers(): void {
    this.#reliable?.stop();
    this.#ringing?.cancel();
    this.#expiry?.cancel();
  }

  #response(status: number, headers: HeaderList = [], reason?: string): SipResponse {
    const { request, flow, toTag } = this.#transaction;
    const response = SipResponse.for(request, status, reason, { toTag });
    if (status < 300) {
      response.headers.copyFrom(request.headers, 'Record-Route');
      response.contact = this.ownContact(flow);
      secureContact(response, request, flow);
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

const isReliability = (tag: string): boolean => tag.toLowerCase() === '100rel';

function requireStatus(status: number, least: number, most: number): void {
  if (Number.isInteger(status) && status >= least && status <= most) return;
  throw new RangeError(`The status ${status} does not fit here; it must be a whole number from ${least} to ${most}.`);
}
