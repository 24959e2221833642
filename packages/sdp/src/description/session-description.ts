import * as sdpTransform from 'sdp-transform';
import { SdpError } from '../errors';
import { readCryptoLines } from '../security/crypto-attribute';
import { noteAttributes } from './attributes';
import { readMediaLine } from './media-line';

/** A session description as a tree: the shape of `sdp-transform`, whose types it uses. */
export type SessionDescription = sdpTransform.SessionDescription;

/** One media section (`m=` line and what belongs to it). */
export type MediaDescription = SessionDescription['media'][number];

/** Longest description that is read, in characters; a longer one is refused unread. */
export const MAX_LENGTH = 64 * 1024;
/** Most lines that are read. */
export const MAX_LINES = 2000;
/** Most media lines that are read. */
export const MAX_MEDIA = 64;

/** Stands for an `m=` line while the others are read: `sdp-transform` leaves out kinds it does not know. */
const PLACEHOLDER = 'm=x 0 x 0';

/**
 * Reads a session description (RFC 4566). Bare line feeds, a missing end of the last line and missing `s=` and `t=` lines are
 * forgiven. Attributes nobody knows are kept in `invalid`.
 *
 * @throws SdpError `ERR_SDP_SYNTAX` (status 400) that names the line that is missing or wrong, also for a text of more than
 *   64 Ki characters, 2,000 lines or 64 media lines
 */
export function parseSessionDescription(text: string): SessionDescription {
  if (text.length > MAX_LENGTH) throw syntax(`it is longer than ${MAX_LENGTH} characters`);
  const lines = text.split(/\r\n|\n|\r/);
  while (lines.at(-1) === '') lines.pop();
  if (lines.length > MAX_LINES) throw syntax(`it has more than ${MAX_LINES} lines`);
  if (lines[0]?.trim() !== 'v=0') throw syntax('it does not begin with v=0');
  const bad = lines.findIndex((line) => line !== '' && !/^[a-zA-Z]=/.test(line));
  if (bad >= 0) throw syntax(`line ${bad + 1} is no "letter=value"`);
  if (text.includes('\0')) throw syntax('it holds a NUL');
  const mediaLines = lines.filter((line) => line.startsWith('m='));
  if (mediaLines.length > MAX_MEDIA) throw syntax(`it has more than ${MAX_MEDIA} media lines`);
  const readable = lines.map((line) => (line.startsWith('m=') ? PLACEHOLDER : line));
  const description = sdpTransform.parse(`${readable.join('\r\n')}\r\n`);
  if (!description.origin?.address) throw syntax('the o= line is missing or wrong');
  noteAttributes(description, lines);
  const crypto = readCryptoLines(lines);
  mediaLines.forEach((line, index) => {
    const parts = readMediaLine(line);
    if (!parts) throw syntax(`the m= line "${line.slice(0, 80)}" is wrong`);
    Object.assign(description.media[index]!, parts, { ...(crypto[index]!.length > 0 && { crypto: crypto[index] }) });
  });
  return description;
}

/**
 * Writes a session description with CRLF line ends, its lines in the order of RFC 4566 §5.
 *
 * @throws SdpError `ERR_SDP_VALUE` when a value holds a line end or a NUL, which would add lines nobody meant
 */
export function serializeSessionDescription(description: SessionDescription): string {
  const broken = findBroken(description);
  if (broken !== undefined) {
    throw new SdpError(
      'ERR_SDP_VALUE',
      500,
      `The value ${JSON.stringify(broken.slice(0, 80))} cannot stand in a session description: it holds a line end or a NUL.`,
    );
  }
  return sdpTransform.write(description);
}

function findBroken(value: unknown): string | undefined {
  if (typeof value === 'string') return /[\r\n\0]/.test(value) ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const each of Object.values(value)) {
    const broken = findBroken(each);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

const syntax = (what: string) => new SdpError('ERR_SDP_SYNTAX', 400, `The session description is malformed: ${what}.`);
