import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';

/** Text of a Reason header field (RFC 3326 §2): its `text`, else the whole value. */
export function reasonOf(message: SipRequest | SipResponse): { reason?: string } {
  const value = message.headers.get('Reason');
  if (value === undefined) return {};
  const quoted = /;\s*text\s*=\s*"/i.exec(value);
  if (!quoted) return { reason: value };
  const text = /^(?:[^"\\]|\\.)*/.exec(value.slice(quoted.index + quoted[0].length))![0];
  return { reason: text.replace(/\\(.)/g, '$1') };
}
