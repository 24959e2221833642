import { ATTRIBUTE, textValue } from '../stun/stun-attributes';
import { StunMessage } from '../stun/stun-message';
import type { Address } from '../transport/rtp-transport';
import type { IceRole } from './ice-agent';
import type { IceCredentials } from './ice-credentials';

/** What an agent is to the peer that checks it. */
export interface CheckedAgent {
  readonly credentials: IceCredentials;
  readonly role: IceRole;
  readonly lite: boolean;
  readonly tieBreaker: bigint;
}

/** What becomes of a check. */
export interface CheckVerdict {
  readonly reply: Uint8Array;
  /** Whether it is authentic and was answered with success: it says that the peer gets through to us. */
  readonly accepted: boolean;
  /** The role to take from now on: both had the same, and ours gives way. */
  readonly role?: IceRole;
}

/** Answers a check (RFC 8445 §7.3, RFC 8489 §9.1.3). Nothing is believed before the password has been proven. */
export function answerCheck(request: StunMessage, from: Readonly<Address>, agent: CheckedAgent): CheckVerdict {
  const key = textValue(agent.credentials.pwd);
  const reply = (messageClass: 'success' | 'error') =>
    new StunMessage(request.method, messageClass, request.transactionId);
  const refuse = (code: number, reason: string, signed = true): CheckVerdict => {
    const error = reply('error').addError(code, reason);
    if (code === 420) error.add(ATTRIBUTE.UNKNOWN_ATTRIBUTES, typesValue(request.unknownRequired));
    return { reply: error.serialize(signed ? key : undefined), accepted: false };
  };
  const username = request.text(ATTRIBUTE.USERNAME);
  if (username === undefined || !request.isProtected) return refuse(400, 'Bad Request', false);
  if (username.split(':')[0] !== agent.credentials.ufrag || !request.isProtectedBy(key)) {
    return refuse(401, 'Unauthenticated', false);
  }
  if (request.unknownRequired.length > 0) return refuse(420, 'Unknown Attribute');
  const conflict = resolveConflict(request, agent);
  if (conflict === 'theirs') return refuse(487, 'Role Conflict');
  const success = reply('success').addAddress(ATTRIBUTE.XOR_MAPPED_ADDRESS, from).serialize(key);
  return { reply: success, accepted: true, ...(conflict && { role: conflict }) };
}

/** §7.3.1.1. @returns our new role, or `theirs` when the peer has to change its own */
function resolveConflict(
  request: StunMessage,
  { role, lite, tieBreaker }: CheckedAgent,
): IceRole | 'theirs' | undefined {
  const isControlling = role === 'controlling';
  const theirs = request.uint64(isControlling ? ATTRIBUTE.ICE_CONTROLLING : ATTRIBUTE.ICE_CONTROLLED);
  if (theirs === undefined) return undefined;
  if (lite) return isControlling ? undefined : 'theirs';
  if (isControlling === tieBreaker >= theirs) return 'theirs';
  return isControlling ? 'controlled' : 'controlling';
}

const typesValue = (types: readonly number[]) => new Uint8Array(types.flatMap((type) => [type >> 8, type & 0xff]));
