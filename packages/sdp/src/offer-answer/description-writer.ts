import { addressVersion } from '../description/network';
import {
  type MediaDescription,
  type SessionDescription,
  serializeSessionDescription,
} from '../description/session-description';
import { cryptoLine } from '../security/media-security';
import { transportLines } from '../transport/section-transport';
import { adjustedLocal, type DescriptionKind } from './adjustment';
import { bandwidthLines } from './bandwidth';
import type { LocalPlace, OfferAnswerOptions } from './capabilities';
import type { LocalAudio, MediaLine, RefusedLine } from './media-lines';

/** A `t=` line (RFC 4566 §5.9). */
export type Timing = NonNullable<SessionDescription['timing']>;

/** An offer is for now and without an end; an answer repeats the offer's times (RFC 3264 §5, §6). */
export const NOW: Timing = { start: 0, stop: 0 };

/**
 * Writes our descriptions. The session version rises by one whenever anything else has changed since the last one written,
 * the rest of the `o=` line stays as it is (RFC 3264 §8, RFC 4566 §5.2).
 */
export class DescriptionWriter {
  readonly #options: OfferAnswerOptions;
  #version: number;
  #last: string | undefined;

  constructor(options: OfferAnswerOptions) {
    this.#options = options;
    this.#version = options.origin.sessionVersion ?? 1;
  }

  /**
   * @param place where media is expected
   * @throws SdpError `ERR_SDP_VALUE` when a value holds a line end, `ERR_SDP_ADJUSTMENT`
   */
  write(kind: DescriptionKind, lines: readonly MediaLine[], place: LocalPlace, timing: Timing = NOW): string {
    const text = adjustedLocal(this.#describe(this.#version, lines, place, timing), kind, this.#options.adjustLocal);
    if (this.#last === undefined || this.#last === text) {
      this.#last = text;
      return text;
    }
    this.#version++;
    this.#last = text.replace(/^(o=\S+ \S+) \d+/m, `$1 ${this.#version}`);
    return this.#last;
  }

  #describe(sessionVersion: number, lines: readonly MediaLine[], place: LocalPlace, timing: Timing): string {
    const { origin, sessionName = '-', address } = this.#options;
    const from = origin.address ?? address;
    return serializeSessionDescription({
      version: 0,
      origin: {
        username: origin.username ?? '-',
        // Typed as a number there, written as text: it may have more digits than a number holds.
        sessionId: origin.sessionId as unknown as number,
        sessionVersion,
        netType: 'IN',
        ipVer: addressVersion(from),
        address: from,
      },
      name: sessionName,
      connection: { version: addressVersion(place.address), ip: place.address },
      timing,
      ...withLines(sessionLines(lines)),
      media: lines.map((line) => ('audio' in line ? this.#audio(line.audio, place) : refusedLine(line.refused))),
    });
  }

  #audio(
    { protocol, formats, direction, crypto, transport }: LocalAudio,
    { port, rtcpPort }: LocalPlace,
  ): MediaDescription {
    const { ptime, maxptime, bandwidth } = this.#options;
    return {
      type: 'audio',
      port,
      protocol,
      ...bandwidthLines(bandwidth),
      payloads: formats.map(({ payloadType }) => payloadType).join(' '),
      rtp: formats.map(({ payloadType, name, clockRate, channels }) => ({
        payload: payloadType,
        codec: name,
        rate: clockRate,
        ...(channels > 1 && { encoding: channels }),
      })),
      fmtp: formats.flatMap(({ payloadType, fmtp }) =>
        fmtp === undefined ? [] : [{ payload: payloadType, config: fmtp }],
      ),
      ...(ptime !== undefined && { ptime }),
      ...(maxptime !== undefined && { maxptime }),
      ...(rtcpPort !== undefined && rtcpPort !== port + 1 && { rtcp: { port: rtcpPort } }),
      ...(crypto.length > 0 && { crypto: crypto.map(cryptoLine) }),
      direction,
      ...withLines(transportLines(transport)),
    };
  }
}

function refusedLine({ type, protocol, payloads, mid }: RefusedLine) {
  return {
    type,
    port: 0,
    protocol,
    payloads,
    rtp: [],
    fmtp: [],
    ...withLines(mid === undefined ? [] : [`mid:${mid}`]),
  };
}

/** What all sections have in common: that we only answer checks, and which of them share a transport (RFC 9143 §7). */
function sessionLines(lines: readonly MediaLine[]): string[] {
  const audios = lines.flatMap((line) => ('audio' in line ? [line.audio.transport] : []));
  const mids = audios.flatMap(({ mid }) => (mid === undefined ? [] : [mid]));
  return [
    ...(audios.some(({ ice }) => ice?.lite) ? ['ice-lite'] : []),
    ...(mids.length > 0 ? [`group:BUNDLE ${mids.join(' ')}`] : []),
  ];
}

/** Attributes in our own words: the library writes only those of its grammar, and of some only one. */
const withLines = (lines: readonly string[]) =>
  lines.length > 0 ? { invalid: lines.map((value) => ({ value })) } : {};
