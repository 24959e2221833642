import type { Call } from '../call/call';
import type { CallOptions } from '../call/call-options';
import { type RemoteParty, remoteParty } from '../call/remote-party';
import type { SipIncomingReferral } from '../sip/sip-session';

/** How to follow a referral: as any call is placed. */
export type FollowOptions = Omit<CallOptions, 'delayedOffer' | 'replaces'>;

/**
 * The peer of a call, or a server for it, asks us to call somebody else (RFC 3515): the other end of a transfer. Comes with a call's `referral`
 * event; {@link follow} or {@link reject} it there and then, or the endpoint does as its option `referrals` says.
 */
export class Referral {
  /** Whom we are to call. */
  readonly target: RemoteParty;
  /** Who refers us, as the other side says (RFC 3892); not to be trusted. */
  readonly referredBy: RemoteParty | undefined;
  /** Whether the new call is to take the place of another one of the target's (RFC 3891): an attended transfer. */
  readonly replaces: boolean;
  readonly #referral: SipIncomingReferral;
  readonly #follow: (referral: SipIncomingReferral, options: FollowOptions) => Call;
  #decided = false;

  /** @internal */
  constructor(referral: SipIncomingReferral, follow: (referral: SipIncomingReferral, options: FollowOptions) => Call) {
    this.#referral = referral;
    this.#follow = follow;
    this.target = remoteParty(referral.target);
    this.referredBy = referral.referredBy && remoteParty(referral.referredBy);
    this.replaces = referral.replaces !== undefined;
  }

  /** Whether it was followed or rejected. */
  get decided(): boolean {
    return this.#decided;
  }

  /** Whether a call to a SIP address is asked for; nothing else can be followed. */
  get isCall(): boolean {
    return this.#referral.method === 'INVITE' && this.#referral.target.sipUri !== undefined;
  }

  /**
   * Calls the target, and tells the other side how that goes. Once the target has answered, what the call that brought the referral plays and
   * where it is heard goes over to the new one, unless a source or a sink was given.
   *
   * @throws EndpointError `ERR_ENDPOINT_STATE`; SipStateError when the referral is over
   */
  follow(options: FollowOptions = {}): Call {
    this.#decided = true;
    return this.#follow(this.#referral, options);
  }

  /** Refuses. @param status 300 to 699; 603 Decline when absent */
  reject(status = 603): void {
    this.#decided = true;
    this.#referral.reject(status);
  }
}
