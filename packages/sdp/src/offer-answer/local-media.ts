import { addressVersion } from '../description/network';
import type { MediaDescription, SessionDescription } from '../description/session-description';
import { serializeSessionDescription } from '../description/session-description';
import type { OfferAnswerOptions } from './capabilities';
import type { Direction } from './direction';

/** A format of our own `m=` line. */
export interface LocalFormat {
  payloadType: number;
  name: string;
  clockRate: number;
  channels: number;
  fmtp: string | undefined;
}

/** Our audio section. */
export interface LocalAudio {
  protocol: string;
  direction: Direction;
  formats: readonly LocalFormat[];
}

/** A media line as it stands in our description: our audio, or a line refused and kept in its place (RFC 3264 §6). */
export type MediaLine = { audio: LocalAudio } | { refused: { type: string; protocol: string; payloads: string } };

/** The refusal of a remote line. */
export const refuse = (media: MediaDescription): MediaLine => ({
  refused: { type: media.type, protocol: media.protocol, payloads: String(media.payloads ?? '') || '0' },
});

/**
 * Writes our description. The session version rises by one whenever anything else has changed since the last one written
 * (RFC 3264 §8, RFC 4566 §5.2).
 */
export class DescriptionWriter {
  readonly #options: OfferAnswerOptions;
  #version: number;
  #last: string | undefined;

  constructor(options: OfferAnswerOptions) {
    this.#options = options;
    this.#version = options.origin.sessionVersion ?? 1;
  }

  /** @param place where media is expected */
  write(lines: readonly MediaLine[], place: { address: string; port: number; rtcpPort: number | undefined }): string {
    const { origin, sessionName = '-' } = this.#options;
    const version = addressVersion(place.address);
    const describe = (sessionVersion: number): string =>
      serializeSessionDescription({
        version: 0,
        origin: {
          username: origin.username ?? '-',
          sessionId: origin.sessionId as unknown as number,
          sessionVersion,
          netType: 'IN',
          ipVer: version,
          address: place.address,
        },
        name: sessionName,
        connection: { version, ip: place.address },
        timing: { start: 0, stop: 0 },
        media: lines.map((line) => ('audio' in line ? this.#audio(line.audio, place) : refusedLine(line.refused))),
      } as SessionDescription);
    const content = describe(0);
    if (this.#last !== undefined && this.#last !== content) this.#version++;
    this.#last = content;
    return describe(this.#version);
  }

  #audio(audio: LocalAudio, place: { port: number; rtcpPort: number | undefined }): MediaDescription {
    const { ptime, maxptime } = this.#options;
    return {
      type: 'audio',
      port: place.port,
      protocol: audio.protocol,
      payloads: audio.formats.map((format) => format.payloadType).join(' '),
      rtp: audio.formats.map(({ payloadType, name, clockRate, channels }) => ({
        payload: payloadType,
        codec: name,
        rate: clockRate,
        ...(channels > 1 ? { encoding: channels } : {}),
      })),
      fmtp: audio.formats.flatMap(({ payloadType, fmtp }) =>
        fmtp === undefined ? [] : [{ payload: payloadType, config: fmtp }],
      ),
      ...(ptime === undefined ? {} : { ptime }),
      ...(maxptime === undefined ? {} : { maxptime }),
      ...(place.rtcpPort === undefined || place.rtcpPort === place.port + 1 ? {} : { rtcp: { port: place.rtcpPort } }),
      direction: audio.direction,
    } as MediaDescription;
  }
}

function refusedLine({
  type,
  protocol,
  payloads,
}: {
  type: string;
  protocol: string;
  payloads: string;
}): MediaDescription {
  return { type, port: 0, protocol, payloads, rtp: [], fmtp: [] } as unknown as MediaDescription;
}
