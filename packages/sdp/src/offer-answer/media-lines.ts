import { attributeValues } from '../description/attributes';
import type { MediaDescription } from '../description/session-description';
import type { LocalCrypto } from '../security/media-security';
import type { LocalTransport } from '../transport/section-transport';
import type { Direction } from './direction';
import type { LocalFormat } from './local-formats';

/** Our audio section. */
export interface LocalAudio {
  protocol: string;
  direction: Direction;
  formats: readonly LocalFormat[];
  /** Keys offered, or the one of an answer; none without protection. */
  crypto: readonly LocalCrypto[];
  /** The way of its packets. */
  transport: LocalTransport;
}

/** A media line as it stands in our description: our audio, or a line refused and kept in its place (RFC 3264 §6). */
export type MediaLine = { audio: LocalAudio } | { refused: RefusedLine };

/** What stays of a refused line. */
export interface RefusedLine {
  type: string;
  protocol: string;
  payloads: string;
  mid?: string;
}

/** The refusal of a remote line: as it was, but for the port. */
export function refuse(media: MediaDescription): MediaLine {
  const { type, protocol, payloads } = media;
  const mid = attributeValues(media, 'mid')[0];
  return { refused: { type, protocol, payloads: payloads || '0', ...(mid && { mid }) } };
}

/**
 * Puts our audio where it was, or into a place where audio was refused or removed, or behind all others: lines keep their
 * places, and their number never falls (RFC 3264 §8, §8.1).
 *
 * @param audios one section, or two of which the peer takes one
 * @returns the lines, and the index of each section in them
 */
export function place(
  lines: readonly MediaLine[],
  audios: readonly LocalAudio[],
): { lines: MediaLine[]; at: number[] } {
  const current = lines.findIndex((line) => 'audio' in line);
  const free = audios.length === 1 && current >= 0 ? [current] : audioPlaces(lines);
  const at = new Array<number>(audios.length).fill(-1);
  const take = (index: number, found: number) => {
    if (found >= 0) at[index] = free.splice(found, 1)[0]!;
  };
  // Of two, each has the place where its profile was.
  if (audios.length > 1) {
    for (const [index, { protocol }] of audios.entries()) {
      take(
        index,
        free.findIndex((each) => protocolOf(lines[each]!) === protocol),
      );
    }
  }
  const placed = [...lines];
  for (const [index, audio] of audios.entries()) {
    if (at[index] === -1) take(index, free.length > 0 ? 0 : -1);
    if (at[index] === -1) at[index] = placed.length;
    placed[at[index]!] = { audio };
  }
  return { lines: placed, at };
}

const protocolOf = (line: MediaLine): string => ('audio' in line ? line.audio : line.refused).protocol.toUpperCase();

/** Where audio is, or was. */
export function audioPlaces(lines: readonly MediaLine[]): number[] {
  return [...lines.keys()].filter((index) => {
    const line = lines[index]!;
    return 'audio' in line || line.refused.type === 'audio';
  });
}

/**
 * What in an answer's media lines breaks the rules of RFC 3264 §6, if anything: there must be one for each line of the offer,
 * of the same type, with port 0 where the offer has it, and of the same profile.
 *
 * @returns undefined when nothing does
 */
export function faultOfAnswer(
  offered: readonly MediaLine[],
  answered: readonly MediaDescription[],
): string | undefined {
  if (answered.length !== offered.length) {
    return `it has ${answered.length} media lines instead of ${offered.length}`;
  }
  for (const [index, line] of offered.entries()) {
    const media = answered[index]!;
    const { type, protocol } = 'audio' in line ? { type: 'audio', ...line.audio } : line.refused;
    if (media.type !== type) return `media line ${index + 1} is ${media.type} instead of ${type}`;
    if (media.port === 0) continue;
    if ('refused' in line) return `media line ${index + 1} was offered with port 0 and has port ${media.port}`;
    if (media.protocol.toUpperCase() !== protocol.toUpperCase()) {
      return `media line ${index + 1} has the profile ${media.protocol} instead of ${protocol}`;
    }
  }
  return undefined;
}
