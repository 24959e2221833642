import { quote } from '../message/quoting';
import { excerpt } from '../message/scanner';
import { SipSyntaxError } from '../platform/errors';
import { ListHeader } from './codec';
import { formatNumber, parseQuoted } from './grammar';

/** More than a status says about what went wrong (RFC 3261 §20.43). */
export interface Warning {
  /** Three digits, such as 305 (incompatible media format) or 399 (miscellaneous). */
  readonly code: number;
  /** Who warns: host with port, or a name. */
  readonly agent: string;
  /** For people. */
  readonly text: string;
}

/** `Warning: 307 isi.edu "Session parameter 'foo' not understood"` (RFC 3261 §20.43). A text without quotes is taken. */
export const Warning = new ListHeader<Warning>('Warning', 'RFC 3261 §20.43', {
  parse(value) {
    const match = /^(\d{3})[ \t]+([^ \t"]+)[ \t]*(?:[ \t](.*)|(".*))?$/s.exec(value);
    if (!match)
      throw new SipSyntaxError(`"${excerpt(value)}" is no warning; write a code, an agent and a quoted text.`);
    const text = (match[3] ?? match[4] ?? '').trim();
    return { code: Number(match[1]), agent: match[2]!, text: text.startsWith('"') ? parseQuoted(text) : text };
  },
  format({ code, agent, text }) {
    if (!/^[\x21\x23-\x2b\x2d-\x7e]+$/.test(agent)) {
      throw new SipSyntaxError(`"${excerpt(agent)}" names no agent; give a host with port, or a word.`);
    }
    if (code < 100) throw new SipSyntaxError(`${code} is no warning code; give three digits.`);
    return `${formatNumber(code, 'warning code', 999)} ${agent} ${quote(text)}`;
  },
});
