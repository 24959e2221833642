import { encodeUtf8 } from '../text';

/** A message for tests: lines joined by CRLF, an empty line, a body. */
export function wire(lines: readonly string[], body = ''): Uint8Array {
  return encodeUtf8(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** A whole INVITE; given lines replace those of the same name or are added, `undefined` takes one away. */
export function invite(changes: Readonly<Record<string, string | undefined>> = {}, body = ''): Uint8Array {
  const headers: Record<string, string | undefined> = {
    Via: 'SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds',
    'Max-Forwards': '70',
    To: 'Bob <sip:bob@biloxi.com>',
    From: 'Alice <sip:alice@atlanta.com>;tag=1928301774',
    'Call-ID': 'a84b4c76e66710@pc33.atlanta.com',
    CSeq: '314159 INVITE',
    Contact: '<sip:alice@pc33.atlanta.com>',
    ...changes,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return wire(['INVITE sip:bob@biloxi.com SIP/2.0', ...lines], body);
}
