import type { QualityAlarm } from '@offhook/rtp-media';
import type { CallEnd } from './call-end';
import type { CallState } from './call-state';
import type { HeldBy } from './hold-control';
import type { RemoteParty } from './remote-party';

/** A call at one moment: frozen, and another object once anything has changed. */
export interface CallSnapshot {
  readonly id: string;
  /** Call-ID of the dialog. */
  readonly callId: string;
  readonly direction: 'outgoing' | 'incoming';
  readonly state: CallState;
  /** Outgoing: whether the peer rings. */
  readonly ringing: boolean;
  /** Whether there is audio before the answer. */
  readonly earlyMedia: boolean;
  /** Who holds the call, while it is held. */
  readonly heldBy?: HeldBy;
  readonly muted: boolean;
  /** 0 to 100 each. */
  readonly volumes: { readonly microphone: number; readonly speaker: number };
  readonly remote: RemoteParty;
  /** Name of the codec sent, once agreed on. */
  readonly codec?: string;
  /** Measures of quality that are worse than they may be. */
  readonly qualityAlarms?: readonly QualityAlarm['measure'][];
  /** Correlation across the calls of a server: `X-Genesys-CallUUID`, as the peer sent it last. */
  readonly uuid?: string;
  /** The user of the connection it came or went by. */
  readonly user?: string;
  /** How it ended, once it has. */
  readonly end?: CallEnd;
}
