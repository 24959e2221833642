/**
 * A SIP message without what opens doors: keys in session descriptions (RFC 4567, RFC 4568; `k=` of RFC 2327), passwords of ICE (RFC 8839),
 * answers to challenges (RFC 7616), tokens (RFC 8898) and other credentials.
 *
 * @param message the text of a message, or of any part of it
 */
export function withoutSecrets(message: string): string {
  return message
    .replace(/^([ \t]*a[ \t]*=[ \t]*crypto[ \t]*:)(.*)$/gim, (_, name: string, value: string) => {
      return name + value.replace(/(inline:)[^|\s;]+/gi, '$1…');
    })
    .replace(/^(a=ice-pwd:|a=key-mgmt:\S+|k=[a-z0-9]+:).*$/gim, '$1…')
    .replace(CREDENTIALS, (_, name: string, scheme: string, rest: string) => {
      if (scheme.toLowerCase() !== 'digest') return `${name}${scheme} …`;
      return `${name}${scheme}${rest.replace(/\b(response\s*=\s*)("[^"]*"?|[^\s,]+)/gi, '$1"…"')}`;
    });
}

/** The header fields of RFC 3261 §20.7 and §20.28 with the lines they are folded onto (§7.3.1): name, scheme, and what stands behind it. */
const CREDENTIALS = /^((?:Proxy-)?Authorization[ \t]*:\s*)(\S+)((?:[^\r\n]|\r?\n[ \t])*)/gim;
