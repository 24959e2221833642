import type { Element } from '@xmldom/xmldom';
import { EventBodyError } from '../errors/event-body-error';
import { attribute, child, children, escapeXml, readXml, textOf, XmlError } from '../xml/read-xml';

/** Content type of a presence document (RFC 3863). */
export const PIDF = 'application/pidf+xml';

/** Where and how somebody can be reached (RFC 3863 §4.1.2). */
export interface PresenceTuple {
  readonly id: string;
  /** `open`: can be reached. */
  readonly status: 'open' | 'closed' | 'unknown';
  readonly contact?: string;
  readonly note?: string;
}

/** Whether somebody can be reached. */
export interface Presence {
  /** Whose it is, such as `sip:alice@example.com`. */
  readonly entity: string;
  /** `open` when any of the tuples is. */
  readonly status: 'open' | 'closed' | 'unknown';
  readonly tuples: readonly PresenceTuple[];
  readonly note?: string;
  /** Activities (RFC 4480 §3.2), such as `on-the-phone`, `meeting`, `away`. */
  readonly activities: readonly string[];
}

/** A presence to be published. */
export interface PresenceState {
  /** Whether we can be reached. */
  status: 'open' | 'closed';
  /** A word for people. */
  note?: string;
  /** Activities (RFC 4480 §3.2), such as `on-the-phone`. */
  activities?: readonly string[];
}

/** Reads a presence document. @throws EventBodyError */
export function readPresence(text: string): Presence {
  const root = rootOf(text, 'presence');
  const tuples = children(root, 'tuple').map(readTuple);
  const note = textOf(child(root, 'note')) ?? tuples.find((tuple) => tuple.note !== undefined)?.note;
  // RFC 4479: a person element beside the tuples; some put it, or `rpid:activities`, inside of them.
  const activities = [root, ...children(root, 'person'), ...children(root, 'tuple')]
    .flatMap((each) => children(each, 'activities'))
    .flatMap((each) => childNames(each));
  return Object.freeze({
    entity: attribute(root, 'entity') ?? '',
    status: statusOf(tuples),
    tuples: Object.freeze(tuples),
    ...(note !== undefined && { note }),
    activities: Object.freeze([...new Set(activities)]),
  });
}

/**
 * Writes a presence document (RFC 3863, RFC 4480).
 *
 * @param entity whose it is
 * @param contact where we are reached
 */
export function writePresence(
  entity: string,
  contact: string,
  { status, note, activities = [] }: PresenceState,
): string {
  const words = activities.filter((word) => /^[a-z][a-z-]*$/.test(word)).map((word) => `<rpid:${word}/>`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"' +
      ` xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="${escapeXml(entity)}">`,
    `<tuple id="phone"><status><basic>${status}</basic></status><contact>${escapeXml(contact)}</contact>${
      note === undefined ? '' : `<note>${escapeXml(note)}</note>`
    }</tuple>`,
    ...(words.length > 0
      ? [`<dm:person id="user"><rpid:activities>${words.join('')}</rpid:activities></dm:person>`]
      : []),
    '</presence>',
    '',
  ].join('\n');
}

function readTuple(element: Element): PresenceTuple {
  const basic = textOf(child(child(element, 'status'), 'basic'))?.toLowerCase();
  const contact = textOf(child(element, 'contact'));
  const note = textOf(child(element, 'note'));
  return Object.freeze({
    id: attribute(element, 'id') ?? '',
    status: basic === 'open' || basic === 'closed' ? basic : 'unknown',
    ...(contact !== undefined && { contact }),
    ...(note !== undefined && { note }),
  });
}

function statusOf(tuples: readonly PresenceTuple[]): Presence['status'] {
  if (tuples.some(({ status }) => status === 'open')) return 'open';
  return tuples.some(({ status }) => status === 'closed') ? 'closed' : 'unknown';
}

function childNames(element: Element): string[] {
  const names: string[] = [];
  for (let node = element.firstChild; node; node = node.nextSibling) {
    const name = (node as Element).localName;
    if (node.nodeType === 1 && name && name !== 'note') names.push(name);
  }
  return names;
}

/** @internal The root element of a body. @throws EventBodyError when there is none of this name */
export function rootOf(text: string, name: string): Element {
  try {
    const root = readXml(text);
    if (root.localName === name) return root;
    throw new XmlError(`It is a ${root.localName}, not a ${name}.`);
  } catch (cause) {
    if (cause instanceof XmlError) throw new EventBodyError(`The state cannot be read. ${cause.message}`, { cause });
    throw cause;
  }
}
