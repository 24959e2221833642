import type { SipRequest } from '../message/request';
import { SipSyntaxError } from '../platform/errors';
import { AnswerMode, PrivAnswerMode } from './alerting';
import type { SingleHeader } from './codec';

const LONGEST = 3600;

/**
 * After how many seconds the caller asks us to answer by ourselves; `undefined` when it does not ask.
 *
 * Looks for all the ways there are: `Answer-Mode` and `Priv-Answer-Mode` (RFC 5373; `Manual` overrules what follows), and the
 * customs of phones and exchanges: `Call-Info: <sip:x>;answer-after=0`, `Alert-Info: <…>;info=alert-autoanswer;delay=2`,
 * `Alert-Info: Auto Answer` and the like. Nothing here says that the caller may ask: that is a policy of the application
 * (RFC 5373 §7).
 */
export function autoAnswerDelay(request: SipRequest): number | undefined {
  const mode = modeOf(request, PrivAnswerMode) ?? modeOf(request, AnswerMode);
  if (mode === 'auto') return 0;
  if (mode === 'manual') return undefined;
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    if (key !== 'call-info' && key !== 'alert-info') continue;
    const delay = delayIn(value, key === 'alert-info');
    if (delay !== undefined) return delay;
  }
  return undefined;
}

/**
 * Who has to answer, a person (`manual`) or the phone (`auto`), for a caller that takes nothing else (RFC 5373 §4: `Answer-Mode: Auto;require`);
 * `undefined` when it leaves the choice. Where it cannot be had the INVITE is refused with 403.
 */
export function requiredAnswerMode(request: SipRequest): 'auto' | 'manual' | undefined {
  const asked = readable(request, PrivAnswerMode) ?? readable(request, AnswerMode);
  const mode = asked?.require ? asked.mode : undefined;
  return mode === 'auto' || mode === 'manual' ? mode : undefined;
}

const modeOf = (request: SipRequest, header: SingleHeader<AnswerMode>): string | undefined =>
  readable(request, header)?.mode;

function readable(request: SipRequest, header: SingleHeader<AnswerMode>): AnswerMode | undefined {
  try {
    return header.read(request);
  } catch (error) {
    if (error instanceof SipSyntaxError) return undefined;
    throw error;
  }
}

/** These values are often no grammar's: `\;answer-after=0`, `info=Auto Answer`, `Auto Answer` alone. So words are looked for. */
function delayIn(value: string, alert: boolean): number | undefined {
  const text = value.slice(0, 1024).replace(/<[^<>]*>/g, '<>');
  const after = /(?:^|[;,\s])answer-after\s{0,8}=\s{0,8}"?(\d{1,9})/i.exec(text);
  if (after) return Math.min(Number(after[1]), LONGEST);
  const words =
    alert &&
    /(?:^|<|[;,\s]info\s{0,8}=|^info\s{0,8}=)\s{0,8}"?(?:alert-autoanswer|auto[ _-]?answer)\b/i.test(
      alertWords(value, text),
    );
  if (!words) return undefined;
  const delay = /;\s{0,8}delay\s{0,8}=\s{0,8}"?(\d{1,9})/i.exec(text);
  return delay ? Math.min(Number(delay[1]), LONGEST) : 0;
}

/** The word in brackets counts when it is no URI: `<Auto Answer>`. */
function alertWords(value: string, text: string): string {
  const bracketed = /^\s{0,8}<([^<>:]{1,64})>/.exec(value);
  return bracketed ? `${bracketed[1]}${text.slice(2)}` : text;
}
