import { DTMF_BODY, DTMF_RELAY, readDtmfInfo } from '@offhook/rtp-media';
import { bareValue } from './header-value';
import { type InDialogHandler, respond } from './in-dialog-handler';

/**
 * INFO with a digit in its body, as gateways and servers send it, outside any Info Package (RFC 6086 §10.1 calls this use
 * legacy). One without a body only asks whether the call is there (RFC 2976 §2.2): 200. Other bodies: 415 with what can be
 * read (RFC 3261 §21.4.13).
 */
export const info: InDialogHandler = (transaction, call) => {
  const { headers, body } = transaction.request;
  if (body.length === 0) {
    respond(transaction, 200);
    return;
  }
  const type = bareValue(headers.get('Content-Type'));
  if ((bareValue(headers.get('Content-Encoding')) ?? 'identity') !== 'identity') {
    respond(transaction, 415, [['Accept-Encoding', 'identity']]);
    return;
  }
  if (type !== DTMF_RELAY && type !== DTMF_BODY) {
    respond(transaction, 415, [['Accept', `${DTMF_RELAY}, ${DTMF_BODY}`]]);
    return;
  }
  const signal = readDtmfInfo(type, new TextDecoder().decode(body));
  if (!signal) {
    respond(transaction, 400);
    return;
  }
  respond(transaction, 200);
  const { digit, durationMs = 0 } = signal;
  call.digit({ digit, durationMs, method: type === DTMF_RELAY ? 'info' : 'info-dtmf' });
};
