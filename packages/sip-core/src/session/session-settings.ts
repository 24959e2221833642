/** How long sessions live without a refresh, and who refreshes them (RFC 4028). */
export interface SessionTimerOptions {
  /** Interval that is asked for and granted at most, in seconds, from 90 up; 1,800 when absent. */
  expires?: number;
  /** Smallest interval accepted, in seconds, from 90 up (RFC 4028 §5); 90 when absent. Less is refused with 422. */
  minimum?: number;
  /** Who shall refresh: `local`, `remote`, or `auto`, the default: whoever the peer prefers, or else the caller. */
  refresher?: 'auto' | 'local' | 'remote';
  /** What we refresh by: `auto`, the default, is UPDATE without a description where the peer allows it, else a re-INVITE. */
  method?: 'auto' | 'INVITE' | 'UPDATE';
  /** Whether there are only calls with a timer: `Require: timer` in ours, 421 to others without it. */
  required?: boolean;
}

/**
 * When provisional responses are acknowledged (RFC 3262): `off`, never, and nobody may ask for it; `early-media`, when the caller demands it
 * or hears us before we answer; `preferred`, whenever the caller can; `required`, in all calls, those who cannot being refused.
 */
export type ReliableProvisional = 'off' | 'early-media' | 'preferred' | 'required';

/** What the sessions of a stack have in common. */
export interface SessionSettings {
  /** Undefined: no session timers. */
  readonly timer: Required<SessionTimerOptions> | undefined;
  readonly reliable: ReliableProvisional;
  /** Info Packages that are received (RFC 6086), in our spelling. */
  readonly infoPackages: readonly string[];
}

/** The least interval there may be, in seconds (RFC 4028 §5). */
export const LEAST_INTERVAL = 90;

/** Fills in what the settings leave open. @throws RangeError when an interval is none, or below 90 s */
export function timerSettings(
  options: SessionTimerOptions | false | undefined,
  defaults?: Required<SessionTimerOptions>,
): Required<SessionTimerOptions> | undefined {
  if (options === false) return undefined;
  const { minimum, refresher, method, required } = { ...defaults, ...present(options) };
  const least = interval('minimum', minimum ?? LEAST_INTERVAL);
  const expires = interval('expires', options?.expires ?? defaults?.expires ?? Math.max(1_800, least));
  if (expires < least) {
    throw new RangeError(
      `Sessions of ${expires} s would be shorter than the minimum of ${least} s; raise one or lower the other.`,
    );
  }
  return {
    expires,
    minimum: least,
    refresher: refresher ?? 'auto',
    method: method ?? 'auto',
    required: required ?? false,
  };
}

function interval(name: string, seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= LEAST_INTERVAL && seconds < 2 ** 31) return seconds;
  throw new RangeError(`${name} is ${seconds}; it must be a whole number of seconds, at least ${LEAST_INTERVAL}.`);
}

const present = (options: SessionTimerOptions = {}): SessionTimerOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
