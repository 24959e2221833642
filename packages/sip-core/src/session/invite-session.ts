import type { DigestClient } from '../auth/digest-client';
import type { SessionBody } from '../body/session-body';
import { type Dialog, dialogKey } from '../dialog/dialog';
import type { DialogUsage } from '../dialog/dialog-registry';
import { joinText, replacesText } from '../dialog/replaces';
import type { HeaderList } from '../message/header-list';
import type { NameAddr } from '../message/name-addr';
import { Params } from '../message/params';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { messageBody } from '../messaging/send-message';
import { type SipError, SipResponseError, SipStateError, SipTimeoutError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import { type ReferOptions, Referral, type ReferTarget } from '../refer/referral';
import type { Line } from '../registration/line';
import { OutgoingRequest } from '../sending/outgoing-request';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Flow } from '../transport/transport';
import { Acknowledger } from './acknowledger';
import { type InfoOptions, infoHeaders } from './info';
import type { OfferAnswerHandler } from './offer-answer-handler';
import { PeerAbilities } from './peer-abilities';
import { PeerRequests } from './peer-requests';
import { type ReinviteOptions, ReofferClient, type UpdateOptions } from './reoffer-client';
import { ReofferServer } from './reoffer-server';
import type { InviteSessionEvents, InviteSessionState, SessionEnd } from './session-events';
import type { SessionTimerOptions } from './session-settings';
import { SessionTimer } from './session-timer';
import type { TimerAgreement } from './timer-agreement';

/** Methods whose requests carry our Contact inside a dialog: they refresh the target, or open a subscription. */
const withContact = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** Settings of {@link InviteSession.send}. */
export interface InDialogRequestOptions {
  /** Header fields beyond those the stack writes itself. */
  headers?: HeaderList;
  /** Body with its content type; none when absent. */
  body?: SessionBody;
}

/**
 * The signalling of one call: an INVITE, the dialog it opens, and all that happens in it until BYE (RFC 3261 §13 to §15).
 * Made by {@link SipStack.invite}, or brought by the stack's `invite` event.
 */
export abstract class InviteSession extends TypedEmitter<InviteSessionEvents> implements DialogUsage {
  abstract readonly direction: 'outgoing' | 'incoming';
  /** The INVITE that opened it; an outgoing one as it was sent last. */
  abstract readonly invite: SipRequest;
  /** The other party: To of our INVITE, From of theirs. */
  abstract readonly remote: NameAddr;
  /** Who makes and takes the session descriptions. */
  abstract offerAnswer: OfferAnswerHandler;
  /** The dialog, once there is one: of several early ones the first, until one is confirmed. */
  dialog: Dialog | undefined;

  /** @internal */
  readonly host: StackHost;
  /** @internal */
  readonly acknowledger: Acknowledger;
  protected digest: DigestClient | undefined;
  readonly #client: ReofferClient;
  /** @internal */
  readonly reofferServer: ReofferServer;
  /** @internal */
  readonly timer: SessionTimer;
  readonly #peer = new PeerAbilities();
  readonly #dialogs = new Map<string, Dialog>();
  readonly #peerRequests: PeerRequests;
  #settling: Promise<void> | undefined;
  #contactParams: Params | undefined;
  #state: InviteSessionState = 'initial';
  /** CSeq number of our last request before the session was confirmed. */
  #confirmedAt = Number.POSITIVE_INFINITY;

  /** @internal */
  constructor(host: StackHost, digest: DigestClient | undefined, timer: Required<SessionTimerOptions> | undefined) {
    super();
    this.host = host;
    this.digest = digest;
    this.acknowledger = new Acknowledger(host);
    this.#client = new ReofferClient(this);
    this.reofferServer = new ReofferServer(this);
    this.#peerRequests = new PeerRequests(this);
    this.timer = new SessionTimer(this, timer);
  }

  /** How far the session is. */
  get state(): InviteSessionState {
    return this.#state;
  }

