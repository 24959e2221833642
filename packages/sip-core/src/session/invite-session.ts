import type { DigestClient } from '../auth/digest-client';
import type { Dialog } from '../dialog/dialog';
import type { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { type SipError, SipResponseError, SipStateError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import { OutgoingRequest } from '../stack/outgoing-request';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Flow } from '../transport/transport';
import { Acknowledger } from './acknowledger';
import type { OfferAnswerHandler, SessionBody } from './offer-answer-handler';
import { type ReinviteOptions, ReofferClient } from './reoffer-client';
import { ReofferServer } from './reoffer-server';
import type { HeaderList, InviteSessionEvents, InviteSessionState, SessionEnd } from './session-events';
import type { SessionHost } from './session-host';

/** Methods whose requests carry our Contact inside a dialog: they refresh the target, or open a subscription. */
const withContact = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** Settings of {@link InviteSession.send}. */
export interface InDialogRequestOptions {
  headers?: HeaderList;
  body?: SessionBody;
}

/**
 * The signalling of one call: an INVITE, the dialog it opens, and all that happens in it until BYE (RFC 3261 §13 to §15).
 * Made by {@link SipStack.invite}, or brought by the stack's `invite` event.
 */
export abstract class InviteSession extends TypedEmitter<InviteSessionEvents> {
  abstract readonly direction: 'outgoing' | 'incoming';
  /** The INVITE that opened it; an outgoing one as it was sent last. */
  abstract readonly invite: SipRequest;
  /** The other party: To of our INVITE, From of theirs. */
  abstract readonly remote: NameAddr;
  /** Who makes and takes the session descriptions. */
  abstract offerAnswer: OfferAnswerHandler;
  /** The dialog, once there is one. */
  dialog: Dialog | undefined;

  /** @internal */
  readonly host: SessionHost;
  /** @internal */
  readonly acknowledger: Acknowledger;
  protected readonly digest: DigestClient | undefined;
  readonly #client: ReofferClient;
  /** @internal */
  readonly reofferServer: ReofferServer;
  readonly #keys = new Set<string>();
  #state: InviteSessionState = 'initial';

  /** @internal */
  constructor(host: SessionHost, digest: DigestClient | undefined) {
    super();
    this.host = host;
    this.digest = digest;
    this.acknowledger = new Acknowledger(host);
    this.#client = new ReofferClient(this);
    this.reofferServer = new ReofferServer(this);
  }

  get state(): InviteSessionState {
    return this.#state;
  }

  /** The flow its messages went over last; undefined before there was one. */
  abstract readonly flow: Flow | undefined;

  /** Ends the session in whatever state: CANCEL, BYE, or a refusal. Resolves when that is done; never rejects. */
  abstract terminate(options?: { headers?: HeaderList }): Promise<void>;

  /**
   * Changes the session by a re-INVITE (RFC 3261 §14.1). Several are sent one after the other. After a 491 it is tried again when
   * the time of §14.1 has passed.
   *
   * @throws SipStateError unless the session is confirmed; SipResponseError when it was refused, and SipError of other kinds:
   *   the session then is as it was, unless it has ended
   */
  reinvite(options: ReinviteOptions = {}): Promise<void> {
    return this.#client.reinvite(options);
  }

  /**
   * Sends a request inside the dialog and gives its final response, of whatever status.
   *
   * @throws SipStateError when there is no dialog; SipTimeoutError or SipTransportError when there is no answer: the session
   *   then ends (RFC 3261 §12.2.1.2)
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
          if (response.status === 481 || response.status === 408) this.#lost(response);
          resolve(response);
        },
        failed: (error) => {
          this.end({ by: 'error', error, ...(error.status === undefined ? {} : { status: error.status }) });
          reject(error);
        },
      });
    });
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
      digest: this.digest,
      handlers: {
        sending: (sent, flow) => {
          dialog.advanceSequence(sent.cseq.sequence);
          if (withContact.has(sent.method)) sent.contact = this.host.contact(flow, this.contactUser);
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

  /** User part of our Contact. */
  protected abstract readonly contactUser: string | undefined;

  /** @internal */
  get localUser(): string | undefined {
    return this.contactUser;
  }

  /** @internal Ends the dialog by BYE as soon as that is allowed. */
  hangUp(end: SessionEnd): Promise<void> {
    return this.bye(end);
  }

  /** @internal A request that belongs to the dialog; it is in order. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.dialog && !this.dialog.accepts(request)) {
      transaction.reply(500, { reason: 'CSeq Out of Order' });
      return;
    }
    switch (request.method) {
      case 'BYE':
        transaction.reply(200);
        this.end({ by: 'remote', message: request, ...reasonOf(request) });
        return;
      case 'INVITE':
      case 'UPDATE':
        void this.reofferServer.receive(transaction);
        return;
      default:
        if (this.emit('request', transaction)) return;
        transaction.reply(request.method === 'NOTIFY' ? 489 : 405);
    }
  }

  /** @internal An ACK of a 2xx. */
  receiveAck(ack: SipRequest): void {
    this.reofferServer.acknowledged(ack);
  }

  /** @internal Whether a re-INVITE of ours is under way. */
  get reinviting(): boolean {
    return this.#client.busy;
  }

  /** @internal Whether a re-INVITE of the peer is under way. */
  get reinvited(): Promise<void> | undefined {
    return this.reofferServer.busy;
  }

  /** @internal */
  enter(state: InviteSessionState): void {
    if (this.#state === state || this.#state === 'terminated') return;
    this.#state = state;
    this.emit('state', state);
    if (state === 'confirmed') this.emit('established');
  }

  /** @internal The dialog's requests come here from now on. */
  adopt(dialog: Dialog): void {
    this.#keys.add(dialog.key);
    this.host.adopt(dialog.key, this);
  }

  /** @internal The session is over: tells so once. */
  end(end: SessionEnd): void {
    if (this.#state === 'terminated') return;
    this.#client.close();
    this.reofferServer.close();
    this.closing();
    this.enter('terminated');
    for (const key of this.#keys) this.host.release(key);
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
  sendBye(dialog: Dialog, headers: HeaderList = []): Promise<void> {
    const request = dialog.createRequest('BYE');
    for (const [name, value] of headers) request.headers.append(name, value);
    return new Promise((resolve) => {
      this.sendInDialog(request, dialog, { final: () => resolve(), failed: () => resolve() });
    });
  }

  /** @internal The peer does not know the dialog any more. */
  #lost(response: SipResponse): void {
    this.end({
      by: 'remote',
      status: response.status,
      reason: response.reason,
      message: response,
      error: new SipResponseError(response.status, response.reason, response),
    });
  }
}

/** Text of a Reason header field (RFC 3326): its `text`, else its protocol and cause. */
export function reasonOf(message: SipRequest | SipResponse): { reason?: string } {
  const value = message.headers.get('Reason');
  if (value === undefined) return {};
  return { reason: /;\s*text\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value };
}
