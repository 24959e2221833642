import { isBlackHole } from '../description/network';
import type { MediaDescription, SessionDescription } from '../description/session-description';
import { SdpError } from '../errors';
import { type Direction, receives } from './direction';
import type { MediaAddress } from './negotiated-audio';

/** A format of a remote `m=` line. */
export interface RemoteFormat {
  payloadType: number;
  name: string;
  clockRate: number;
  channels: number;
  fmtp: string | undefined;
}

/** What a remote audio section says, its session-level defaults filled in. */
export interface RemoteAudio {
  rtp: MediaAddress;
  rtcp: MediaAddress;
  direction: Direction;
  /** Nothing may be sent there: `c=0.0.0.0` and its kin (RFC 3264 §8.4). */
  blackHole: boolean;
  formats: RemoteFormat[];
  ptime: number | undefined;
  maxptime: number | undefined;
}

/** Formats that need no `a=rtpmap` (RFC 3551 §6): payload type, name and clock rate of the mono audio ones. */
const staticFormats = new Map<number, readonly [string, number, number?]>([
  [0, ['PCMU', 8000]],
  [3, ['GSM', 8000]],
  [4, ['G723', 8000]],
  [5, ['DVI4', 8000]],
  [6, ['DVI4', 16000]],
  [7, ['LPC', 8000]],
  [8, ['PCMA', 8000]],
  [9, ['G722', 8000]],
  [10, ['L16', 44100, 2]],
  [11, ['L16', 44100]],
  [12, ['QCELP', 8000]],
  [13, ['CN', 8000]],
  [15, ['G728', 8000]],
  [18, ['G729', 8000]],
]);

/** Profiles spoken here; the answer repeats the one offered. */
const profiles = new Set(['RTP/AVP', 'RTP/AVPF']);

/** Why a media section cannot be used, or undefined when it can be. */
export function refusalOf(media: MediaDescription): string | undefined {
  if (media.type !== 'audio') return `${media.type} is not supported`;
  if (!profiles.has(media.protocol.toUpperCase())) return `the profile ${media.protocol} is not supported`;
  return undefined;
}

/**
 * Reads an audio section.
 *
 * @throws SdpError `ERR_SDP_SYNTAX` when it has no address
 */
export function readAudio(description: SessionDescription, media: MediaDescription): RemoteAudio {
  // The parser makes numbers of whatever looks like one; here they are text again.
  const address = String(media.connection?.ip ?? description.connection?.ip ?? '');
  if (!address) {
    throw new SdpError('ERR_SDP_SYNTAX', 400, 'The session description is malformed: its audio has no c= line.');
  }
  const blackHole = isBlackHole(address);
  const direction = media.direction ?? description.direction ?? 'sendrecv';
  return {
    rtp: { address, port: media.port },
    rtcp: { address: String(media.rtcp?.address ?? address), port: media.rtcp?.port ?? media.port + 1 },
    direction,
    blackHole,
    formats: readFormats(media),
    ptime: positive(media.ptime),
    maxptime: positive(media.maxptime),
  };
}

/** Whether the other side wants no audio from us for now. */
export const holdsUs = (audio: RemoteAudio): boolean => audio.blackHole || !receives(audio.direction);

function readFormats(media: MediaDescription): RemoteFormat[] {
  const formats: RemoteFormat[] = [];
  for (const text of String(media.payloads ?? '').split(/\s+/)) {
    if (!/^\d{1,3}$/.test(text)) continue;
    const payloadType = Number(text);
    if (payloadType > 127 || formats.some((format) => format.payloadType === payloadType)) continue;
    const map = media.rtp.find((each) => each.payload === payloadType);
    const known = staticFormats.get(payloadType);
    const name = String(map?.codec ?? known?.[0] ?? '');
    if (!name) continue;
    const fmtp = media.fmtp.find((each) => each.payload === payloadType)?.config;
    formats.push({
      payloadType,
      name,
      clockRate: Number(map?.rate ?? known?.[1] ?? 8000),
      channels: Number(map?.encoding ?? known?.[2] ?? 1) || 1,
      fmtp: fmtp === undefined ? undefined : String(fmtp),
    });
  }
  return formats;
}

const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
