import { EndpointError } from './endpoint-error';

/** The state that a notifier told cannot be read: code `ERR_EVENT_BODY`. What was known before stands. */
export class EventBodyError extends EndpointError {
  /** @param message what is wrong with it */
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('ERR_EVENT_BODY', message, options);
  }
}
