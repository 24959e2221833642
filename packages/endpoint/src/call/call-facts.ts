import { autoAnswerDelay, Header, requiredAnswerMode, type SipRequest, SipSyntaxError } from '@offhook/sip-core';
import { type RemoteParty, remoteParty } from './remote-party';

/** User-to-user data as it came (RFC 7433). */
export interface ReceivedUserToUser {
  /** The bytes. */
  readonly data: Uint8Array;
  /** The bytes as UTF-8 text. */
  readonly text: string;
  /** Whose data it is, such as `isdn-uui`. */
  readonly purpose?: string;
  readonly content?: string;
}

/** What the INVITE of a call says besides who calls whom. Values that cannot be read are left out. */
export interface CallFacts {
  /** Who the network says is calling (RFC 3325); to be believed when the server is. */
  readonly identity?: RemoteParty;
  /** Who has forwarded the call, the latest first (RFC 5806). */
  readonly divertedBy: readonly { readonly party: RemoteParty; readonly reason?: string }[];
  /** What the caller's application, or the network, hands over (RFC 7433). */
  readonly userToUser: readonly ReceivedUserToUser[];
  /** What is to be kept from others (RFC 3323), such as `id`. */
  readonly privacy: readonly string[];
  /** After how many seconds the caller asks us to answer by ourselves (RFC 5373, and the customs of phones); undefined when it does not. */
  readonly autoAnswerAfter?: number;
  /** Who has to answer, the phone or a person, where the caller takes nothing else (RFC 5373). */
  readonly requiredAnswerMode?: 'auto' | 'manual';
}

/** Reads what an INVITE says. */
export function callFacts(invite: SipRequest): CallFacts {
  const identity = readable(() => Header.PAssertedIdentity.read(invite), [])[0];
  const autoAnswerAfter = autoAnswerDelay(invite);
  const required = requiredAnswerMode(invite);
  return Object.freeze({
    ...(identity && { identity: remoteParty(identity) }),
    divertedBy: readable(() => Header.Diversion.read(invite), []).map(({ address, reason }) => ({
      party: remoteParty(address),
      ...(reason !== undefined && { reason }),
    })),
    userToUser: readable(() => Header.UserToUser.read(invite), []).map(({ data, purpose, content }) => ({
      data,
      text: new TextDecoder().decode(data),
      ...(purpose !== undefined && { purpose }),
      ...(content !== undefined && { content }),
    })),
    privacy: readable(() => Header.Privacy.read(invite), undefined) ?? [],
    ...(autoAnswerAfter !== undefined && { autoAnswerAfter }),
    ...(required && { requiredAnswerMode: required }),
  });
}

function readable<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof SipSyntaxError) return otherwise;
    throw error;
  }
}
