/**
 * The text of a session description, or of a message that holds one, fit for a log: keys of `a=crypto` (RFC 4568), `k=`
 * (RFC 4566 §5.12) and `a=key-mgmt` (RFC 4567) are left out.
 */
export function withoutKeys(text: string): string {
  return text
    .replace(/\binline:[^\s|;]+/gi, 'inline:…')
    .replace(/^(k=[a-z0-9]+):.*$/gim, '$1:…')
    .replace(/^(a=key-mgmt:[ \t]*\S+)[ \t].*$/gim, '$1 …');
}
