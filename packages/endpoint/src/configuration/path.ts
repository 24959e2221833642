import type { Setting } from './settings/setting';
import { aliases, settingAt } from './settings/table';

/** @internal Where a setting stands, taken apart. */
export interface Place {
  /** The path as it is written here: `policy.session.auto_answer`, `user:0`. */
  readonly path: string;
  /** What is known of it; undefined: nothing. */
  readonly setting: Setting | undefined;
  /** For `user`, `server` and `protocol`: the number of the line. */
  readonly line: number | undefined;
  /** Domain, section, subsection if there is one, and setting. */
  readonly parts: readonly string[];
}

const CODEC = /^[A-Za-z0-9][A-Za-z0-9_-]*(?:\/\d+){0,2}$/;
const PROXY = /^proxy(0|[1-9]\d{0,2})$/;
const ATTRIBUTE = /^(user|server|protocol|transport)[.:](0|[1-9]\d{0,2})$/;

/** @internal Reads a path. Dots and colons are the same; undefined: it is none. */
export function placeOf(text: string): Place | undefined {
  const attribute = ATTRIBUTE.exec(text);
  if (attribute) return attributePlace(attribute[1]!, Number(attribute[2]));
  const alias = aliasOf(text);
  if (alias !== undefined) return placeOf(alias);
  const parts = text.split(/[.:]/);
  return (parts.length === 3 || parts.length === 4) && parts.every((part) => part !== '')
    ? placeOfParts(parts)
    : undefined;
}

function attributePlace(name: string, line: number): Place {
  const known = name === 'transport' ? 'protocol' : name;
  return { path: `${known}:${line}`, setting: settingAt(`${known}:N`), line, parts: [known] };
}

/** @internal Where a setting stands whose path is in parts already. */
export function placeOfParts(parts: readonly string[]): Place {
  return { path: parts.join('.'), setting: settingAt(patternOf(parts)), line: undefined, parts };
}

/** The path as the table of settings lists it. */
function patternOf(parts: readonly string[]): string {
  const [domain = '', section = '', ...rest] = parts;
  if (domain === 'proxies' && PROXY.test(section)) return ['proxies.proxyN', ...rest].join('.');
  if (domain === 'codecs' && CODEC.test(section)) return ['codecs.CODEC', ...rest].join('.');
  if (domain === 'policy' && section === 'codecs' && rest.length === 1 && CODEC.test(rest[0]!)) {
    return 'policy.codecs.NAME/RATE';
  }
  return parts.join('.');
}

/** Workspace speaks of the first line, and with `.peer` of the second. */
function aliasOf(text: string): string | undefined {
  const [, name = '', peer] = /^(.*?)(\.peer)?$/s.exec(text)!;
  return aliases.get(name)?.replace('N', peer === undefined ? '0' : '1');
}

/** @internal The number of the line that a section of `proxies` belongs to. */
export const lineOfProxy = (section: string): number | undefined => {
  const match = PROXY.exec(section);
  return match ? Number(match[1]) : undefined;
};
