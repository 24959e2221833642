import { SdpError } from '../errors';

/** The media type of {@link TrickleFragment} in an INFO (RFC 8840 §9). */
export const TRICKLE_FRAGMENT_TYPE = 'application/trickle-ice-sdpfrag';

/** What a fragment says about one media section. */
export interface TrickleSection {
  /** Name of the section (`a=mid`); absent when there is only one and it has no name. */
  mid?: string;
  /** Values of `a=candidate`: all that are known by now, since an INFO may overtake another (RFC 8840 §4.4). */
  candidates: readonly string[];
  /** No more candidates of this section will come. */
  complete: boolean;
}

/** Candidates that follow their description (RFC 8840). */
export interface TrickleFragment {
  /** Credentials of the ICE session the candidates are for; a fragment with others is of another one, and is to be ignored. */
  ufrag: string;
  pwd: string;
  sections: readonly TrickleSection[];
}

const UFRAG = /^[0-9A-Za-z+/]{4,256}$/;
const PWD = /^[0-9A-Za-z+/]{22,256}$/;
const MID = /^[\x21-\x7e]{1,64}$/;
const CANDIDATE = /^[\x20-\x7e]{1,512}$/;
const MAX_LENGTH = 64 * 1024;
const MAX_SECTIONS = 64;
const MAX_CANDIDATES = 100;

/**
 * Reads the body of an INFO with candidates (RFC 8840 §9). Credentials may stand at either level; an `a=end-of-candidates` before the first
 * `m=` line is for all sections. Lines nobody knows are left out.
 *
 * @throws SdpError `ERR_SDP_SYNTAX` (400) without usable credentials, with different ones for different sections, and for more than
 *   64 Ki characters, 64 sections or 100 candidates of a section
 */
export function parseTrickleFragment(text: string): TrickleFragment {
  if (text.length > MAX_LENGTH) throw syntax(`it is longer than ${MAX_LENGTH} characters`);
  const found = { ufrag: new Set<string>(), pwd: new Set<string>() };
  const sections: { mid?: string; candidates: string[]; complete: boolean }[] = [];
  let isComplete = false;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const section = sections.at(-1);
    const [name, value] = attribute(line);
    if (line.startsWith('m=')) sections.push({ candidates: [], complete: false });
    else if (name === 'ice-ufrag') found.ufrag.add(value);
    else if (name === 'ice-pwd') found.pwd.add(value);
    else if (name === 'end-of-candidates') {
      if (section) section.complete = true;
      else isComplete = true;
    } else if (name === 'mid' && section) {
      if (!MID.test(value)) throw syntax('an a=mid line is wrong');
      section.mid = value;
    } else if (name === 'candidate') {
      if (!section) throw syntax('a candidate stands before the first m= line');
      if (!CANDIDATE.test(value)) throw syntax('an a=candidate line is wrong');
      section.candidates.push(value);
      if (section.candidates.length > MAX_CANDIDATES)
        throw syntax(`a section has more than ${MAX_CANDIDATES} candidates`);
    }
  }
  if (sections.length > MAX_SECTIONS) throw syntax(`it has more than ${MAX_SECTIONS} sections`);
  return {
    ufrag: only(found.ufrag, UFRAG, 'a=ice-ufrag'),
    pwd: only(found.pwd, PWD, 'a=ice-pwd'),
    sections: sections.map((section) => ({ ...section, complete: section.complete || isComplete })),
  };
}

/**
 * Writes the body of an INFO with candidates (RFC 8840 §9).
 *
 * @throws SdpError `ERR_SDP_VALUE` for credentials, a name or a candidate that cannot stand in it
 */
export function serializeTrickleFragment({ ufrag, pwd, sections }: TrickleFragment): string {
  check(UFRAG.test(ufrag), 'the ufrag is not of 4 to 256 letters, digits, + and /');
  check(PWD.test(pwd), 'the password is not of 22 to 256 letters, digits, + and /');
  const lines = [`a=ice-pwd:${pwd}`, `a=ice-ufrag:${ufrag}`];
  for (const { mid, candidates, complete } of sections) {
    check(mid === undefined || MID.test(mid), 'the name of a section holds more than visible characters');
    check(
      candidates.every((candidate) => CANDIDATE.test(candidate)),
      'a candidate holds more than printable characters, or none',
    );
    // RFC 8840 §9.2: a pseudo line, whose port, profile and format say nothing.
    lines.push('m=audio 9 RTP/AVP 0');
    if (mid !== undefined) lines.push(`a=mid:${mid}`);
    lines.push(...candidates.map((candidate) => `a=candidate:${candidate}`));
    if (complete) lines.push('a=end-of-candidates');
  }
  return `${lines.join('\r\n')}\r\n`;
}

function attribute(line: string): [name: string, value: string] {
  if (!line.startsWith('a=')) return ['', ''];
  const colon = line.indexOf(':');
  return colon < 0 ? [line.slice(2).trim(), ''] : [line.slice(2, colon), line.slice(colon + 1).trim()];
}

function only(values: ReadonlySet<string>, valid: RegExp, name: string): string {
  const [value = '', ...others] = values;
  if (others.length > 0) throw syntax(`it has several values of ${name}`);
  if (!valid.test(value)) throw syntax(`${name} is missing or wrong`);
  return value;
}

const syntax = (what: string) => new SdpError('ERR_SDP_SYNTAX', 400, `The trickle fragment is malformed: ${what}.`);

function check(holds: boolean, what: string): void {
  if (!holds) throw new SdpError('ERR_SDP_VALUE', 500, `This cannot be described: ${what}.`);
}
