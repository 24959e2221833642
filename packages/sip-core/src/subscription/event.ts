import { parseHeaderWord } from '../message/header-value';
import type { SipMessage } from '../message/message';
import { SipSyntaxError } from '../platform/errors';

/** An Event header field (RFC 6665 §8.2.1): an event package, and which of several subscriptions of a dialog to it. */
export interface EventName {
  /** Event package with its templates, such as `presence.winfo`; compared with case. */
  readonly event: string;
  /** `id` parameter: tells subscriptions to one package in one dialog apart. */
  readonly id?: string;
}

/**
 * The event a SUBSCRIBE, NOTIFY or PUBLISH is about; undefined when it does not say.
 *
 * @throws SipSyntaxError when the header field is malformed
 */
export function eventOf(message: SipMessage): EventName | undefined {
  const value = message.headers.get('Event');
  if (value === undefined) return undefined;
  const { word, params } = attempt('Event', () => parseHeaderWord(value));
  const id = params.get('id');
  return { event: word, ...(id === undefined ? {} : { id }) };
}

/** Whether two Event header fields name the same subscription of a dialog (RFC 6665 §8.2.1). */
export const sameEvent = (a: EventName | undefined, b: EventName): boolean => a?.event === b.event && a.id === b.id;

/** As it stands in an Event header field. */
export const eventText = ({ event, id }: EventName): string => (id === undefined ? event : `${event};id=${id}`);

/** Names the header field in what went wrong. */
export function attempt<Result>(header: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    throw new SipSyntaxError(`${header}: ${error.message}`, { header, cause: error });
  }
}
