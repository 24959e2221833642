import type { MediaDescription } from '../description/session-description';
import type { Direction } from './direction';
import type { LocalFormat } from './local-formats';

/** Our audio section. */
export interface LocalAudio {
  protocol: string;
  direction: Direction;
  formats: readonly LocalFormat[];
}

/** A media line as it stands in our description: our audio, or a line refused and kept in its place (RFC 3264 §6). */
export type MediaLine = { audio: LocalAudio } | { refused: { type: string; protocol: string; payloads: string } };

/** The refusal of a remote line: as it was, but for the port. */
export const refuse = ({ type, protocol, payloads }: MediaDescription): MediaLine => ({
  refused: { type, protocol, payloads: payloads || '0' },
});

/**
 * Puts our audio where it was, or into a place where audio was refused or removed, or behind all others: lines keep their
 * places, and their number never falls (RFC 3264 §8, §8.1).
 *
 * @returns the lines, and the index of our audio in them
 */
export function place(lines: readonly MediaLine[], audio: LocalAudio): { lines: MediaLine[]; at: number } {
  const current = lines.findIndex((line) => 'audio' in line);
  const vacant = lines.findIndex((line) => 'refused' in line && line.refused.type === 'audio');
  const at = current >= 0 ? current : vacant >= 0 ? vacant : lines.length;
  return { lines: [...lines.slice(0, at), { audio }, ...lines.slice(at + 1)], at };
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
