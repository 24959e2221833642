import { MinSE, SessionExpires } from '../headers/session-timer';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { LEAST_INTERVAL, type SessionTimerOptions } from './session-settings';

/** What has been agreed on: how long the session lives without a refresh, and who of us sees to it. */
export interface TimerAgreement {
  /** Seconds. */
  readonly interval: number;
  readonly refresher: 'local' | 'remote';
}

type Settings = Required<SessionTimerOptions>;

/** Whether the sender of a message knows session timers. */
export const knowsTimers = (message: SipRequest | SipResponse): boolean =>
  message.supported.some(isTimer) || message.require.some(isTimer);

const isTimer = (tag: string): boolean => tag.toLowerCase() === 'timer';

/** Why a request of the peer is refused: its interval is below ours (422), or it has none where we insist (421). @throws SipSyntaxError */
export function refusalOfTimer(request: SipRequest, { minimum, required }: Settings): 421 | 422 | undefined {
  const { method } = request;
  if (method !== 'INVITE' && method !== 'UPDATE') return undefined;
  const known = knowsTimers(request);
  if (required && method === 'INVITE' && !known) return 421;
  const offered = SessionExpires.read(request);
  MinSE.read(request);
  // §9: who does not know timers would not know what to make of a 422.
  return offered && known && offered.seconds < minimum ? 422 : undefined;
}

/**
 * Agrees to a request of the peer, and says so in our 2xx (RFC 4028 §9).
 *
 * @param current what was agreed before: without a word of the peer the same one goes on refreshing
 * @returns undefined when the session has no timer from now on
 */
export function agreeAsServer(
  request: SipRequest,
  response: SipResponse,
  settings: Settings,
  current: TimerAgreement | undefined,
): TimerAgreement | undefined {
  const offered = SessionExpires.read(request);
  const known = knowsTimers(request);
  if (!offered && !known && current?.refresher !== 'local') return undefined;
  const least = MinSE.read(request) ?? LEAST_INTERVAL;
  // §9: never longer than what was asked for, never shorter than what somebody on the way can take.
  const wanted = Math.max(settings.expires, least);
  const interval = offered ? Math.min(offered.seconds, wanted) : wanted;
  const before = current && (current.refresher === 'local' ? 'uas' : 'uac');
  const preferred = settings.refresher === 'local' ? 'uas' : 'uac';
  const refresher = known ? (offered?.refresher ?? before ?? preferred) : 'uas';
  SessionExpires.write(response, { seconds: interval, refresher });
  // §9: who has to refresh has to know it.
  if (refresher === 'uac') response.headers.append('Require', 'timer');
  return { interval, refresher: refresher === 'uac' ? 'remote' : 'local' };
}

/** What the peer's 2xx to our request agrees to (RFC 4028 §7.2); undefined when it knows no timers. @throws SipSyntaxError */
export function agreementOf(response: SipResponse): TimerAgreement | undefined {
  const granted = SessionExpires.read(response);
  if (!granted) return undefined;
  return {
    interval: Math.max(granted.seconds, LEAST_INTERVAL),
    refresher: granted.refresher === 'uas' ? 'remote' : 'local',
  };
}

/** Asks for a timer in a request of ours (RFC 4028 §7.1, §7.4). @param minimum the largest Min-SE there has been, in seconds */
export function askForTimer(
  request: SipRequest,
  { expires, refresher, required }: Settings,
  minimum: number,
  current: TimerAgreement | undefined,
): void {
  const role = current?.refresher ?? (refresher === 'auto' ? undefined : refresher);
  SessionExpires.write(request, {
    seconds: Math.max(current?.interval ?? expires, minimum),
    refresher: role && (role === 'local' ? 'uac' : 'uas'),
  });
  if (minimum > LEAST_INTERVAL) MinSE.write(request, minimum);
  if (required && !current && !request.require.some(isTimer)) request.headers.append('Require', 'timer');
}
