import { parseMessage, SipRequest } from '@offhook/sip-core';
import { describeSdp } from './describe-sdp';
import type { LadderMessage } from './ladder';

/** What a ladder needs to know of a message that was sent or received. */
export interface TracedMessage {
  /** Time in ms; any origin. */
  readonly time: number;
  readonly direction: 'sent' | 'received';
  readonly remote: { readonly host: string; readonly port: number };
  /** The message as on the wire. */
  readonly data: Uint8Array;
}

/** Who stands at the ends of an arrow. */
export interface Parties {
  /** Whose messages these are. */
  readonly own: string;
  /** The name of whoever is at an address. */
  nameOf(remote: { readonly host: string; readonly port: number }): string;
}

/** The arrow of a message; undefined when it is no SIP. */
export function ladderMessage(traced: TracedMessage, parties: Parties, start: number): LadderMessage | undefined {
  const { time, direction, remote, data } = traced;
  const other = parties.nameOf(remote);
  const [from, to] = direction === 'sent' ? [parties.own, other] : [other, parties.own];
  try {
    const message = parseMessage(data);
    const label =
      message instanceof SipRequest ? message.method : `${message.status} ${message.reason} (${message.cseq.method})`;
    const isSdp = message.body.length > 0 && message.contentType?.toLowerCase().startsWith('application/sdp');
    return { at: time - start, from, to, label, note: isSdp ? describeSdp(message.text) : undefined };
  } catch {
    return undefined;
  }
}
