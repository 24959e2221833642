import type { RemoteFormat } from './remote-media';

/** The name of RFC 2198's format. */
export const REDUNDANT_AUDIO = 'red';

/** Redundant audio both sides agreed to, for one codec (RFC 2198). */
export interface NegotiatedRedundancy {
  /** The codec within, by the payload type that the peer expects of it. */
  codecPayloadType: number;
  /** Clock rate in Hz, that of the codec. */
  clockRate: number;
  /** Payload type the peer takes. */
  sendPayloadType: number;
  /** Payload type we take. */
  receivePayloadType: number;
  /** Packets before that each packet may repeat: the fewer of what both want. */
  generations: number;
}

/** The text that stands for redundant audio of a codec in the payload types. */
export const redundancyKey = (codecKey: string): string => `${REDUNDANT_AUDIO} of ${codecKey}`;

/** The format parameters: the codec, and again for each packet repeated (RFC 2198 §5). */
export const redundancyFmtp = (codecPayloadType: number, generations: number): string =>
  Array.from({ length: generations + 1 }, () => codecPayloadType).join('/');

/**
 * The redundant format of a remote line that goes with a codec: one whose parameters name it first (RFC 2198 §5). One without
 * parameters goes with the first codec of its clock rate.
 *
 * @param formats all of the line
 * @param codec a format of the line
 * @returns the format, and how many packets it repeats
 */
export function redundancyOf(
  formats: readonly RemoteFormat[],
  codec: RemoteFormat,
): { format: RemoteFormat; generations: number } | undefined {
  for (const format of formats) {
    if (!isRedundant(format) || format.clockRate !== codec.clockRate) continue;
    const named = namedIn(format.fmtp);
    if (named.length === 0 && firstOf(formats, format.clockRate) === codec) return { format, generations: 1 };
    if (named.length > 1 && named[0] === codec.payloadType) return { format, generations: named.length - 1 };
  }
  return undefined;
}

const isRedundant = ({ name }: RemoteFormat): boolean => name.toLowerCase() === REDUNDANT_AUDIO;

const firstOf = (formats: readonly RemoteFormat[], clockRate: number): RemoteFormat | undefined =>
  formats.find((format) => format.clockRate === clockRate && !isRedundant(format));

/** Payload types by their place; a longer list than anybody sends says nothing. */
function namedIn(fmtp: string | undefined): number[] {
  const text = fmtp?.trim() ?? '';
  return /^\d{1,3}(\/\d{1,3}){0,15}$/.test(text) ? text.split('/').map(Number) : [];
}
