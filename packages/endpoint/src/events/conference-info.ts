import type { Element } from '@xmldom/xmldom';
import { EventBodyError } from '../errors/event-body-error';
import { attribute, child, children, textOf } from '../xml/read-xml';
import { rootOf } from './presence';

/** Content type of conference information (RFC 4575). */
export const CONFERENCE_INFO = 'application/conference-info+xml';

/** Somebody in a conference (RFC 4575 §5.6). */
export interface ConferenceUser {
  readonly entity: string;
  readonly displayName?: string;
  readonly roles: readonly string[];
  readonly endpoints: readonly ConferenceEndpoint[];
}

/** A device of somebody in a conference (RFC 4575 §5.7). */
export interface ConferenceEndpoint {
  readonly entity: string;
  /** Such as `connected`, `on-hold`, `muted-via-focus`, `disconnected`. */
  readonly status?: string;
}

/** Who takes part in a conference (RFC 4575). */
export interface ConferenceInfo {
  readonly entity: string;
  readonly version: number;
  readonly subject?: string;
  readonly userCount?: number;
  readonly active?: boolean;
  readonly users: readonly ConferenceUser[];
}

/**
 * Reads conference information; a partial one is put together with what was known before (RFC 4575 §4.6).
 *
 * @throws EventBodyError when it cannot be read, or a partial document does not follow upon the one before
 */
export function readConferenceInfo(text: string, before?: ConferenceInfo): ConferenceInfo {
  const root = rootOf(text, 'conference-info');
  const version = Number(attribute(root, 'version') ?? 0);
  const state = attribute(root, 'state') ?? 'full';
  if (before && version <= before.version) return before;
  if (state === 'partial' && (!before || version !== before.version + 1)) {
    throw new EventBodyError('A part of the conference information is missing.');
  }
  const partial = state === 'partial' ? before : undefined;
  const subject = textOf(child(child(root, 'conference-description'), 'subject')) ?? partial?.subject;
  const status = child(root, 'conference-state');
  const count = textOf(child(status, 'user-count'));
  const active = textOf(child(status, 'active'));
  return Object.freeze({
    entity: attribute(root, 'entity') ?? partial?.entity ?? '',
    version,
    ...(subject !== undefined && { subject }),
    ...(count !== undefined
      ? { userCount: Number(count) }
      : partial?.userCount !== undefined && { userCount: partial.userCount }),
    ...(active !== undefined
      ? { active: active === 'true' }
      : partial?.active !== undefined && { active: partial.active }),
    users: Object.freeze(mergeUsers(child(root, 'users'), partial?.users)),
  });
}

function mergeUsers(element: Element | undefined, before: readonly ConferenceUser[] = []): ConferenceUser[] {
  if (!element) return [...before];
  // RFC 4575 §4.6: each element says for itself whether it is the whole or a part.
  const known = new Map(attribute(element, 'state') === 'full' ? [] : before.map((user) => [user.entity, user]));
  for (const each of children(element, 'user')) {
    const entity = attribute(each, 'entity') ?? '';
    if (attribute(each, 'state') === 'deleted') known.delete(entity);
    else
      known.set(entity, readUser(each, entity, attribute(each, 'state') === 'partial' ? known.get(entity) : undefined));
  }
  return [...known.values()];
}

function readUser(element: Element, entity: string, before: ConferenceUser | undefined): ConferenceUser {
  const displayName = textOf(child(element, 'display-text')) ?? before?.displayName;
  const roles = child(element, 'roles');
  const endpoints = new Map(before?.endpoints.map((each) => [each.entity, each]));
  for (const each of children(element, 'endpoint')) {
    const own = attribute(each, 'entity') ?? '';
    const status = textOf(child(each, 'status'));
    if (attribute(each, 'state') === 'deleted') endpoints.delete(own);
    else endpoints.set(own, Object.freeze({ entity: own, ...(status !== undefined && { status }) }));
  }
  return Object.freeze({
    entity,
    ...(displayName !== undefined && { displayName }),
    roles: roles ? children(roles, 'entry').flatMap((entry) => textOf(entry) ?? []) : (before?.roles ?? []),
    endpoints: Object.freeze([...endpoints.values()]),
  });
}
