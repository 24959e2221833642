import type { DigestClient } from '../auth/digest-client';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { exchange } from '../stack/new-request';
import type { StackHost } from '../stack/stack-host';
import type { Dialog } from './dialog';

/**
 * @internal Sends a request of a dialog with our Contact, and gives its final response, of whatever status (RFC 3261 §12.2.1).
 *
 * @param options.user user part of our Contact
 * @param options.sending told each time it goes out: again with credentials when it was challenged
 * @throws SipTimeoutError, SipTransportError: through the promise
 */
export function requestInDialog(
  host: StackHost,
  dialog: Dialog,
  request: SipRequest,
  options: { user: string | undefined; digest?: DigestClient | undefined; sending?(sent: SipRequest): void },
): Promise<SipResponse> {
  return exchange(host, request, {
    digest: options.digest,
    flow: dialog.requestFlow,
    sending: (sent, flow) => {
      dialog.advanceSequence(sent.cseq.sequence);
      sent.contact = host.contact(flow, options.user);
      options.sending?.(sent);
    },
  });
}
