import type { DtmfMethod } from '@offhook/rtp-media';
import type { Clock, NameAddr } from '@offhook/sip-core';
import type { QualityOptions } from '../quality/quality-options';
import type { QualityPath } from '../quality/quality-publisher';
import type {
  IncomingSipSession,
  SipIncomingReferral,
  SipReferOptions,
  SipReferral,
  SipSession,
} from '../sip/sip-session';
import type { FollowOptions } from '../transfer/referral';
import type { Call } from './call';
import type { CallMedia } from './call-media';

/** @internal What an endpoint makes a call of. */
export interface CallInit {
  id: string;
  session: SipSession | IncomingSipSession;
  media: CallMedia;
  clock: Clock;
  /** The line it belongs to. */
  line: { readonly user: string; readonly from: NameAddr } | undefined;
  /** The call it is to take the place of. */
  replaces: Call | undefined;
  host: CallHost;
  remoteControl: boolean;
  /** Methods that digits are sent by, the preferred first. */
  dtmfMethods: readonly DtmfMethod[];
  signal?: AbortSignal | undefined;
  timeout?: number | undefined;
}

/** @internal What a call needs of its endpoint. */
export interface CallHost {
  /** @throws EndpointError `ERR_OPTION`, `ERR_UNSUPPORTED` */
  refer(call: Call, session: SipSession, target: string | SipSession, options: SipReferOptions): SipReferral;
  /** Places the call that a referral asks for. */
  follow(referral: SipIncomingReferral, from: Call, options: FollowOptions): Call;
  /** How quality is watched; false: not at all. */
  readonly quality: QualityOptions | false;
  /** Whether calls without audio are hung up. */
  readonly releaseInactive: boolean;
  /** The call is established, and its quality is being watched. */
  established(call: Call, session: SipSession, path: () => QualityPath): void;
  /** What becomes of referrals that nobody decides about. */
  readonly referrals: 'follow' | 'ask' | 'refuse';
}
