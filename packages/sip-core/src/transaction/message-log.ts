import type { Logger } from '../platform/logger';
import type { Flow } from '../transport/transport';
import type { TransactionObserver } from './observer';

const over = ({ protocol, remote: { host, port } }: Flow): string =>
  `${protocol} ${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Writes a line at debug level for each request and response, and one at info level for each request that failed. */
export function logMessages(logger: Logger): TransactionObserver {
  const enabled = () => logger.isLevelEnabled?.('debug') !== false;
  return {
    request(request, flow, direction) {
      if (!enabled()) return;
      const { method, callId, cseq } = request;
      const data = { direction, method, callId, cseq: cseq.sequence, flow: over(flow) };
      logger.debug(data, direction === 'in' ? 'Received a request.' : 'Sending a request.');
    },
    response(response, flow, direction) {
      if (!enabled()) return;
      const { status, reason, headers } = response;
      // It may be the answer to what was malformed: nothing in it is sure to be readable.
      const data = {
        direction,
        status,
        reason,
        callId: headers.get('Call-ID'),
        cseq: headers.get('CSeq'),
        flow: over(flow),
      };
      logger.debug(data, direction === 'in' ? 'Received a response.' : 'Sending a response.');
    },
    repeated(kind, method, flow, direction) {
      if (enabled())
        logger.debug(
          { direction, method, flow: over(flow) },
          `The ${kind} ${direction === 'in' ? 'came' : 'goes out'} again.`,
        );
    },
    failed({ request, flow }, why) {
      const { method, callId } = request;
      const text = why === 'timeout' ? 'Nobody answered a request.' : 'A request could not be sent.';
      logger.info({ method, callId, flow: over(flow) }, text);
    },
    refused(reason, flow) {
      if (enabled()) logger.debug({ reason, flow: over(flow) }, 'Refused a request.');
    },
  };
}
