import type { AudioStatistics } from '@offhook/rtp-media';
import type { CallError } from '../errors/call-error';

/** How a call ended. */
export interface CallEnd {
  /** Who ended it: this endpoint, the peer (or a server for it), or a failure. */
  readonly by: 'local' | 'remote' | 'error';
  /** SIP status, when the call was refused or given up before it was established. */
  readonly status?: number;
  /** Reason phrase, or the text of a Reason header field. */
  readonly reason?: string;
  /** Why the call was not established, or broke off; undefined after a plain hang-up. */
  readonly error?: CallError;
  /** ms from established to the end; 0 when it was never established. */
  readonly durationMs: number;
  /** Measures of its audio. */
  readonly statistics: AudioStatistics;
}
