import { attributeValues, hasAttribute } from '../description/attributes';
import { bareAddress, isBlackHole } from '../description/network';
import type { MediaDescription, SessionDescription } from '../description/session-description';

/** What our description says about ICE (RFC 8839 §5). */
export interface LocalIce {
  ufrag: string;
  pwd: string;
  /** Values of `a=candidate`, in the order they are written. */
  candidates: readonly string[];
  /** We only answer checks; false when absent. */
  lite?: boolean;
  /** We take candidates one by one (RFC 8838); false when absent. */
  trickle?: boolean;
  /** No more candidates will come; true when absent, without `trickle`. */
  complete?: boolean;
}

/** What offer and answer decided about ICE (RFC 8839 §4). */
export interface NegotiatedIce {
  ufrag: string;
  pwd: string;
  /** Values of `a=candidate` of the peer. */
  candidates: readonly string[];
  /** The peer only answers checks. */
  lite: boolean;
  /** The peer takes candidates one by one. */
  trickle: boolean;
  /** The peer has no more candidates. */
  complete: boolean;
  /** Ours. Who made the offer that began ICE, or began it anew, controls; a full side controls a lite one (RFC 8445 §6.1.1). */
  role: 'controlling' | 'controlled';
  /** The peer's credentials are others than before: ICE begins anew (RFC 8839 §4.4.1.1.1). */
  restarted: boolean;
}

/** What a remote section says about ICE. */
export interface RemoteIce extends Omit<NegotiatedIce, 'role' | 'restarted'> {}

/** RFC 8839 §5.4: longer ones are allowed to be refused. */
const UFRAG = /^[0-9A-Za-z+/]{4,256}$/;
const PWD = /^[0-9A-Za-z+/]{22,256}$/;
/** More are of nobody who means well. */
const MAX_CANDIDATES = 100;

/**
 * What a section says about ICE; `mismatch` when its default address is none of its candidates: something between us changed it, and
 * media has to go there (RFC 8839 §4.2.5).
 *
 * @returns undefined when the peer does not do ICE
 */
export function readIce(description: SessionDescription, media: MediaDescription): RemoteIce | 'mismatch' | undefined {
  if (hasAttribute(media, 'ice-mismatch')) return undefined;
  const ufrag = effective(description, media, 'ice-ufrag');
  const pwd = effective(description, media, 'ice-pwd');
  if (ufrag === undefined || pwd === undefined || !UFRAG.test(ufrag) || !PWD.test(pwd)) return undefined;
  const candidates = attributeValues(media, 'candidate').slice(0, MAX_CANDIDATES);
  const options = (effective(description, media, 'ice-options') ?? '').split(/\s+/);
  const trickle = options.includes('trickle');
  if (isMismatch(description, media, candidates, trickle)) return 'mismatch';
  return {
    ufrag,
    pwd,
    candidates,
    lite: hasAttribute(description, 'ice-lite'),
    trickle,
    complete: !trickle || hasAttribute(media, 'end-of-candidates') || hasAttribute(description, 'end-of-candidates'),
  };
}

function isMismatch(
  description: SessionDescription,
  media: MediaDescription,
  candidates: readonly string[],
  trickle: boolean,
): boolean {
  const address = bareAddress(String(media.connection?.ip ?? description.connection?.ip ?? ''));
  // RFC 8840 §4.1: nothing is known yet.
  if (isBlackHole(address) && media.port === 9) return false;
  if (candidates.length === 0) return !trickle;
  return !candidates.some((candidate) => {
    const [, component, , , host, port] = candidate.split(/\s+/);
    return component === '1' && Number(port) === media.port && sameHost(host ?? '', address);
  });
}

/** A name stands for an address that is not known here. */
const sameHost = (host: string, address: string) =>
  spelled(host) === spelled(address) || host.endsWith('.local') || /[g-z]/i.test(address.replace(/:/g, ''));

function spelled(host: string): string {
  if (!host.includes(':')) return host.toLowerCase();
  try {
    return new URL(`http://[${host.replace(/%.*$/, '')}]`).hostname;
  } catch {
    return host.toLowerCase();
  }
}

/** Media level counts before session level (RFC 8839 §5.4). */
const effective = (description: SessionDescription, media: MediaDescription, name: string): string | undefined =>
  attributeValues(media, name)[0] ?? attributeValues(description, name)[0];

/** The lines of a media section that say what we do about ICE. */
export function iceLines({ ufrag, pwd, candidates, trickle = false, complete = true }: LocalIce): string[] {
  return [
    `ice-ufrag:${ufrag}`,
    `ice-pwd:${pwd}`,
    ...(trickle ? ['ice-options:trickle'] : []),
    ...candidates.map((candidate) => `candidate:${candidate}`),
    ...(complete ? ['end-of-candidates'] : []),
  ];
}
