import { MinSE } from '../headers/session-timer';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Timer } from '../platform/clock';
import { SipResponseError, SipSyntaxError, SipTimeoutError } from '../platform/errors';
import type { InviteSession } from './invite-session';
import { LEAST_INTERVAL, type SessionTimerOptions } from './session-settings';
import { agreeAsServer, agreementOf, askForTimer, type TimerAgreement } from './timer-agreement';

/** 422s answered by a longer interval, one after the other, before we believe that the peer will never have enough. */
const PATIENCE = 5;

/** Keeps a session alive as long as its peer is, and ends it when the peer is gone (RFC 4028). */
export class SessionTimer {
  readonly #session: InviteSession;
  readonly #settings: Required<SessionTimerOptions> | undefined;
  /** The largest Min-SE heard, in seconds. */
  #minimum: number;
  #raised = 0;
  #agreement: TimerAgreement | undefined;
  #refresh: Timer | undefined;
  #expiry: Timer | undefined;
  #withoutUpdate = false;

  /** @param settings undefined: the session has no timer */
  constructor(session: InviteSession, settings: Required<SessionTimerOptions> | undefined) {
    this.#session = session;
    this.#settings = settings;
    this.#minimum = settings?.minimum ?? LEAST_INTERVAL;
  }

  /** What is agreed on now. */
  get agreement(): TimerAgreement | undefined {
    return this.#agreement;
  }

  /** Puts what we ask for into an INVITE or UPDATE of ours. */
  ask(request: SipRequest): void {
    if (!this.#settings) return;
    // A peer that did not want a timer when the call began is not asked again.
    if (this.#session.state === 'confirmed' && !this.#agreement) return;
    request.headers.delete('Session-Expires');
    request.headers.delete('Min-SE');
    askForTimer(request, this.#settings, this.#minimum, this.#agreement);
  }

  /** Whether a 422 can be answered by a longer interval (RFC 4028 §7.3). */
  longer(response: SipResponse): boolean {
    if (response.status !== 422 || !this.#settings || ++this.#raised > PATIENCE) return false;
    const least = lenient(() => MinSE.read(response));
    if (least === undefined || least <= this.#minimum) return false;
    this.#minimum = least;
    if (this.#agreement) this.#agreement = { ...this.#agreement, interval: Math.max(this.#agreement.interval, least) };
    return true;
  }

  /** The peer's 2xx to a request of ours has come: the session lives from now. */
  granted(response: SipResponse): void {
    if (!this.#settings) return;
    this.#raised = 0;
    this.#begin(lenient(() => agreementOf(response)));
  }

  /** We accept a request of the peer: says in our 2xx what is agreed, and the session lives from now. */
  grant(request: SipRequest, response: SipResponse): void {
    if (!this.#settings) return;
    this.#begin(agreeAsServer(request, response, this.#settings, this.#agreement));
  }

  stop(): void {
    this.#refresh?.cancel();
    this.#expiry?.cancel();
    this.#refresh = this.#expiry = undefined;
  }

  #begin(agreement: TimerAgreement | undefined): void {
    this.stop();
    this.#agreement = agreement;
    if (!agreement) return;
    const { clock } = this.#session.host;
    const lifetime = agreement.interval * 1_000;
    // §10: BYE goes out a little before the end, so that both sides end at the same time.
    this.#expiry = clock.setTimer(lifetime - Math.min(32_000, lifetime / 3), () => this.#expired());
    if (agreement.refresher === 'local') this.#refreshIn(lifetime / 2);
  }

  #refreshIn(delay: number): void {
    this.#refresh?.cancel();
    this.#refresh = this.#session.host.clock.setTimer(delay, () => void this.#refreshNow());
  }

  async #refreshNow(): Promise<void> {
    const agreement = this.#agreement;
    const session = this.#session;
    if (!agreement || session.state === 'terminated') return;
    const { method } = this.#settings!;
    const update = method === 'UPDATE' || (method === 'auto' && !this.#withoutUpdate && session.peerAllows('UPDATE'));
    try {
      await (update ? session.update({ offer: false }) : session.reinvite());
    } catch (error) {
      // A refusal leaves the session as it is (RFC 3261 §14.1): there is time for another try before it expires.
      if (this.#agreement !== agreement || !this.#expiry) return;
      const unknown = error instanceof SipResponseError && (error.status === 405 || error.status === 501);
      if (update && unknown) this.#withoutUpdate = true;
      this.#refreshIn(update && unknown ? 0 : (agreement.interval * 1_000) / 10);
    }
  }

  #expired(): void {
    const { interval } = this.#agreement!;
    this.stop();
    const error = new SipTimeoutError(`Nobody refreshed the session in its ${interval} s.`, {
      code: 'ERR_SIP_SESSION_EXPIRED',
    });
    void this.#session.hangUp({ by: 'error', status: 408, error }, [
      ['Reason', 'SIP ;cause=408 ;text="Session expired"'],
    ]);
  }
}

/** What a peer writes into a response so that nobody can read it is as good as not there. */
function lenient<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SipSyntaxError) return undefined;
    throw error;
  }
}
