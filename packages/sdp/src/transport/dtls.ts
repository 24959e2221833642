import { attributeValues } from '../description/attributes';
import type { MediaDescription, SessionDescription } from '../description/session-description';

/** A hash of a certificate (RFC 8122 §5). */
export interface CertificateFingerprint {
  /** `sha-256` and the like. */
  readonly algorithm: string;
  /** Bytes in hexadecimal between colons. */
  readonly value: string;
}

/** What our description says about DTLS-SRTP (RFC 5763). */
export interface LocalDtls {
  /** Of our certificate. */
  fingerprints: readonly CertificateFingerprint[];
  /** `a=tls-id` (RFC 8842 §4); no line when absent. */
  tlsId?: string;
}

/** What offer and answer decided about DTLS-SRTP. */
export interface NegotiatedDtls {
  /** Of the peer's certificate: media that comes under another is not the peer's. */
  fingerprints: readonly CertificateFingerprint[];
  /** Ours: the client begins (`a=setup:active`, RFC 5763 §5). */
  role: 'client' | 'server';
  /** `a=tls-id` of the peer: another one than before asks for another association (RFC 8842 §5). */
  tlsId?: string;
}

/** `a=setup` (RFC 4145 §4). */
export type Setup = 'active' | 'passive' | 'actpass' | 'holdconn';

/** What a remote section says about DTLS. */
export interface RemoteDtls {
  fingerprints: readonly CertificateFingerprint[];
  setup: Setup | undefined;
  tlsId: string | undefined;
}

const FINGERPRINT = /^([!#$%&'*+\-.0-9A-Za-z^_`{|}~]+)\s+([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*)$/;

/** @returns undefined when there is no fingerprint */
export function readDtls(description: SessionDescription, media: MediaDescription): RemoteDtls | undefined {
  const values = (name: string) => {
    const own = attributeValues(media, name);
    return own.length > 0 ? own : attributeValues(description, name);
  };
  const fingerprints = values('fingerprint').flatMap((line) => {
    const [, algorithm, value] = FINGERPRINT.exec(line) ?? [];
    return algorithm && value ? [{ algorithm: algorithm.toLowerCase(), value: value.toUpperCase() }] : [];
  });
  if (fingerprints.length === 0) return undefined;
  const setup = values('setup')[0]?.toLowerCase();
  return { fingerprints, setup: isSetup(setup) ? setup : undefined, tlsId: values('tls-id')[0] };
}

const isSetup = (text: string | undefined): text is Setup =>
  text === 'active' || text === 'passive' || text === 'actpass' || text === 'holdconn';

/**
 * Our role in an answer. The side that stays as it was keeps its association (RFC 8842 §5.3); else the answerer begins, which
 * saves a round trip (RFC 5763 §5).
 *
 * @param current what was agreed last
 */
export function roleInAnswer(remote: RemoteDtls, current: NegotiatedDtls | undefined): NegotiatedDtls['role'] {
  if (remote.setup === 'active') return 'server';
  if (remote.setup === 'passive') return 'client';
  return current && isSamePeer(remote, current) ? current.role : 'client';
}

/** Our role by an answer to our `actpass`. Without a=setup the answerer waits (RFC 4145 §4.1: its default is `passive`). */
export const roleByAnswer = ({ setup }: RemoteDtls): NegotiatedDtls['role'] =>
  setup === 'active' ? 'server' : 'client';

function isSamePeer(remote: RemoteDtls, current: NegotiatedDtls): boolean {
  const text = (fingerprints: readonly CertificateFingerprint[]) =>
    fingerprints
      .map(({ algorithm, value }) => `${algorithm} ${value}`)
      .sort()
      .join();
  return remote.tlsId === current.tlsId && text(remote.fingerprints) === text(current.fingerprints);
}

export const negotiatedDtls = ({ fingerprints, tlsId }: RemoteDtls, role: NegotiatedDtls['role']): NegotiatedDtls => ({
  fingerprints,
  role,
  ...(tlsId !== undefined && { tlsId }),
});

/** The lines of a media section that say what we do about DTLS. */
export const dtlsLines = ({ fingerprints, tlsId }: LocalDtls, setup: Setup): string[] => [
  `setup:${setup}`,
  ...fingerprints.map(({ algorithm, value }) => `fingerprint:${algorithm} ${value}`),
  ...(tlsId === undefined ? [] : [`tls-id:${tlsId}`]),
];
