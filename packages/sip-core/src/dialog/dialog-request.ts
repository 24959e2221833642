import type { DigestClient } from '../auth/digest-client';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Line } from '../registration/line';
import { exchange } from '../sending/new-request';
import type { StackHost } from '../stack/stack-host';
import type { Dialog } from './dialog';

/**
 * @internal Sends a request of a dialog with our Contact, and gives its final response, of whatever status (RFC 3261 §12.2.1).
 *
 * @param options.user user part of our Contact, unless a line has one of its own
 * @param options.sending told each time it goes out: again with credentials when it was challenged
 * @throws SipTimeoutError, SipTransportError: through the promise
 */
export function requestInDialog(
  host: StackHost,
  dialog: Dialog,
  request: SipRequest,
  options: {
    user: string | undefined;
    line?: Line | undefined;
    digest?: DigestClient | undefined;
    sending?(sent: SipRequest): void;
  },
): Promise<SipResponse> {
  return exchange(host, request, {
    digest: options.digest,
    flow: dialog.requestFlow,
    sending: (sent, flow) => {
      dialog.advanceSequence(sent.cseq.sequence);
      dialog.speaks(flow);
      sent.contact = options.line?.contactOver(flow) ?? host.contact(flow, options.user);
      options.sending?.(sent);
    },
  });
}
