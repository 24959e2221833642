import type { AudioSink, AudioSource } from '@offhook/rtp-media';

/** What people hear before a call is answered. */
export interface RingingOptions {
  /** Where incoming calls ring, such as a loudspeaker of its own; nowhere when absent. */
  ringer?: AudioSink;
  /** What rings; two tones in turn when absent; false: nothing. Made anew each time. */
  ringTone?: (() => AudioSource) | false;
  /** ms after which a call that still waits rings no more; it rings as long as it waits when absent. */
  timeoutMs?: number;
  /**
   * Whether a call rings once and to the end of {@link ringTone}, which has to have one, whatever becomes of the call meanwhile and of
   * {@link timeoutMs}. False when absent: until it is answered or given up.
   */
  once?: boolean;
  /** Whether it rings while all other calls are held; the call waiting tone is heard then if false. True when absent. */
  whileHeld?: boolean;
  /** What is heard at the ringer when a call comes in during another one; the call waiting tone of `plan` when absent; false: nothing. */
  callWaiting?: (() => AudioSource) | false;
  /**
   * What is heard of a call that rings at the callee: its early media (`early-media`), a tone made here (`local`), the early media if any comes and
   * the tone else (`either`, the default), or nothing (`none`).
   */
  ringback?: 'none' | 'early-media' | 'local' | 'either';
  /** What is heard where a tone is made here; the ringback tone of `plan` when absent. Made anew each time. */
  ringbackTone?: () => AudioSource;
  /** ISO 3166 code of the country whose tones are heard; `US` when absent. */
  plan?: string;
}
