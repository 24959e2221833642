import type { SipMessage } from './message';
import { SipRequest } from './request';
import type { SipResponse } from './response';
import type { Source } from './scanner';
import { encodeWithBody } from './text';

/**
 * Writes a message for the wire (RFC 3261 §7): header lines unfolded, one space after the colon, CRLF throughout.
 * Content-Length is computed from the body and stands where it stood, or last.
 *
 * Runs of header lines that came from one parsed message and are unchanged are copied as one piece of text.
 *
 * @throws {@link SipSyntaxError} when a changed Request-URI has a malformed host.
 */
export function serializeMessage(message: SipMessage): Uint8Array {
  return encodeWithBody(serializeHead(message), message.body);
}

/** Start line and header lines as text, with the empty line that ends them. */
function serializeHead(message: SipMessage): string {
  const length = String(message.body.length);
  let text = startLine(message as SipRequest | SipResponse);
  let lengthWritten = false;
  let source: Source | undefined;
  let runStart = 0;
  let runEnd = 0;
  for (const field of message.headers.fields) {
    const isLength = field.key === 'content-length';
    if (isLength && lengthWritten) continue;
    if (isLength) lengthWritten = true;
    const asItStands = field.lineStart >= 0 && !(isLength && field.value !== length);
    if (asItStands && field.lineStart === runEnd && field.source === source) {
      runEnd = field.end + 2;
      continue;
    }
    if (runEnd > runStart) text += source!.slice(runStart, runEnd);
    runStart = runEnd = 0;
    if (asItStands) {
      source = field.source;
      runStart = field.lineStart;
      runEnd = field.end + 2;
    } else {
      text += `${field.name}: ${isLength ? length : field.value}\r\n`;
    }
  }
  if (runEnd > runStart) text += source!.slice(runStart, runEnd);
  return lengthWritten ? `${text}\r\n` : `${text}Content-Length: ${length}\r\n\r\n`;
}

function startLine(message: SipRequest | SipResponse): string {
  if (message instanceof SipRequest) return `${message.method} ${message.uriText} SIP/2.0\r\n`;
  return `SIP/2.0 ${message.status} ${message.reason}\r\n`;
}
