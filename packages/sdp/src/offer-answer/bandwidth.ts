import type { MediaDescription } from '../description/session-description';

/** `b=` lines of an audio section; those that are absent were not said. */
export interface Bandwidth {
  /** Application specific: kbit/s with all headers (RFC 4566 §5.8). */
  as?: number;
  /** Independent of transport: bit/s without the headers of lower layers (RFC 3890). */
  tias?: number;
  /** bit/s of RTCP for those who send RTP (RFC 3556). */
  rs?: number;
  /** bit/s of RTCP for those who only receive (RFC 3556); with `rs` at 0 there is no RTCP. */
  rr?: number;
}

const NAMES = { as: 'AS', tias: 'TIAS', rs: 'RS', rr: 'RR' } as const;

/** @returns undefined when there is no line that makes sense */
export function readBandwidth({ bandwidth = [] }: MediaDescription): Bandwidth | undefined {
  const read: Bandwidth = {};
  for (const [key, name] of Object.entries(NAMES) as [keyof Bandwidth, string][]) {
    // The parser makes an empty text of a limit that is no number.
    const limit = String(bandwidth.find(({ type }) => String(type).toUpperCase() === name)?.limit ?? '');
    if (/^\d{1,12}$/.test(limit)) read[key] = Number(limit);
  }
  return Object.keys(read).length > 0 ? read : undefined;
}

/** As the library writes them. */
export const bandwidthLines = (bandwidth: Bandwidth | undefined): Pick<MediaDescription, 'bandwidth'> => {
  const lines = (Object.entries(NAMES) as [keyof Bandwidth, 'AS' | 'TIAS' | 'RS' | 'RR'][]).flatMap(([key, type]) => {
    const limit = bandwidth?.[key];
    return limit === undefined ? [] : [{ type, limit }];
  });
  return lines.length > 0 ? { bandwidth: lines } : {};
};
