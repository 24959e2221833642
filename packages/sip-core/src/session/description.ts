import { type BodyPart, bodyParts, isOptional } from '../body/multipart';
import type { SessionBody } from '../body/session-body';
import { ContentDisposition } from '../headers/content';
import type { HeaderList } from '../message/header-list';
import type { SipMessage } from '../message/message';
import type { SipRequest } from '../message/request';

const SDP = 'application/sdp';

/** Type and subtype of a Content-Type, without parameters. */
export const mediaType = (contentType: string): string => contentType.split(';', 1)[0]!.trim().toLowerCase();

const typeOf = ({ headers }: BodyPart): string => mediaType(headers.get('Content-Type') ?? SDP);

/** What a body is for; `session` when it does not say (RFC 3261 §20.11), undefined when nobody can read what it says. */
function dispositionOf({ headers }: Pick<BodyPart, 'headers'>): string | undefined {
  try {
    return ContentDisposition.read(headers)?.type ?? 'session';
  } catch {
    return undefined;
  }
}

/**
 * The description of the session that a message brings: its body, or a part of it when it has several (RFC 5621). Bodies that are for something
 * else, as their Content-Disposition says, are none.
 */
export function sessionBody(message: SipMessage): SessionBody | undefined {
  if (message.body.length === 0) return undefined;
  const { contentType = SDP } = message;
  if (!/^multipart\//i.test(contentType)) {
    return dispositionOf(message) === 'session' ? { contentType, body: message.body } : undefined;
  }
  const part = partsOf(message)?.find((each) => typeOf(each) === SDP && dispositionOf(each) === 'session');
  return part && { contentType: SDP, body: part.body };
}

function partsOf(message: SipMessage): BodyPart[] | undefined {
  try {
    return bodyParts(message);
  } catch {
    return undefined;
  }
}

/**
 * Why a request is refused for its body (RFC 3261 §8.2.3): nobody can take it apart (400), or it is of a type that we do not know and has to be
 * understood (415). Of several parts those only that say so themselves have to be.
 *
 * @param accept content types that are understood
 */
export function refusalOfBody(
  request: SipRequest,
  accept: readonly string[],
): { status: number; reason?: string; headers?: HeaderList } | undefined {
  if (request.body.length === 0 || accept.includes(mediaType(request.contentType ?? SDP))) return undefined;
  const parts = partsOf(request);
  if (!parts) return { status: 400, reason: 'Malformed Multipart Body' };
  const several = parts.length > 1 || /^multipart\//i.test(request.contentType ?? '');
  const strange = parts.find(
    (part) => !accept.includes(typeOf(part)) && (several ? isRequired(part) : !isOptional(part)),
  );
  return strange && { status: 415, headers: [['Accept', accept.join(', ')]] };
}

function isRequired({ headers }: BodyPart): boolean {
  try {
    return ContentDisposition.read(headers)?.handling === 'required';
  } catch {
    return true;
  }
}
