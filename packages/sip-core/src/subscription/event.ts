import { Event } from '../headers/events';
import type { SipMessage } from '../message/message';

/** An event package, and which of several subscriptions of a dialog to it (RFC 6665 §8.2.1). */
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
  const value = Event.read(message);
  return value && { event: value.package, ...(value.id === undefined ? {} : { id: value.id }) };
}

/** Whether two Event header fields name the same subscription of a dialog (RFC 6665 §8.2.1). */
export const sameEvent = (a: EventName | undefined, b: EventName): boolean => a?.event === b.event && a.id === b.id;

/** As it stands in an Event header field. */
export const eventText = ({ event, id }: EventName): string => Event.format({ package: event, id });
