import type { DtmfDigit, DtmfPress, IntervalStatistics, QualityAlarm } from '@offhook/rtp-media';
import type { NegotiatedAudio } from '@offhook/sdp';
import type { SipResponse } from '@offhook/sip-core';
import type { ObservableEvents } from '../observable/observable';
import type { Referral } from '../transfer/referral';
import type { Call } from './call';
import type { CallEnd } from './call-end';
import type { CallState } from './call-state';

/** Events of a call. */
export interface CallEvents extends ObservableEvents {
  /** The call is in another state. */
  state: [state: CallState, previous: CallState];
  /** Outgoing: a provisional response came, such as 180 Ringing. */
  progress: [response: SipResponse];
  /** Media was agreed on, at first or anew; undefined when the stream was removed. */
  media: [agreed: NegotiatedAudio | undefined];
  /** A digit has begun to come. */
  dtmfStart: [press: DtmfPress];
  /** A digit came, and is over; `method` says how. */
  dtmf: [digit: DtmfDigit];
  /** No audio has come for this many ms although it is expected; once until some comes again. */
  inactive: [ms: number];
  /** Audio comes again after `inactive`. */
  active: [];
  /** This side or the peer put the call on hold. */
  held: [hold: { by: 'local' | 'remote' }];
  /** This side or the peer ended its hold; the other may still hold. */
  retrieved: [hold: { by: 'local' | 'remote' }];
  /** The server asked for an action by NOTIFY; it is carried out now, where the state lets it. */
  remoteControl: [event: 'talk' | 'hold'];
  /** Of {@link Call.transfer}: what the peer's call to the target was answered so far. */
  transferProgress: [status: number, reason: string];
  /** The peer, or a server for it, asks us to call somebody else: see {@link Referral} for what becomes of it when nobody decides. */
  referral: [referral: Referral];
  /** A referral is being followed: this is the call to its target. The old call stays until somebody hangs it up. */
  transferred: [to: Call];
  /** An interval of audio has been judged, every 5 s unless the endpoint says otherwise. */
  quality: [interval: IntervalStatistics];
  /** A measure has become worse than it may be. */
  qualityAlarm: [alarm: QualityAlarm];
  /** The measure of an alarm is well again. */
  qualityCleared: [alarm: QualityAlarm];
  /** Something failed that the call survives: a source or sink threw, an action of remote control was refused. */
  error: [error: Error];
  /** The call is over. */
  ended: [end: CallEnd];
}
