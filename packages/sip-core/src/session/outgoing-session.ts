import type { DigestClient } from '../auth/digest-client';
import type { SessionBody } from '../body/session-body';
import { applyRoutes, Dialog } from '../dialog/dialog';
import type { HeaderList } from '../message/header-list';
import { NameAddr } from '../message/name-addr';
import { parseMessage } from '../message/parse';
import { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { serializeMessage } from '../message/serialize';
import type { SipUri, Uri } from '../message/uri';
import { SipError, SipResponseError } from '../platform/errors';
import { randomToken } from '../platform/random';
import type { Line } from '../registration/line';
import { OutgoingRequest } from '../sending/outgoing-request';
import type { StackHost } from '../stack/stack-host';
import type { Flow } from '../transport/transport';
import { acceptOffer } from './accept-offer';
import { Branch } from './branch';
import { sessionBody } from './description';
import { InviteSession } from './invite-session';
import { type OfferAnswerHandler, rollBack, sameBody } from './offer-answer-handler';
import { acknowledgeProvisional } from './prack';
import { reasonOf } from './reason';
import type { SessionEnd } from './session-events';
import { type ReliableProvisional, type SessionTimerOptions, timerSettings } from './session-settings';

/** An INVITE to be sent. */
export interface InviteOptions {
  /** Request-URI. */
  uri: Uri;
  /** Who we are; the tag is added. */
  from: NameAddr;
  /** To; the Request-URI when absent. */
  to?: NameAddr;
  /** Route set to begin with (RFC 3261 §8.1.2). */
  routes?: readonly NameAddr[];
  /** The server to send to, without a Route: an outbound proxy set by configuration. */
  server?: SipUri;
  /**
   * The flow to use while it is open, such as the one the callee has registered over (RFC 5626 §5.3); later requests of the call stay on it
   * unless there are proxies in between.
   */
  flow?: Flow;
  /** The line it goes by: its flow, its Service-Route and its Contact are taken. A `server` of its own comes before the flow. */
  registration?: Line;
  /** Header fields beyond those the stack writes itself. */
  headers?: HeaderList;
  /** Max-Forwards; 70 when absent. Who calls on behalf of another call gives one less than that had (RFC 7332 §4). */
  maxForwards?: number;
  /** Who makes and takes the session descriptions. */
  offerAnswer: OfferAnswerHandler;
  /** Whether the INVITE goes without an offer: the peer offers in its 200, we answer in the ACK. */
  delayedOffer?: boolean;
  /** How long the session lives without a refresh (RFC 4028), where it is not as the stack's settings say; false: as long as nobody ends it. */
  sessionTimer?: SessionTimerOptions | false;
  /** Whether provisional responses are acknowledged (RFC 3262), where it is not as the stack's settings say. */
  reliableProvisional?: ReliableProvisional;
}

/** The session of an INVITE we send (RFC 3261 §13.2). */
export class OutgoingSession extends InviteSession {
  readonly direction = 'outgoing';
  readonly remote: NameAddr;
  offerAnswer: OfferAnswerHandler;
  protected override readonly line: Line | undefined;
  readonly #options: InviteOptions;
  /** The INVITE before it is sent; once the call is established, the one that was answered. */
  #request: SipRequest;
  #flow: Flow | undefined;
  readonly #branches = new Map<string, Branch>();
  #outgoing: OutgoingRequest | undefined;
  #given: SessionEnd | undefined;
  readonly #finished: Promise<void>;
  #finish!: () => void;
  /** Settled once the INVITE has its final response, or will have none: until then it may be cancelled, or has to be ended by BYE. */
  readonly #concluded: Promise<void>;
  #conclude!: (told?: Promise<void>) => void;

  /** @internal Made by {@link SipStack.invite}. */
  constructor(host: StackHost, options: InviteOptions, digest: DigestClient | undefined) {
    const { timer } = host.sessions;
    super(host, digest, options.sessionTimer === undefined ? timer : timerSettings(options.sessionTimer, timer));
    this.#options = options;
    this.line = options.registration;
    this.offerAnswer = options.offerAnswer;
    this.remote = options.to ?? new NameAddr(options.uri.clone());
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#concluded = new Promise((resolve) => {
      this.#conclude = resolve;
    });
    this.#request = this.#build();
  }

  get invite(): SipRequest {
    return this.#outgoing?.request ?? this.#request;
  }

  get flow(): Flow | undefined {
    return this.#outgoing?.flow ?? this.#flow;
  }

  protected get contactUser(): string | undefined {
    return this.#options.from.sipUri?.user;
  }

  /** @internal Makes the offer and sends. */
  async begin(): Promise<void> {
    try {
      if (!this.#options.delayedOffer) {
        const offer = await this.offerAnswer.createOffer();
        this.#request.setBody(offer.contentType, offer.body);
      }
    } catch (error) {
      this.end({ by: 'error', error: error as Error });
      return;
    }
    if (this.#given) {
      if (!this.#options.delayedOffer) rollBack(this.offerAnswer, this.host.logger);
      this.end(this.#given);
      return;
    }
    this.host.decorate(this.#request);
    if (this.#reliable === 'off') this.#disown('100rel');
    if (this.#options.sessionTimer === false) this.#disown('timer');
    this.#send();
  }

  #send(): void {
    this.timer.ask(this.#request);
    this.#outgoing = new OutgoingRequest(this.host.environment, {
      request: this.#request,
      server: this.#options.server ?? this.line?.server,
      flow: this.#options.flow ?? (this.#options.server ? undefined : this.line?.flow),
      digest: this.digest,
      handlers: {
        sending: (request, flow) => {
          request.contact = this.ownContact(flow);
        },
        response: (response) => this.#responded(response),
        failed: (error) => this.#failed(error),
      },
    });
    this.#outgoing.send();
  }

  /** @internal */
  override hangUp(end: SessionEnd, headers: HeaderList = []): Promise<void> {
    if (this.state === 'terminated') return Promise.resolve();
    if (this.state === 'confirmed') return this.bye(end, headers);
    if (this.#given) return this.#finished;
    this.#given = end;
    // The offer is being made, or the answer taken: what waits for that ends the call.
    if (!this.#outgoing || this.state === 'answering') return this.#finished;
    this.#outgoing.cancel(headers);
    if (!this.#outgoing.proceeding) {
      // Nothing can be cancelled before a provisional response (§9.1). For us it is over; a late 2xx is answered by ACK and BYE.
      rollBack(this.#options.offerAnswer, this.host.logger);
      this.end(end);
      return this.#finished;
    }
    return this.#finished;
  }

  protected override closing(): void {
    // Ended by a BYE, a time-out or a failure in its early dialog: the INVITE itself would ring on, at the other callees at least.
    if (!this.#given) this.#outgoing?.cancel();
    if (this.#outgoing) this.host.farewell(this.#concluded);
    this.#finish();
  }

  #build(): SipRequest {
    const { uri, from, routes = [], headers = [], maxForwards = 70 } = this.#options;
    const { random } = this.host;
    const request = SipRequest.create({ method: 'INVITE', uri: uri.clone() });
    const tagged = from.clone();
    tagged.tag = randomToken(random, 12);
    applyRoutes(request, [...(this.line?.serviceRoute ?? []), ...routes]);
    if (this.#reliable === 'required') request.headers.append('Require', '100rel');
    request.headers
      .set('Max-Forwards', maxForwards)
      .set('From', tagged)
      .set('To', this.remote)
      .set('Call-ID', randomToken(random, 24));
    request.cseq = { sequence: 1 + (random(1)[0]! << 4), method: 'INVITE' };
    for (const [name, value] of headers) request.headers.append(name, value);
    return request;
  }

  /** Takes an option tag out of Supported: this call does without. */
  #disown(unwanted: string): void {
    const { headers, supported } = this.#request;
    const left = supported.filter((tag) => tag.toLowerCase() !== unwanted);
    if (left.length > 0) headers.set('Supported', left.join(', '));
    else headers.delete('Supported');
  }

  get #reliable(): ReliableProvisional {
    return this.#options.reliableProvisional ?? this.host.sessions.reliable;
  }

  /** @internal */
  override handlerOf(dialog: Dialog): OfferAnswerHandler | undefined {
    const branch = this.#branches.get(dialog.remoteTag);
    if (dialog === this.dialog && this.state === 'confirmed') return this.offerAnswer;
    return branch?.exchanged ? branch.handler : undefined;
  }

  #responded(response: SipResponse): void {
    const { status } = response;
    if (status < 200) this.#progress(response);
    else if (status < 300) void this.#accepted(response);
    else {
      this.#conclude();
      this.#refused(response);
    }
  }

  #progress(response: SipResponse): void {
    if (this.state === 'terminated') return;
    if (response.status === 100) {
      if (this.state === 'initial') this.enter('proceeding');
      return;
    }
    this.hear(response);
    const tag = response.to.tag;
    if (tag === undefined) {
      if (this.state === 'initial') this.enter('proceeding');
    } else if (response.status === 199) {
      this.#gone(tag);
    } else {
      const branch = this.#branch(response, tag);
      const reliable = this.#reliable !== 'off' && Branch.isReliable(response);
      if (reliable && !branch.isNext(response)) return;
      this.dialog ??= branch.dialog;
      this.enter('early');
      void (reliable ? this.#settleEarly(branch, response) : this.#preview(branch, response));
    }
    this.emit('provisional', response);
  }

  #branch(response: SipResponse, tag: string): Branch {
    let branch = this.#branches.get(tag);
    if (!branch) {
      branch = new Branch(Dialog.fromResponse(this.invite, response));
      branch.dialog.flow = this.flow;
      branch.dialog.keepsFlow = this.#options.flow !== undefined;
      this.#branches.set(tag, branch);
      this.adopt(branch.dialog);
    } else if (branch.dialog.state === 'early') {
      branch.dialog.refreshTarget(response);
    }
    return branch;
  }

  /** RFC 6228 §4: a proxy tells that this callee has refused, while others still may answer. */
  #gone(tag: string): void {
    const branch = this.#branches.get(tag);
    if (!branch) return;
    this.#branches.delete(tag);
    this.forget(branch.dialog);
    branch.drop(this.#options.offerAnswer, this.host.logger);
    if (this.dialog === branch.dialog) this.dialog = this.#branches.values().next().value?.dialog;
  }

  /** RFC 3261 §13.2.1: a description in an unreliable provisional response is the answer to come; it is heard as early media. */
  async #preview(branch: Branch, response: SipResponse): Promise<void> {
    const answer = sessionBody(response);
    if (!answer || this.#options.delayedOffer || branch.exchanged || sameBody(answer, branch.answer)) return;
    branch.taking = this.settle(this.#take(branch, answer)).catch(() => {
      // What cannot be used now may be replaced by the answer of the 2xx, or has been already.
      if (branch.answer === answer) branch.handler = branch.answer = undefined;
    });
  }

  /** RFC 3262 §4, §5: a reliable response is acknowledged; a description in it is the answer to our offer for good, or the offer we asked for. */
  async #settleEarly(branch: Branch, response: SipResponse): Promise<void> {
    const description = branch.exchanged ? undefined : sessionBody(response);
    const acknowledge = (answer?: SessionBody) => acknowledgeProvisional(this, branch.dialog, response, answer);
    if (!description) {
      acknowledge();
      return;
    }
    try {
      if (this.#options.delayedOffer) {
        branch.handler = this.#handlerFor(branch);
        branch.exchanged = true;
        await acceptOffer(branch.handler, description, acknowledge);
      } else {
        acknowledge();
        branch.exchanged = true;
        if (!sameBody(description, branch.answer)) await this.settle(this.#take(branch, description));
      }
    } catch (error) {
      if (branch.dialog === this.dialog) void this.hangUp({ by: 'error', error: error as Error, status: 488 });
    }
  }

  /** Each dialog has a handler of its own, as the offer stays open for the others; one that is asked to offer needs it only when it is not the first. */
  #handlerFor(branch: Branch): OfferAnswerHandler {
    const base = this.#options.offerAnswer;
    if (!this.#options.delayedOffer) return base.fork?.() ?? base;
    const taken = [...this.#branches.values()].some((other) => other !== branch && other.handler === base);
    return taken ? (base.fork?.() ?? base) : base;
  }

  /** Hands an answer to a handler of its own, as the offer stays open for other dialogs and for a different final answer. */
  async #take(branch: Branch, answer: SessionBody): Promise<void> {
    if (branch.answer && !this.#options.offerAnswer.fork) return;
    branch.drop(this.#options.offerAnswer, this.host.logger);
    branch.answer = answer;
    branch.handler = this.#handlerFor(branch);
    await branch.handler.acceptAnswer(answer);
  }

  async #accepted(response: SipResponse): Promise<void> {
    const tag = response.to.tag ?? '';
    const known = this.#branches.get(tag);
    if (known?.dialog.state === 'confirmed') {
      this.acknowledger.repeat(known.dialog, response.cseq.sequence);
      return;
    }
    const branch = this.#branch(response, tag);
    branch.dialog.confirm(response);
    if (this.#given || this.state === 'terminated' || this.state === 'answering' || this.state === 'confirmed') {
      // Another dialog was there first, or we have given up: §13.2.2.4 wants it acknowledged, then ended.
      this.acknowledger.acknowledge(branch.dialog, this.invite);
      this.#conclude(this.sendBye(branch.dialog));
      this.forget(branch.dialog);
      if (this.#given && this.state !== 'answering') {
        rollBack(this.#options.offerAnswer, this.host.logger);
        this.end(this.#given);
      }
      return;
    }
    this.#conclude();
    this.choose(branch.dialog);
    this.hear(response);
    for (const other of this.#branches.values())
      if (other !== branch) other.drop(this.#options.offerAnswer, this.host.logger);
    this.enter('answering');
    try {
      await this.settle(this.#complete(branch, response));
    } catch (error) {
      await this.bye(this.#given ?? { by: 'error', error: error as Error, status: 488 });
      return;
    }
    if (this.#given) {
      await this.bye(this.#given);
      return;
    }
    this.enter('confirmed');
    this.#settle();
  }

  /** A call may last for hours: what was needed to place it is let go, and of its INVITE the bytes are kept. */
  #settle(): void {
    if (!this.#outgoing) return;
    this.#flow = this.#outgoing.flow;
    this.#request = parseMessage(serializeMessage(this.invite)) as SipRequest;
    this.#request.settle();
    this.#outgoing = undefined;
  }

  async #complete(branch: Branch, response: SipResponse): Promise<void> {
    const acknowledge = (answer?: SessionBody) => this.acknowledger.acknowledge(branch.dialog, this.invite, answer);
    this.timer.granted(response);
    if (branch.exchanged) {
      // RFC 3262 §5: all has been described before; what the 2xx says again is nothing new.
      acknowledge();
    } else if (this.#options.delayedOffer) {
      branch.handler = this.offerAnswer;
      await acceptOffer(this.offerAnswer, sessionBody(response), acknowledge);
    } else {
      acknowledge();
      await this.#takeAnswer(branch, response);
    }
    branch.exchanged = true;
    if (branch.handler) this.offerAnswer = branch.handler;
  }

  async #takeAnswer(branch: Branch, response: SipResponse): Promise<void> {
    const answer = sessionBody(response);
    await branch.taking;
    if (answer && !sameBody(answer, branch.answer)) await this.#take(branch, answer);
    if (!branch.handler)
      throw new SipError('The peer accepted without answering the offer.', { code: 'ERR_SIP_NO_ANSWER' });
  }

  #refused(response: SipResponse): void {
    if (this.state === 'terminated') return;
    if (!this.#given && this.timer.longer(response)) {
      this.#again();
      return;
    }
    rollBack(this.#options.offerAnswer, this.host.logger);
    const { status, reason } = response;
    if (this.#given) {
      this.end({ ...this.#given, status });
      return;
    }
    const error = new SipResponseError(status, reason, response);
    this.end({ by: 'remote', status, reason, ...reasonOf(response), error, message: response });
  }

  /** RFC 4028 §7.3: the same call again, with an interval that is long enough. */
  #again(): void {
    for (const tag of [...this.#branches.keys()]) this.#gone(tag);
    this.#request.cseq = { sequence: this.invite.cseq.sequence + 1, method: 'INVITE' };
    this.#send();
  }

  #failed(error: SipError): void {
    this.#conclude();
    if (this.state === 'terminated') return;
    rollBack(this.#options.offerAnswer, this.host.logger);
    this.end(this.#given ?? { by: 'error', error, ...(error.status === undefined ? {} : { status: error.status }) });
  }
}
