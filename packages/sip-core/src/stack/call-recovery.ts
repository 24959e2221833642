import type { Timer } from '../platform/clock';
import { SipTransportError } from '../platform/errors';
import { between } from '../registration/chance';
import type { InviteSession } from '../session/invite-session';
import { type Flow, isInvalid } from '../transport/transport';
import type { StackHost } from './stack-host';

/** Longest pause before the first attempt, in ms; doubled with each further one. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8_000;
/** For how long it is tried, in ms: a peer repeats a request that we do not hear for as long (RFC 3261 §17). */
const PATIENCE = 64_000;

/**
 * Brings calls back whose connection has broken, where nobody can connect to us: their peers are told of a new connection by a re-INVITE, as they
 * could not even end the call otherwise (RFC 7118 §5, RFC 5626 §4.4). Pauses are jittered, so that those who were cut off together do not come
 * back together.
 */
export class CallRecovery {
  readonly #host: StackHost;
  readonly #watched = new Map<InviteSession, Watched>();

  constructor(host: StackHost) {
    this.#host = host;
  }

  /** Looks after a call from now on. */
  track(session: InviteSession): void {
    session.on('established', () => this.#watch(session));
    session.on('reoffered', () => this.#watch(session));
    session.on('ended', () => this.#forget(session));
  }

  /** Brings back no call any more. */
  close(): void {
    for (const session of [...this.#watched.keys()]) this.#forget(session);
  }

  #watch(session: InviteSession): void {
    const flow = session.dialog?.flow;
    const known = this.#watched.get(session);
    if (known?.flow === flow && !known?.timer) return;
    this.#forget(session);
    if (!flow?.reliable || !isInvalid(flow.local.host) || session.state !== 'confirmed') return;
    const watched: Watched = { flow, timer: undefined, unwatch: () => {} };
    this.#watched.set(session, watched);
    const broken = () => this.#again(session, watched, FIRST_PAUSE, this.#host.clock.now() + PATIENCE);
    if (flow.closed) broken();
    else watched.unwatch = this.#host.environment.layer.watch(flow, { closed: broken });
  }

  #again(session: InviteSession, watched: Watched, pause: number, until: number): void {
    if (this.#watched.get(session) !== watched) return;
    watched.unwatch();
    const { clock, random } = this.#host;
    if (clock.now() >= until) return;
    watched.timer = clock.setTimer(between(0, pause, random), () => {
      watched.timer = undefined;
      session.reinvite().then(
        () => this.#watch(session),
        (error: unknown) => {
          // Whatever the peer has said, it has heard of the new connection.
          if (!(error instanceof SipTransportError)) this.#watch(session);
          else this.#again(session, watched, Math.min(2 * pause, LONGEST_PAUSE), until);
        },
      );
    });
  }

  #forget(session: InviteSession): void {
    const watched = this.#watched.get(session);
    watched?.timer?.cancel();
    watched?.unwatch();
    this.#watched.delete(session);
  }
}

interface Watched {
  readonly flow: Flow;
  timer: Timer | undefined;
  unwatch: () => void;
}
