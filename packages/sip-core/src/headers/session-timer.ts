import type { Params } from '../message/params';
import { SingleHeader } from './codec';
import {
  formatNumber,
  formatParams,
  numberGrammar,
  ParamReader,
  parseNumber,
  parseParameterized,
  present,
} from './grammar';

/** How long a session lives without a refresh, and who refreshes it (RFC 4028 §4). */
export interface SessionExpires {
  /** Interval in seconds. */
  readonly seconds: number;
  /** Whether the client or the server of the request that agreed on it refreshes. */
  readonly refresher?: 'uac' | 'uas' | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `Session-Expires: 1800;refresher=uac` (RFC 4028 §4). */
export const SessionExpires = new SingleHeader<SessionExpires>('Session-Expires', 'RFC 4028 §4', {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const reader = new ParamReader(params);
    const refresher = reader.text('refresher')?.toLowerCase();
    return present({
      seconds: parseNumber(value, 'number of seconds'),
      refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
      params: reader.rest(),
    });
  },
  format: ({ seconds, refresher, params }) =>
    `${formatNumber(seconds, 'number of seconds')}${formatParams({ refresher }, params)}`,
});

/** The smallest session interval accepted, in seconds: `Min-SE: 90` (RFC 4028 §5). */
export const MinSE = new SingleHeader<number>('Min-SE', 'RFC 4028 §5', numberGrammar('number of seconds'));