  /** All dialogs of the session: several early ones when a proxy has forked the INVITE, one from then on that it is answered. */
  get dialogs(): readonly Dialog[] {
    return [...this.#dialogs.values()];
  }

  /** The session timer agreed on (RFC 4028); undefined when there is none. */
  get sessionTimer(): TimerAgreement | undefined {
    return this.timer.agreement;
  }

  /** Whether the peer has said, in Allow, that it takes this method; false before it has said anything. */
  peerAllows(method: string): boolean {
    return this.#peer.allows(method);
  }

  /** @internal A message of the peer has come: what it says of it is remembered. */
  hear(message: SipRequest | SipResponse): void {
    this.#peer.hear(message);
    this.emit('heard', message);
  }

  /** The Info Packages that the peer wants to receive (RFC 6086); undefined when it has not said that it knows such things. */
  get peerInfoPackages(): readonly string[] | undefined {
    return this.#peer.infoPackages;
  }

  /** The flow its messages went over last; undefined before there was one. */
  abstract readonly flow: Flow | undefined;

  /**
   * Ends the session in whatever state: CANCEL, BYE, or a refusal (603). Resolves when that is done; never rejects.
   *
   * @param options.headers header fields of the CANCEL, BYE or refusal, such as Reason (RFC 3326)
   */
  terminate(options: { headers?: HeaderList } = {}): Promise<void> {
    return this.hangUp({ by: 'local' }, options.headers);
  }

  /**
   * Changes the session by a re-INVITE (RFC 3261 §14.1). Several are sent one after the other. After a 491, or a 500 that says when, it
   * is tried again in a while.
   *
   * @throws SipStateError unless the session is confirmed; SipResponseError when it was refused, and SipError of other kinds:
   *   the session then is as it was, unless it has ended
   */
  reinvite(options: ReinviteOptions = {}): Promise<void> {
    return this.#client.reinvite(options);
  }

  /**
   * Changes the session by an UPDATE (RFC 3311): as soon as a first exchange of descriptions is over, before the call is answered too, which needs
   * a reliable provisional response (RFC 3262). Without an offer it refreshes the session and our Contact, in any dialog. 491 and 500 are treated
   * as those of a re-INVITE.
   *
   * @throws SipStateError when there is no dialog, or an offer may not be made in it yet; otherwise as {@link reinvite}
   */
  update(options: UpdateOptions = {}): Promise<void> {
    return this.#client.update(options);
  }

  /**
   * Sends a request inside the dialog and gives its final response, of whatever status. When the peer has lost the dialog (481, 408) or
   * does not answer, the session ends (RFC 3261 §12.2.1.2).
   *
   * @throws SipStateError when there is no dialog; SipTimeoutError or SipTransportError when there is no answer
   */
  send(method: string, options: InDialogRequestOptions = {}): Promise<SipResponse> {
    const { dialog } = this;
    if (!dialog || this.#state === 'terminated') {
      return Promise.reject(new SipStateError(`A ${method} needs a dialog, and this session has none.`));
    }
    const request = dialog.createRequest(method);
    for (const [name, value] of options.headers ?? []) request.headers.append(name, value);
    if (options.body) request.setBody(options.body.contentType, options.body.body);
    return new Promise((resolve, reject) => {
      this.sendInDialog(request, dialog, {
        final: (response) => {
          this.checkLost(response);
          resolve(response);
        },
        failed: (error) => {
          this.failedInDialog(error, dialog);
          reject(error);
        },
      });
    });
  }

  /**
   * Asks the peer to call somebody else (RFC 3515): a transfer. With an address it is a blind one; with another call of ours, the two who are called
   * get a call of their own that replaces it (RFC 5589 §7). This call goes on; end it when `done` says that the transfer has succeeded.
   *
   * @throws SipStateError when there is no dialog; SipSyntaxError when the target is no address
   */
  refer(target: ReferTarget, options: ReferOptions = {}): Referral {
    const dialog = this.#requireDialog('REFER');
    return new Referral(this.host, {
      target,
      options,
      session: this,
      dialog,
      line: this.line,
      digest: this.digest,
    }).begin();
  }

  /**
   * Sends a MESSAGE to the peer inside the call (RFC 3428 §4) and gives its final response, of whatever status.
   *
   * @param content plain text, or a body of another type
   * @throws as {@link send}
   */
  message(content: string | SessionBody, options: { headers?: HeaderList } = {}): Promise<SipResponse> {
    return this.send('MESSAGE', { ...options, body: messageBody(content) });
  }

  /**
   * Sends an INFO about an Info Package (RFC 6086 §4.2) and gives its final response, of whatever status. An INFO of older kind, without a package,
   * is sent by {@link send}.
   *
   * @throws SipStateError when the peer does not receive that package, {@link peerInfoPackages}; otherwise as {@link send}
   */
  info(options: InfoOptions): Promise<SipResponse> {
    const name = typeof options.package === 'string' ? options.package : options.package.package;
    if (!this.peerInfoPackages?.includes(name)) {
      return Promise.reject(new SipStateError(`The peer does not receive the Info Package ${name}.`));
    }
    const { body } = options;
    return this.send('INFO', { headers: infoHeaders(options), ...(body && { body }) });
  }

  /** Replaces for an INVITE that is to take our place toward the peer (RFC 3891 §6.1). @throws SipStateError when there is no dialog */
  replacesHeader(options: { earlyOnly?: boolean } = {}): string {
    return replacesText(this.#requireDialog('Replaces'), options);
  }

  /** Join for an INVITE to the peer that is to take part in this call (RFC 3911 §7.1). @throws SipStateError when there is no dialog */
  joinHeader(): string {
    return joinText(this.#requireDialog('Join'));
  }

  #requireDialog(what: string): Dialog {
    if (this.dialog && this.#state !== 'terminated') return this.dialog;
    throw new SipStateError(`A ${what} needs a dialog, and this session has none.`);
  }

  /** @internal Sends a request of the dialog; for INVITE every 2xx is told. */
  sendInDialog(
    request: SipRequest,
    dialog: Dialog,
    handlers: { final(response: SipResponse, sent: SipRequest): void; failed(error: SipError): void },
  ): OutgoingRequest {
    this.host.decorate(request);
    const outgoing = new OutgoingRequest(this.host.environment, {
      request,
      flow: dialog.requestFlow,
      digest: this.digest,
      handlers: {
        sending: (sent, flow) => {
          dialog.advanceSequence(sent.cseq.sequence);
          dialog.speaks(flow);
          if (withContact.has(sent.method)) sent.contact = this.ownContact(flow);
        },
        response: (response) => {
          if (response.status >= 200) handlers.final(response, outgoing.request);
        },
        failed: (error) => handlers.failed(error),
      },
    });
    outgoing.send();
    return outgoing;
  }

  /** The line it was placed by. */
  protected readonly line: Line | undefined = undefined;

  /**
   * Parameters of our Contact in this call, which tell what we are and can do (RFC 3840): `isfocus` for who mixes (RFC 4579 §5.1). What is sent from
   * now on has them; a flag has an empty value.
   *
   * @throws SipInjectionError when a name is no token, or a value would end the line
   */
  get contactParams(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#contactParams ?? []);
  }

  set contactParams(params: Readonly<Record<string, string>>) {
    this.#contactParams = Object.keys(params).length > 0 ? new Params(params) : undefined;
  }

  /** @internal Our Contact in messages over a flow. */
  ownContact(flow: Flow): NameAddr {
    const contact = this.line?.contactOver(flow) ?? this.host.contact(flow, this.contactUser);
    if (!this.#contactParams) return contact;
    const told = contact.clone();
    for (const [name, value] of this.#contactParams) told.params.set(name, value);
    return told;
  }

  /** User part of our Contact. */
  protected abstract readonly contactUser: string | undefined;

  /** @internal */
  get localUser(): string | undefined {
    return this.contactUser;
  }

  /** @internal Ends the session for this reason, in whatever way its state allows, and as soon as it does. */
  abstract hangUp(end: SessionEnd, headers?: HeaderList): Promise<void>;

  /** @internal All that no other usage of the dialog takes. */
  claims(): boolean {
    return this.#state !== 'terminated';
  }

  /** @internal Who speaks for us in a dialog whose first exchange of descriptions is over; undefined before. */
  abstract handlerOf(dialog: Dialog): OfferAnswerHandler | undefined;

  /** @internal A request that belongs to one of the dialogs. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = this.#dialogs.get(dialogKey(request.callId, request.to.tag ?? '', request.from.tag ?? ''));
    if (!dialog) {
      transaction.reply(481);
      return;
    }
    this.#peerRequests.receive(transaction, dialog);
  }

  /** @internal An ACK of a 2xx. */
  receiveAck(ack: SipRequest): void {
    this.reofferServer.acknowledged(ack);
  }

  /** Whether a re-INVITE of ours is under way. */
  get reinviting(): boolean {
    return this.#client.busy;
  }

  /** @internal Resolves when nothing the peer has begun is under way any more. */
  async idle(): Promise<void> {
    for (;;) {
      const busy = this.reofferServer.busy ?? this.#settling;
      if (!busy) return;
      await busy;
    }
  }

  /** @internal Whether a description of a finished exchange is being taken in; what comes next has to wait. */
  get settling(): Promise<void> | undefined {
    return this.#settling;
  }

  /** @internal */
  settle<Result>(work: Promise<Result>): Promise<Result> {
    // What is being taken in already, such as early media, goes on beside it.
    const settling = Promise.allSettled([this.#settling, work]).then(() => {});
    this.#settling = settling;
    void settling.then(() => {
      if (this.#settling === settling) this.#settling = undefined;
    });
    return work;
  }

  /** @internal */
  enter(state: InviteSessionState): void {
    if (this.#state === state || this.#state === 'terminated') return;
    this.#state = state;
    if (state === 'confirmed') this.#confirmedAt = this.dialog?.localSequence ?? 0;
    this.emit('state', state);
    if (state === 'confirmed') this.emit('established');
  }

  /** @internal The dialog's requests come here from now on. */
  adopt(dialog: Dialog): void {
    if (this.#state === 'terminated') return;
    this.#dialogs.set(dialog.key, dialog);
    this.host.dialogs.add(dialog, this);
  }

  /** @internal They no longer do: another dialog was chosen, or this one is over. */
  forget(dialog: Dialog): void {
    this.#dialogs.delete(dialog.key);
    this.host.dialogs.remove(dialog, this);
  }

  /** @internal Of several dialogs this one has been confirmed. */
  choose(dialog: Dialog): void {
    this.dialog = dialog;
    for (const other of [...this.#dialogs.values()]) if (other !== dialog) this.forget(other);
  }

  /** @internal The session is over: tells so once. */
  end(end: SessionEnd): void {
    if (this.#state === 'terminated') return;
    this.#client.close();
    this.reofferServer.close();
    this.timer.stop();
    this.closing();
    this.#peerRequests.close();
    this.enter('terminated');
    for (const dialog of [...this.#dialogs.values()]) this.forget(dialog);
    this.emit('ended', end);
  }

  /** Stops what still runs. */
  protected closing(): void {}

  /** Sends BYE and ends. Resolves when it is answered, or nobody does. */
  protected bye(end: SessionEnd, headers: HeaderList = []): Promise<void> {
    const { dialog } = this;
    if (!dialog || this.#state === 'terminated') return Promise.resolve();
    const done = this.sendBye(dialog, headers);
    this.end(end);
    return done;
  }

  /** @internal Sends BYE in a dialog, whether or not it is the session's. */
  sendBye(dialog: Dialog, headers: HeaderList = [], tries = 1): Promise<void> {
    const request = dialog.createRequest('BYE');
    for (const [name, value] of headers) request.headers.append(name, value);
    const done = new Promise<void>((resolve) => {
      this.sendInDialog(request, dialog, {
        // What the dialog is used for besides, such as telling of a transfer, goes on, and may come first.
        final: (response) =>
          resolve(dialog.overtaken(response, tries) ? this.sendBye(dialog, headers, tries + 1) : undefined),
        failed: () => resolve(),
      });
    });
    this.host.farewell(done);
    void done.then(this.host.dialogs.leave(dialog));
    return done;
  }

  /** @internal Ends the session when a response says that the peer has lost the dialog (RFC 3261 §12.2.1.2). */
  checkLost(response: SipResponse): void {
    const { status, reason, cseq, to } = response;
    if (status !== 481 && status !== 408) return;
    // What was sent before may have come before the peer knew the dialog, or after it refused the call while another took it: the INVITE tells
    // what becomes of it.
    if (cseq.sequence <= this.#confirmedAt || to.tag !== this.dialog?.remote.tag) return;
    const error = new SipResponseError(status, reason, response);
    const end: SessionEnd = { by: 'remote', status, reason, message: response, error };
    // Who answers 481 has nothing left that a BYE could end.
    if (status === 481) this.end(end);
    else void this.hangUp(end);
  }

  /**
   * @internal Ends the session when a request inside the dialog was not answered at all (RFC 3261 §12.2.1.2). One that could not be sent leaves
   * it: the connection may be there again for the next.
   */
  failedInDialog(error: SipError, dialog: Dialog): void {
    // Of several early dialogs another one has been chosen meanwhile.
    if (!(error instanceof SipTimeoutError) || dialog !== this.dialog) return;
    void this.hangUp({ by: 'error', error, ...(error.status === undefined ? {} : { status: error.status }) });
  }
}
