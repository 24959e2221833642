import { SipError } from '@offhook/sip-core';
import type { CallControl, Cause } from '../server/call-control';
import type { IncomingCalls } from '../server/incoming-calls';
import { TLibError } from '../tlib/errors';
import type { TRequest } from '../tlib/requests';
import type { TClient } from '../tlib/t-client';
import { procedures } from './procedures';

/** Carries out a request. What refuses it is told by EventError; never rejects. */
export async function execute(
  control: CallControl,
  incoming: IncomingCalls,
  client: TClient,
  request: TRequest,
  referenceID: number,
): Promise<void> {
  // The client has the ReferenceID before any event.
  await Promise.resolve();
  const cause: Cause = { client, referenceID, dn: request.thisDN, answered: false };
  try {
    const procedure = procedures[request.request] as Procedure<TRequest> | undefined;
    if (!procedure) throw new TLibError('UnknownRequest', `There is no request ${String(request.request)}.`);
    if (typeof request.thisDN !== 'string' || request.thisDN === '') {
      throw new TLibError('MissingParameter', 'thisDN is missing.');
    }
    await procedure({ control, incoming, client, cause }, request);
  } catch (error) {
    const { errorCode, message } = refusal(error);
    if (!(error instanceof TLibError) && !(error instanceof SipError)) {
      control.logger?.error({ error, request: request.request }, 'A request could not be carried out.');
    }
    client.emit('event', {
      event: 'EventError',
      time: new Date(control.clock.date()).toISOString(),
      referenceID,
      thisDN: request.thisDN,
      ...('connID' in request && { connID: request.connID }),
      errorCode,
      errorMessage: message,
    });
  }
}

/** What a procedure works with. */
export interface Setting {
  readonly control: CallControl;
  readonly incoming: IncomingCalls;
  readonly client: TClient;
  readonly cause: Cause;
}

/** Carries out one kind of request. What it throws becomes an EventError; the call is then as it was. */
export type Procedure<Request> = (setting: Setting, request: Request) => Promise<void> | void;

function refusal(error: unknown): TLibError {
  if (error instanceof TLibError) return error;
  if (error instanceof SipError) {
    const { status } = error;
    const code =
      status === 486 || status === 600
        ? 'DestinationBusy'
        : status === 404 || status === 484
          ? 'DestinationInvalid'
          : status === 480 || status === 408 || status === 487
            ? 'DestinationNoAnswer'
            : 'RequestRefused';
    return new TLibError(code, error.message, { cause: error });
  }
  return new TLibError('Internal', 'The request could not be carried out.', { cause: error });
}
