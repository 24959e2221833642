/**
 * Where secrets stand in SIP and SDP text. The named group `secret` is what must not be seen: the proof of a digest and what it is
 * made of (RFC 7616 §3.4), tokens and passwords of other schemes (RFC 8898, RFC 7617), passwords in URIs (RFC 3261 §19.1.1), and keys
 * of media (RFC 4568, RFC 8839, RFC 4567, RFC 8866 §5.12).
 */
export const SECRETS: readonly RegExp[] = [
  /\b(?:response|cnonce|rspauth|nextnonce|ha1|password|passwd|secret|access_token|refresh_token)\s*=\s*(?:"(?<secret>(?:[^"\\\r\n]|\\.)*)"|(?<secret2>[^\s,;"&]+))/dgi,
  /^(?:proxy-)?authorization[ \t]*:[ \t]*(?:basic|bearer)[ \t]+(?<secret>[^\r\n]+)/dgim,
  /\b(?:basic|bearer)[ \t]+(?<secret>[A-Za-z0-9+/=._~-]{8,})/dgi,
  /\bsips?:[^\s@:;<>"?]{1,128}:(?<secret>[^\s@<>"]{1,128})@/dgi,
  /\binline:(?<secret>[A-Za-z0-9+/=]+)/dgi,
  /^a=key-mgmt:[^\s]+[ \t]+(?<secret>[^\r\n]+)/dgim,
  /^a=ice-pwd:(?<secret>[^\r\n]+)/dgim,
  /^k=(?:clear|base64|uri):(?<secret>[^\r\n]+)/dgim,
];

/** Calls back with the place of each secret in a text. */
export function eachSecret(text: string, found: (start: number, end: number) => void): void {
  for (const pattern of SECRETS) {
    for (const match of text.matchAll(pattern)) {
      const place = match.indices?.groups?.secret ?? match.indices?.groups?.secret2;
      if (place && place[1] > place[0]) found(place[0], place[1]);
    }
  }
}
