import { SipSyntaxError } from '../../platform/errors';
import { parseMessage } from '../parse';
import { SipRequest } from '../request';
import { SipResponse } from '../response';
import { serializeMessage } from '../serialize';
import { errorResponse, validateRequest, validateResponse } from '../validate';

/**
 * Does with bytes all that a stack does: reads, validates, writes, answers. Throws when anything but a SipSyntaxError comes
 * out, a taken message cannot be read in full, or what is written does not read the same.
 */
export function readAll(bytes: Uint8Array): 'taken' | 'refused' {
  try {
    const message = parseMessage(bytes);
    const fault = message instanceof SipRequest ? validateRequest(message) : validateResponse(message);
    const written = serializeMessage(message);
    same(serializeMessage(parseMessage(written)), written);
    if (fault !== undefined) return refuse(fault);
    readFields(message);
    return 'taken';
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    return refuse(error);
  }
}

function readFields(message: SipRequest | SipResponse): void {
  try {
    const { via, vias, from, to, callId, cseq, contacts, contact, routes, recordRoutes } = message;
    const values = [via, ...vias, from, to, contact, ...contacts, ...routes, ...recordRoutes];
    const text = [...values.map(String), callId, cseq.method, ...[...message.headers].flat()].join('');
    if (/[\r\n]/.test(text)) throw new Error('A line break came out of a header value.');
    void [message.maxForwards, message.expires, message.supported, message.allow, message.text];
    if (message instanceof SipRequest)
      parseMessage(serializeMessage(SipResponse.for(message, 200, 'OK', { toTag: 't' })));
  } catch (cause) {
    throw new Error('A valid message could not be read in full.', { cause });
  }
}

function refuse(fault: SipSyntaxError): 'refused' {
  if (!/^[\x20-\x7e]+$/.test(fault.reason)) throw new Error(`"${fault.reason}" is no reason for the wire.`);
  const response = errorResponse(fault, 'tag');
  if (response === undefined) return 'refused';
  try {
    const read = parseMessage(serializeMessage(response));
    if (!read.headers.has('Via')) throw new Error('The answer has no Via.');
  } catch (cause) {
    throw new Error('The answer to a malformed request is malformed.', { cause });
  }
  return 'refused';
}

function same(left: Uint8Array, right: Uint8Array): void {
  if (left.length !== right.length || left.some((byte, index) => byte !== right[index])) {
    throw new Error('What was written is written otherwise when it is read again.');
  }
}
