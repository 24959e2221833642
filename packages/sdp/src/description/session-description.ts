import * as sdpTransform from 'sdp-transform';
import { SdpError } from '../errors';
import { isPort } from './network';

/** A session description as a tree: the shape of `sdp-transform`, whose types it uses. */
export type SessionDescription = sdpTransform.SessionDescription;

/** One media section (`m=` line and what belongs to it). */
export type MediaDescription = SessionDescription['media'][number];

/** Longest description that is read, in characters; a longer one is refused unread. */
export const MAX_LENGTH = 64 * 1024;
/** Most media lines that are read. */
const MAX_MEDIA = 64;

/**
 * Reads a session description (RFC 4566).
 *
 * @throws SdpError `ERR_SDP_SYNTAX` (status 400) that names the line that is missing or wrong
 */
export function parseSessionDescription(text: string): SessionDescription {
  if (text.length > MAX_LENGTH) throw syntax(`it is longer than ${MAX_LENGTH} characters`);
  const lines = text.split(/\r\n|\n|\r/);
  while (lines.at(-1) === '') lines.pop();
  if (lines[0]?.trim() !== 'v=0') throw syntax('it does not begin with v=0');
  const bad = lines.findIndex((line) => line !== '' && !/^[a-zA-Z]=/.test(line));
  if (bad >= 0) throw syntax(`line ${bad + 1} is no "letter=value"`);
  if (lines.some((line) => line.includes('\0'))) throw syntax('it holds a NUL');
  if (lines.filter((line) => line.startsWith('m=')).length > MAX_MEDIA)
    throw syntax(`it has more than ${MAX_MEDIA} media lines`);
  let description: SessionDescription;
  try {
    description = sdpTransform.parse(`${lines.join('\r\n')}\r\n`);
  } catch {
    throw syntax('it cannot be read');
  }
  if (!description.origin?.address) throw syntax('the o= line is missing or wrong');
  const mediaLines = lines.filter((line) => line.startsWith('m='));
  if (description.media.length !== mediaLines.length) throw syntax('an m= line is wrong');
  description.media.forEach((media, index) => {
    if (!media.type || !media.protocol || !isPort(media.port))
      throw syntax(`the m= line "${mediaLines[index]}" is wrong`);
    media.payloads = String(media.payloads ?? '').trim();
  });
  return description;
}

/** Writes a session description with CRLF line ends (RFC 4566 §5). */
export function serializeSessionDescription(description: SessionDescription): string {
  return sdpTransform.write(description);
}

const syntax = (what: string) => new SdpError('ERR_SDP_SYNTAX', 400, `The session description is malformed: ${what}.`);
