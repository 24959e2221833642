import { EventBodyError } from '../errors/event-body-error';

/** How many messages of a kind there are (RFC 3842 §5.2). */
export interface MessageCounts {
  readonly new: number;
  readonly old: number;
  /** Of the new ones. */
  readonly urgentNew: number;
  /** Of the old ones. */
  readonly urgentOld: number;
}

/** What waits in a mailbox (RFC 3842). */
export interface MessageSummary {
  /** Whether anything waits. */
  readonly waiting: boolean;
  /** Address of the mailbox. */
  readonly account?: string;
  /** By kind, in lower case: `voice`, `fax`, `text`, `pager`, `multimedia`, `none`. */
  readonly counts: Readonly<Record<string, MessageCounts>>;
}

/** Content type of a message summary. */
export const MESSAGE_SUMMARY = 'application/simple-message-summary';

/**
 * Reads a message summary (RFC 3842 §5.2).
 *
 * @throws EventBodyError when it does not say whether messages wait
 */
export function readMessageSummary(text: string): MessageSummary {
  let waiting: boolean | undefined;
  let account: string | undefined;
  const counts: Record<string, MessageCounts> = {};
  for (const line of text.split(/\r?\n/)) {
    // The header fields of single messages follow upon an empty line.
    if (line.trim() === '') {
      if (waiting === undefined) continue;
      break;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const kind = /^([a-z]{1,20})-message$/.exec(name)?.[1];
    if (name === 'messages-waiting') waiting = /^yes$/i.test(value);
    else if (name === 'message-account') account = value;
    else if (kind !== undefined) counts[kind] = readCounts(value);
  }
  if (waiting === undefined) throw new EventBodyError('The message summary does not say whether messages wait.');
  return Object.freeze({ waiting, ...(account !== undefined && { account }), counts: Object.freeze(counts) });
}

function readCounts(value: string): MessageCounts {
  const found = /^(\d{1,9})\s*\/\s*(\d{1,9})(?:\s*\(\s*(\d{1,9})\s*\/\s*(\d{1,9})\s*\))?/.exec(value);
  const [, fresh = '0', old = '0', urgentNew = '0', urgentOld = '0'] = found ?? [];
  return Object.freeze({
    new: Number(fresh),
    old: Number(old),
    urgentNew: Number(urgentNew),
    urgentOld: Number(urgentOld),
  });
}
