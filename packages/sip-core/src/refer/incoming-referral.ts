import type { SessionBody } from '../body/session-body';
import { SIPFRAG, statusFragment } from '../body/sipfrag';
import { Dialog } from '../dialog/dialog';
import { secureContact } from '../dialog/sips';
import { type Replaces, TargetDialog } from '../headers/dialog-references';
import { ReferredBy } from '../headers/transfer';
import type { HeaderList } from '../message/header-list';
import type { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import type { Timer } from '../platform/clock';
import { SipStateError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import type { InviteSession } from '../session/invite-session';
import type { OutgoingSession } from '../session/outgoing-session';
import type { StackHost } from '../stack/stack-host';
import type { StackInviteOptions } from '../stack/stack-options';
import { Notifier } from '../subscription/notifier';
import type { SubscriptionEnd } from '../subscription/subscription-events';
import type { ServerTransaction } from '../transaction/server-transaction';
import { referTo, replacesIn, splitUri } from './refer-to';

/** Events of an {@link IncomingReferral}. */
export interface IncomingReferralEvents {
  /** Nobody is told anything any more: it was refused, the last status was told, or the other side does not listen. */
  ended: [end: SubscriptionEnd];
}

/** Settings of {@link IncomingReferral.follow}: those of an INVITE, of which the target and most others are known. */
export type FollowOptions = Omit<StackInviteOptions, 'uri' | 'from'> &
  Partial<Pick<StackInviteOptions, 'uri' | 'from'>>;

/** How long the other side hears about it, in seconds; longer than any proxy lets a phone ring (RFC 3261 §16.6 step 11). */
const DURATIONS = { least: 0, most: 600, usual: 300 };
/** A REFER nobody decides about is answered 202 after this time, in ms, as a pending one (RFC 3515 §2.4.4). */
const PATIENCE = 2_000;

/**
 * Somebody asks us to call somebody (RFC 3515). Brought by the `refer` event of a session or of the stack, once a {@link ReferServer} is in use:
 * {@link follow} it, or {@link accept} it and tell by {@link notify} how it goes, or {@link reject} it.
 */
export class IncomingReferral extends TypedEmitter<IncomingReferralEvents> {
  /** The REFER. */
  readonly request: SipRequest;
  /** Refer-To: whom to call. */
  readonly target: NameAddr;
  /** Method of the request that is asked for. */
  readonly method: string;
  /** The dialog of the target's that our call is to replace (RFC 3891). */
  readonly replaces: Replaces | undefined;
  /** Who refers us, as the other side says (RFC 3892). */
  readonly referredBy: NameAddr | undefined;
  /** The dialog by which the other side shows that it may refer us (RFC 4538), when the REFER comes outside any. */
  readonly targetDialog: TargetDialog | undefined;
  /** The call in which the REFER came. */
  readonly session: InviteSession | undefined;
  readonly #host: StackHost;
  readonly #transaction: ServerTransaction;
  readonly #dialog: Dialog;
  readonly #notifier: Notifier | undefined;
  #undecided: Timer | undefined;
  #over = false;

  /** @internal @throws SipSyntaxError (400) when the REFER is malformed */
  constructor(
    host: StackHost,
    transaction: ServerTransaction,
    dialog: Dialog | undefined,
    session: InviteSession | undefined,
  ) {
    super();
    const { request, toTag } = transaction;
    this.#host = host;
    this.#transaction = transaction;
    this.request = request;
    this.session = session;
    this.target = referTo(request);
    this.method = splitUri(this.target.uri).method;
    this.replaces = replacesIn(this.target.uri);
    this.referredBy = ReferredBy.read(request);
    this.targetDialog = TargetDialog.read(request);
    this.#dialog = dialog ?? Dialog.fromRequest(request, toTag);
    this.#dialog.heard(request, transaction.flow);
    if (!dialog) this.#dialog.confirm();
    if (this.wantsReports) {
      // §2.4.6: the first of a dialog needs no id, and some do not expect one.
      const another = host.dialogs.usages(this.#dialog).some((usage) => usage instanceof Notifier);
      this.#notifier = new Notifier(host, {
        dialog: this.#dialog,
        event: { event: 'refer', ...(another ? { id: String(request.cseq.sequence) } : {}) },
        user: this.#user,
        durations: DURATIONS,
        coalesce: false,
        ended: (end) => this.#ended(end),
      });
    }
    this.#undecided = host.clock.setTimer(PATIENCE, () => this.#begin('pending', []));
  }

  /** Whether the other side wants to hear how it goes (RFC 4488). */
  get wantsReports(): boolean {
    return this.request.headers.get('Refer-Sub')?.trim().toLowerCase() !== 'false';
  }

  /** Whether it has been accepted or refused. */
  get decided(): boolean {
    return this.#over || (!this.#undecided && this.#notifier?.state !== 'pending');
  }

  /**
   * Accepts: 202, and a NOTIFY that tells `100 Trying`, unless the other side does not want to hear of it.
   *
   * @throws SipStateError when it has been refused, or ended
   */
  accept(options: { headers?: HeaderList } = {}): void {
    this.#requireAlive();
    if (this.#undecided) this.#begin('active', options.headers ?? []);
    else this.#notifier?.activate();
  }

  /**
   * Refuses.
   *
   * @param status 300 to 699; 603 when absent
   * @throws SipStateError when it has ended
   */
  reject(status = 603, headers: HeaderList = []): void {
    this.#requireAlive();
    if (this.#undecided) {
      // The call it came in may have ended meanwhile, and answered it.
      if (!this.#transaction.answered) this.#transaction.reply(status, { headers });
      this.#ended({ by: 'local', status });
    } else {
      void this.#notifier?.terminate('rejected', undefined, sipfrag(status));
    }
  }

  /**
   * Tells how the request goes that was asked for; a final status is the last that is told. Does nothing when the other side does not listen
   * (any more).
   *
   * @param status of a response that came, 100 to 699
   * @throws SipSyntaxError, SipInjectionError when these make no status line
   */
  notify(status: number, reason?: string): void {
    const body = sipfrag(status, reason);
    if (this.#over || !this.#notifier || this.#undecided) return;
    if (status >= 200) void this.#notifier.terminate('noresource', undefined, body);
    else void this.#notifier.notify(body);
  }

  /**
   * Calls the target and tells the other side how that goes: accepts, unless that is done, sends the INVITE with what Refer-To asks for (Replaces
   * among it, RFC 3891) and Referred-By (RFC 3892 §2.2), and reports its responses.
   *
   * @throws SipStateError when it has been refused, or asks for another method
   */
  follow(options: FollowOptions): OutgoingSession {
    if (this.method !== 'INVITE') {
      throw new SipStateError(`The other side asks for a ${this.method}; only calls can be followed.`);
    }
    this.accept();
    const { uri, headers } = splitUri(this.target.uri);
    const own = this.#dialog.local.clone();
    own.tag = undefined;
    const referredBy = this.request.headers.get('Referred-By');
    const session = this.#host.invite({
      uri,
      from: own,
      ...options,
      headers: [
        ...headers,
        ...(referredBy === undefined ? [] : [['Referred-By', referredBy] as const]),
        ...(options.headers ?? []),
      ],
    });
    session.on('provisional', ({ status, reason }) => this.notify(status, reason));
    session.on('established', () => this.notify(200));
    session.on('ended', ({ status = 503, reason }) => this.notify(status < 300 ? 487 : status, reason));
    return session;
  }

  /** @internal */
  abandon(): void {
    if (this.#undecided || !this.#notifier) this.#ended({ by: 'local' });
    else this.#notifier.abandon();
  }

  /** @internal Ends it in an orderly way. */
  async close(): Promise<void> {
    if (this.#over) return;
    if (this.#undecided) this.reject(480);
    else await this.#notifier?.terminate('giveup');
  }

  /** @internal Told when it has ended. */
  closed: (() => void) | undefined;

  get #user(): string | undefined {
    return this.session?.localUser ?? this.request.to.sipUri?.user;
  }

  #begin(state: 'active' | 'pending', headers: HeaderList): void {
    const { request, flow, toTag, answered } = this.#transaction;
    this.#decided();
    // The call it came in has ended, and answered it.
    if (answered) {
      this.#ended({ by: 'remote' });
      return;
    }
    const response = SipResponse.for(request, 202, undefined, { toTag });
    response.headers.copyFrom(request.headers, 'Record-Route');
    response.contact = this.session?.ownContact(flow) ?? this.#host.contact(flow, this.#user);
    secureContact(response, request, flow);
    if (!this.#notifier) response.headers.append('Refer-Sub', 'false');
    for (const [name, value] of headers) response.headers.append(name, value);
    this.#host.decorate(response);
    this.#transaction.respond(response);
    if (this.#notifier) this.#notifier.begin(state, DURATIONS.usual, sipfrag(100));
    else this.#ended({ by: 'local' });
  }

  #decided(): void {
    this.#undecided?.cancel();
    this.#undecided = undefined;
  }

  #ended(end: SubscriptionEnd): void {
    if (this.#over) return;
    this.#decided();
    this.#over = true;
    this.closed?.();
    this.emit('ended', end);
  }

  #requireAlive(): void {
    if (this.#over) throw new SipStateError('The referral is over.');
  }
}

/** A status line as the body of a NOTIFY (RFC 3515 §2.4.5). */
const sipfrag = (status: number, reason?: string): SessionBody => ({
  contentType: `${SIPFRAG};version=2.0`,
  body: statusFragment(status, reason),
});
