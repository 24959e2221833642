import { attributeValues, hasAttribute } from '../description/attributes';
import type { MediaDescription, SessionDescription } from '../description/session-description';
import { dtlsLines, type LocalDtls, type RemoteDtls, readDtls, type Setup } from './dtls';
import { iceLines, type LocalIce, type RemoteIce, readIce } from './ice';

/** What a section of ours says about the way of its packets. */
export interface LocalTransport {
  readonly rtcpMux: boolean;
  readonly muxOnly: boolean;
  readonly reducedSize: boolean;
  readonly rtcpXr: readonly string[];
  readonly ice: LocalIce | undefined;
  /** The peer's candidates do not fit its address; we say so (RFC 8839 §5.3). */
  readonly iceMismatch: boolean;
  readonly dtls: { local: LocalDtls; setup: Setup } | undefined;
  readonly mid: string | undefined;
}

/** What a section of the peer says about the way of its packets. */
export interface RemoteTransport {
  readonly rtcpMux: boolean;
  readonly reducedSize: boolean;
  readonly rtcpXr: readonly string[] | undefined;
  readonly ice: RemoteIce | 'mismatch' | undefined;
  readonly dtls: RemoteDtls | undefined;
  readonly mid: string | undefined;
}

export function readTransport(description: SessionDescription, media: MediaDescription): RemoteTransport {
  const xr = attributeValues(media, 'rtcp-xr')[0] ?? attributeValues(description, 'rtcp-xr')[0];
  const mid = attributeValues(media, 'mid')[0];
  return {
    rtcpMux: hasAttribute(media, 'rtcp-mux') || hasAttribute(media, 'rtcp-mux-only'),
    reducedSize: hasAttribute(media, 'rtcp-rsize'),
    rtcpXr: xr?.split(/\s+/).filter((each) => each !== ''),
    ice: readIce(description, media),
    dtls: readDtls(description, media),
    mid: mid !== undefined && /^[\x21-\x7e]{1,64}$/.test(mid) ? mid : undefined,
  };
}

/** The attribute lines of a section, without `a=`. */
export function transportLines(transport: LocalTransport): string[] {
  const { rtcpMux, muxOnly, reducedSize, rtcpXr, ice, iceMismatch, dtls, mid } = transport;
  return [
    ...(mid === undefined ? [] : [`mid:${mid}`]),
    ...(rtcpMux ? ['rtcp-mux'] : []),
    ...(muxOnly ? ['rtcp-mux-only'] : []),
    ...(reducedSize ? ['rtcp-rsize'] : []),
    ...(rtcpXr.length > 0 ? [`rtcp-xr:${rtcpXr.join(' ')}`] : []),
    ...(iceMismatch ? ['ice-mismatch'] : []),
    ...(ice ? iceLines(ice) : []),
    ...(dtls ? dtlsLines(dtls.local, dtls.setup) : []),
  ];
}
