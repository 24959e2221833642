import type { DigestClient } from '../auth/digest-client';
import { parseSipFragment, type SipFragment } from '../body/sipfrag';
import type { Dialog } from '../dialog/dialog';
import type { DialogUsage } from '../dialog/dialog-registry';
import { requestInDialog } from '../dialog/dialog-request';
import { replacesText, targetDialogText } from '../dialog/replaces';
import { ReferredBy, ReferSub, ReferTo } from '../headers/transfer';
import type { HeaderList } from '../message/header-list';
import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Uri } from '../message/uri';
import type { Timer } from '../platform/clock';
import { type SipError, SipResponseError, SipStateError, SipSyntaxError, SipTimeoutError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import type { Line } from '../registration/line';
import { type Addressing, digestOf, exchange, newRequest, wayOf } from '../sending/new-request';
import type { InviteSession } from '../session/invite-session';
import type { StackHost } from '../stack/stack-host';
import { eventOf } from '../subscription/event';
import { openDialog, readState } from '../subscription/notify-reading';
import type { FirstNotifyReceiver, Lasting } from '../subscription/subscriber';
import type { ServerTransaction } from '../transaction/server-transaction';
import { referToValue } from './refer-to';

/** Where somebody is to be referred to: an address, or the party of another call of ours, whose call is then replaced (RFC 5589 §7). */
export type ReferTarget = NameAddr | Uri | string | InviteSession;

/** Settings of {@link InviteSession.refer}. */
export interface ReferOptions {
  /** The call that the referred party is to replace by its new one (RFC 3891): an attended transfer. */
  replaces?: InviteSession;
  /** Whether we want to hear what becomes of it; true when absent. False asks for no subscription (RFC 4488); the other side may not comply. */
  referSub?: boolean;
  /** Who refers, for the target to see (RFC 3892); not said when absent. */
  referredBy?: NameAddr | string;
  /** Header fields beyond those the stack writes itself. */
  headers?: HeaderList;
}

/** Settings of {@link SipStack.refer}: a REFER outside any dialog. */
export type StackReferOptions = ReferOptions &
  Addressing & {
    /** Refer-To. */
    target: ReferTarget;
    /** A call of ours with whom we refer, which shows that we may (RFC 4538). */
    targetDialog?: InviteSession;
  };

/** How a referral ended. */
export interface ReferralEnd {
  /**
   * `succeeded` or `failed` is what the referred party says of its request; `refused`: it does not take the REFER; `unknown`: it took it, and
   * does not tell what became of it.
   */
  readonly outcome: 'succeeded' | 'failed' | 'refused' | 'unknown';
  /** Status of the referred request, or of the refusal. */
  readonly status?: number;
  readonly reason?: string;
  readonly error?: SipError;
}

/** Events of a {@link Referral}. */
export interface ReferralEvents {
  /** The REFER was accepted (RFC 3515 §2.4.2). */
  accepted: [response: SipResponse];
  /** The referred party tells how its request goes: a response it got, or the first line of it, 100 to begin with (RFC 3420). */
  progress: [status: number, reason: string, fragment: SipFragment];
  /** It is over; always the last event, and comes once. */
  ended: [end: ReferralEnd];
}

/** @internal */
export interface ReferralSetting {
  readonly target: ReferTarget;
  readonly options: ReferOptions;
  /** Outside any dialog. */
  readonly addressing?: StackReferOptions;
  /** In the dialog of a session. */
  readonly session?: InviteSession;
  readonly dialog?: Dialog;
  readonly line?: Line | undefined;
  readonly digest?: DigestClient | undefined;
}

/** After the last word on a referral its subscription is left open this long, in ms, for NOTIFYs that still come. */
const REST = 32_000;

/** A REFER of ours and what is heard about it (RFC 3515). Made by {@link InviteSession.refer} and {@link SipStack.refer}. */
export class Referral extends TypedEmitter<ReferralEvents> implements DialogUsage, FirstNotifyReceiver, Lasting {
  /** Refer-To as it was sent. */
  readonly target: NameAddr;
  /** Resolves when the REFER is accepted; rejects with SipResponseError when it is refused, or other errors when there is no answer. */
  readonly accepted: Promise<SipResponse>;
  /** Resolves when it is known what became of the referral, or that it never will be. Never rejects. */
  readonly done: Promise<ReferralEnd>;
  readonly #host: StackHost;
  readonly #setting: ReferralSetting;
  readonly #wanted: boolean;
  #dialog: Dialog | undefined;
  #request: SipRequest | undefined;
  /** CSeq numbers it was sent with: ids of its subscription (RFC 3515 §2.4.6). */
  readonly #ids = new Set<string>();
  /** Whether another referral of the dialog is open, so that NOTIFYs without an id are not ours. */
  readonly #idNeeded: boolean = false;
  #settle!: { accept(response: SipResponse): void; refuse(error: Error): void; done(end: ReferralEnd): void };
  #stopExpecting: (() => void) | undefined;
  #timer: Timer | undefined;
  #status: { status: number; reason: string } | undefined;
  #ended = false;
  #detached = false;

  /** @internal @throws SipSyntaxError, SipError when there is no such target; SipStateError when a call has no dialog */
  constructor(host: StackHost, setting: ReferralSetting) {
    super();
    const { target, options } = setting;
    this.#host = host;
    this.#setting = setting;
    this.#wanted = options.referSub !== false;
    this.#dialog = setting.dialog;
    this.target = referToOf(target, options.replaces);
    let done!: (end: ReferralEnd) => void;
    this.done = new Promise((resolve) => {
      done = resolve;
    });
    this.accepted = new Promise((accept, refuse) => {
      this.#settle = { accept, refuse, done };
    });
    this.accepted.catch(() => {});
    if (setting.dialog) {
      this.#idNeeded = host.dialogs.usages(setting.dialog).some((usage) => usage instanceof Referral);
    }
  }

  /** @internal */
  begin(): this {
    this.#host.subscriber().add(this);
    void this.#send().then(
      (response) => this.#answered(response),
      (error: SipError) => this.#refused(error),
    );
    return this;
  }

  /** @internal */
  async close(): Promise<void> {
    this.abandon();
  }

  /** Does not wait for more. The other side hears so (481) when it tells more. */
  abandon(): void {
    this.#end({ outcome: 'unknown', ...this.#status });
    this.#detach();
  }

  /** @internal */
  claims(request: SipRequest): boolean {
    if (request.method !== 'NOTIFY') return false;
    const event = eventOf(request);
    return event?.event === 'refer' && (event.id === undefined ? !this.#idNeeded : this.#ids.has(event.id));
  }

  /** @internal */
  firstNotify(transaction: ServerTransaction): boolean {
    if (this.#dialog || !this.claims(transaction.request)) return false;
    this.#dialog = openDialog(transaction, this.#request!);
    if (!this.#dialog) return true;
    this.#host.dialogs.add(this.#dialog, this);
    this.receive(transaction);
    return true;
  }

  /** @internal */
  receive(transaction: ServerTransaction): void {
    const state = readState(transaction);
    if (!state) return;
    const { request } = transaction;
    this.#dialog!.refreshTarget(request);
    transaction.reply(200);
    this.#reported(request);
    if (state.state === 'terminated') {
      this.#end({ outcome: 'unknown', ...this.#status });
      this.#detach();
    } else if (!this.#ended) {
      this.#wait(state.expires === undefined ? undefined : state.expires * 1_000 + REST);
    }
  }

  #reported(request: SipRequest): void {
    const fragment = fragmentOf(request);
    if (!fragment?.status || this.#ended) return;
    const { status, reason } = fragment.status;
    this.#status = { status, reason };
    this.emit('progress', status, reason, fragment);
    if (status >= 200) this.#end({ outcome: status < 300 ? 'succeeded' : 'failed', status, reason });
  }

  #send(): Promise<SipResponse> {
    const { addressing, dialog, session, line, digest } = this.#setting;
    if (dialog) {
      const request = dialog.createRequest('REFER');
      this.#dress(request);
      this.#host.dialogs.add(dialog, this);
      const user = session?.localUser;
      const sending = (sent: SipRequest) => this.#sent(sent);
      return requestInDialog(this.#host, dialog, request, { user, line, digest, sending });
    }
    const request = newRequest(this.#host, 'REFER', { ...addressing!, headers: [] });
    this.#dress(request);
    this.#stopExpecting = this.#host.subscriber().expect(request, this);
    return exchange(this.#host, request, {
      ...wayOf(addressing!),
      digest: digestOf(this.#host, addressing!.credentials),
      sending: (sent, flow) => {
        this.#sent(sent);
        this.#dialog?.advanceSequence(sent.cseq.sequence);
        sent.contact = addressing!.registration?.contactOver(flow) ?? this.#host.contact(flow, sent.from.sipUri?.user);
      },
    });
  }

  #sent(request: SipRequest): void {
    this.#request = request;
    this.#ids.add(String(request.cseq.sequence));
  }

  #dress(request: SipRequest): void {
    const { referredBy, headers = [] } = this.#setting.options;
    const { targetDialog } = this.#setting.addressing ?? {};
    ReferTo.write(request, this.target);
    if (!this.#wanted) {
      ReferSub.write(request, false);
      request.headers.append('Supported', 'norefersub');
    }
    if (referredBy !== undefined) {
      ReferredBy.write(request, typeof referredBy === 'string' ? NameAddr.parse(referredBy) : referredBy);
    }
    if (targetDialog) {
      if (!targetDialog.dialog) throw new SipStateError('The call has no dialog that could show that we know it.');
      request.headers.set('Target-Dialog', targetDialogText(targetDialog.dialog));
      request.headers.append('Require', 'tdialog');
    }
    for (const [name, value] of headers) request.headers.append(name, value);
  }

  #answered(response: SipResponse): void {
    this.#setting.session?.checkLost(response);
    if (response.status >= 300) {
      this.#refused(new SipResponseError(response.status, response.reason, response));
      return;
    }
    this.#settle.accept(response);
    this.emit('accepted', response);
    // RFC 4488 §4: there is no subscription when the other side says so too.
    const silent = !this.#wanted && response.headers.get('Refer-Sub')?.trim().toLowerCase() === 'false';
    if (silent) this.abandon();
    else if (!this.#timer && !this.#ended) this.#wait(64 * this.#host.environment.layer.timers.T1);
  }

  #refused(error: SipError): void {
    const { status } = error;
    this.#settle.refuse(error);
    this.#end({
      outcome: 'refused',
      error,
      ...(status === undefined ? {} : { status }),
      ...(error instanceof SipResponseError ? { reason: error.reason } : {}),
    });
    this.#detach();
  }

  /** Gives up when nothing is heard for so many ms; never, when the time is not known. */
  #wait(patience: number | undefined): void {
    this.#timer?.cancel();
    if (patience === undefined) return;
    this.#timer = this.#host.clock.setTimer(patience, () => {
      const error = new SipTimeoutError('The referred party does not tell what becomes of the referral.');
      this.#end({ outcome: 'unknown', ...this.#status, error });
      this.#detach();
    });
  }

  #end(end: ReferralEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    // Some leave the subscription open after the last word.
    if (!this.#detached) this.#timer = this.#host.clock.setTimer(REST, () => this.#detach());
    this.#settle.done(end);
    this.emit('ended', end);
  }

  #detach(): void {
    if (this.#detached) return;
    this.#detached = true;
    this.#timer?.cancel();
    this.#stopExpecting?.();
    this.#settle.refuse(new SipStateError('The REFER was given up before it was answered.'));
    if (this.#dialog) this.#host.dialogs.remove(this.#dialog, this);
    this.#host.subscriber().remove(this);
  }
}

function referToOf(target: ReferTarget, replaces: InviteSession | undefined): NameAddr {
  if (typeof target === 'string' || target instanceof NameAddr || !('direction' in target)) {
    return referToValue(target, replaces && replacesText(dialogOfCall(replaces)));
  }
  const dialog = dialogOfCall(target);
  return referToValue(dialog.remoteTarget, replacesText(dialog));
}

function dialogOfCall({ dialog }: InviteSession): Dialog {
  if (dialog) return dialog;
  throw new SipStateError('The call that is to be replaced has no dialog yet.');
}

/** What a NOTIFY tells (RFC 3515 §2.4.5); undefined when it cannot be read. */
function fragmentOf(notify: SipRequest): SipFragment | undefined {
  try {
    return parseSipFragment(notify.body);
  } catch (error) {
    if (error instanceof SipSyntaxError) return undefined;
    throw error;
  }
}
