import { bareAddress, isAddress, isBlackHole, isMulticast, isPort } from '../description/network';
import type { MediaDescription, SessionDescription } from '../description/session-description';
import { SdpError } from '../errors';
import { type RemoteTransport, readTransport } from '../transport/section-transport';
import { type Bandwidth, readBandwidth } from './bandwidth';
import { type Direction, receives } from './direction';
import type { MediaAddress } from './negotiated-audio';
import { staticFormats } from './static-formats';

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
  bandwidth: Bandwidth | undefined;
  /** What it says about the way of its packets. */
  transport: RemoteTransport;
}

/** Why something cannot be used, and the code of a `Warning` header that says so (RFC 3261 §20.43). */
export interface Refusal {
  reason: string;
  warning: number;
}

/**
 * Why a media section cannot be used, or undefined when it can be.
 *
 * @param speaks whether a profile is spoken here; the answer repeats the one offered
 */
export function refusalOf(
  description: SessionDescription,
  media: MediaDescription,
  speaks: (protocol: string) => boolean,
): Refusal | undefined {
  if (media.type !== 'audio') return { reason: `${media.type} is not supported`, warning: 304 };
  if (!speaks(media.protocol)) {
    return { reason: `the profile ${media.protocol} is not supported`, warning: 302 };
  }
  if (isMulticast(addressOf(description, media))) return { reason: 'multicast is not supported', warning: 330 };
  return undefined;
}

/**
 * Reads an audio section.
 *
 * @param mapped what payload types without `a=rtpmap` mean; in an answer they may lean on the offer
 * @throws SdpError `ERR_SDP_SYNTAX` when it has no address
 */
export function readAudio(
  description: SessionDescription,
  media: MediaDescription,
  mapped: (payloadType: number) => Omit<RemoteFormat, 'fmtp'> | undefined = () => undefined,
): RemoteAudio {
  const address = addressOf(description, media);
  if (!isAddress(address)) {
    const what = address ? `the address "${address.slice(0, 80)}" is none` : 'its audio has no c= line';
    throw new SdpError('ERR_SDP_SYNTAX', 400, `The session description is malformed: ${what}.`);
  }
  const transport = readTransport(description, media);
  const hasIce = transport.ice !== undefined && transport.ice !== 'mismatch';
  return {
    rtp: { address, port: media.port },
    rtcp: rtcpOf(media, address),
    direction: media.direction ?? description.direction ?? 'sendrecv',
    // RFC 8840 §4.1: with ICE that address says that candidates are still to come.
    blackHole: isBlackHole(address) && !hasIce,
    formats: readFormats(media, mapped),
    ptime: positive(media.ptime),
    maxptime: positive(media.maxptime),
    bandwidth: readBandwidth(media),
    transport,
  };
}

/** Whether the other side wants no audio from us for now. */
export const holdsUs = (audio: RemoteAudio): boolean => audio.blackHole || !receives(audio.direction);

/** The `c=` line that counts for a media section; empty when there is none. */
function addressOf(description: SessionDescription, media: MediaDescription): string {
  // The parser makes numbers of whatever looks like one; here they are text again.
  return bareAddress(String(media.connection?.ip ?? description.connection?.ip ?? ''));
}

/** `a=rtcp` (RFC 3605), else the port after RTP's, if there is one. */
function rtcpOf({ rtcp, port }: MediaDescription, address: string): MediaAddress {
  const named = rtcp?.address === undefined ? '' : bareAddress(String(rtcp.address));
  const number = isPort(rtcp?.port) && rtcp.port > 0 ? rtcp.port : Math.min(port + 1, 65535);
  return { address: isAddress(named) ? named : address, port: number };
}

function readFormats(
  media: MediaDescription,
  mapped: (payloadType: number) => Omit<RemoteFormat, 'fmtp'> | undefined,
): RemoteFormat[] {
  const formats: RemoteFormat[] = [];
  for (const text of (media.payloads ?? '').split(' ')) {
    if (!/^\d{1,3}$/.test(text)) continue;
    const payloadType = Number(text);
    if (payloadType > 127 || formats.some((format) => format.payloadType === payloadType)) continue;
    const known = rtpmapOf(media, payloadType) ?? mapped(payloadType) ?? staticFormats.get(payloadType);
    if (!known) continue;
    const { name, clockRate, channels } = known;
    const fmtp = media.fmtp.find((each) => each.payload === payloadType)?.config;
    formats.push({ payloadType, name, clockRate, channels, fmtp: fmtp === undefined ? undefined : String(fmtp) });
  }
  return formats;
}

function rtpmapOf(
  { rtp }: MediaDescription,
  payloadType: number,
): Omit<RemoteFormat, 'payloadType' | 'fmtp'> | undefined {
  const map = rtp.find(({ payload }) => payload === payloadType);
  const name = String(map?.codec ?? '');
  const clockRate = Number(map?.rate ?? 0);
  if (name === '' || !(clockRate > 0)) return undefined;
  return { name, clockRate, channels: Number(map?.encoding ?? 1) || 1 };
}

/** A number of ms that makes sense; the parser leaves `20.0` as text. */
function positive(value: unknown): number | undefined {
  const number = Number(value ?? Number.NaN);
  return number > 0 && number < 10_000 ? number : undefined;
}
