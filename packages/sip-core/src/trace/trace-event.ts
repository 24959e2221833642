import type { Flow } from '../transport/transport';
import { callIdOf } from './call-id';

/** A message seen on its way in or out. */
export interface TraceEvent {
  /** Wall-clock time in ms since 1970. */
  readonly time: number;
  readonly direction: 'in' | 'out';
  readonly flow: Flow;
  /** The message as it is on the wire; valid during the call only. */
  readonly data: Uint8Array;
  /** Its Call-ID, looked for when it is asked for; undefined when it has none. */
  readonly callId?: string | undefined;
}

/** @internal */
export class TracedMessage implements TraceEvent {
  constructor(
    readonly time: number,
    readonly direction: 'in' | 'out',
    readonly flow: Flow,
    readonly data: Uint8Array,
  ) {}

  get callId(): string | undefined {
    return callIdOf(this.data);
  }
}
