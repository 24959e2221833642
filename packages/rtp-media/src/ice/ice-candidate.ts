import { canonicalAddress } from '../stun/stun-attributes';
import type { Address } from '../transport/rtp-transport';

/** How a candidate was found (RFC 8445 §4). */
export type IceCandidateType = 'host' | 'srflx' | 'prflx' | 'relay';

/** A transport address that may carry media (RFC 8445 §5.1). UDP only. */
export interface IceCandidate {
  /** Equal for candidates of one kind, from one base and one server (RFC 8445 §5.1.1.3). */
  readonly foundation: string;
  /** 1 for RTP, and for RTCP with it on one port; 2 for RTCP. */
  readonly component: number;
  /** From 1 to 2^31 - 1; the greater the better. */
  readonly priority: number;
  readonly address: Readonly<Address>;
  readonly type: IceCandidateType;
  /** For all but host candidates: the address behind this one, for diagnosis only. */
  readonly related?: Readonly<Address>;
}

/** Type preferences of RFC 8445 §5.1.2.2. */
const TYPE_PREFERENCE: Readonly<Record<IceCandidateType, number>> = { host: 126, prflx: 110, srflx: 100, relay: 0 };

/**
 * Priority of a candidate (RFC 8445 §5.1.2.1).
 *
 * @param localPreference 0 to 65535; the greater the better, of the addresses of this host
 */
export function candidatePriority(type: IceCandidateType, component: number, localPreference = 65_535): number {
  return TYPE_PREFERENCE[type] * 2 ** 24 + localPreference * 2 ** 8 + (256 - component);
}

/**
 * Reads the value of `a=candidate` (RFC 8839 §5.1). Extensions are left out.
 *
 * @returns undefined when it is malformed, its transport is not UDP, its type is unknown, or its address is a name
 */
export function parseCandidate(text: string): IceCandidate | undefined {
  const [foundation, component, transport, priority, host, port, typ, type, ...more] = text
    .trim()
    .replace(/^(a=)?candidate:/, '')
    .split(/\s+/);
  if (!foundation || !/^[0-9A-Za-z+/]{1,32}$/.test(foundation) || typ !== 'typ') return undefined;
  if (transport?.toLowerCase() !== 'udp' || !isType(type) || !host || !isNumeric(host)) return undefined;
  const numbers = [component, priority, port].map((each) => (/^\d{1,10}$/.test(each ?? '') ? Number(each) : -1));
  const [componentId, rank, portNumber] = numbers as [number, number, number];
  if (componentId < 1 || componentId > 256 || rank < 1 || rank > 2 ** 32 - 1) return undefined;
  if (portNumber < 1 || portNumber > 65_535) return undefined;
  const related = relatedAddress(more);
  return {
    foundation,
    component: componentId,
    priority: rank,
    address: { host: canonicalAddress(host), port: portNumber },
    type,
    ...(related && { related }),
  };
}

/** Writes the value of `a=candidate` (RFC 8839 §5.1). */
export function formatCandidate({ foundation, component, priority, address, type, related }: IceCandidate): string {
  const base = `${foundation} ${component} UDP ${priority} ${address.host} ${address.port} typ ${type}`;
  return related ? `${base} raddr ${related.host} rport ${related.port}` : base;
}

export const sameAddress = (a: Readonly<Address>, b: Readonly<Address>): boolean =>
  a.port === b.port && a.host === b.host;

export const isIpv6 = (host: string): boolean => host.includes(':');

const isType = (type: string | undefined): type is IceCandidateType => type !== undefined && type in TYPE_PREFERENCE;

const isNumeric = (host: string) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%\w+)?$/.test(host);

function relatedAddress(words: readonly string[]): Address | undefined {
  const after = (name: string) => {
    const at = words.indexOf(name);
    return at >= 0 ? words[at + 1] : undefined;
  };
  const host = after('raddr');
  const port = Number(after('rport'));
  return host && isNumeric(host) && Number.isInteger(port) && port >= 0 && port <= 65_535
    ? { host: canonicalAddress(host), port }
    : undefined;
}
