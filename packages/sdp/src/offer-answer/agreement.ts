import type { NegotiatedTransport } from '../transport/transport-negotiation';
import { type NegotiatedComfortNoise, noiseFor, noiseKey } from './comfort-noise';
import type { Direction } from './direction';
import { type CodecMatch, capabilityKey } from './match-codecs';
import type { LocalAudio } from './media-lines';
import type { NegotiatedAudio, NegotiatedCodec, NegotiatedTelephoneEvent } from './negotiated-audio';
import { type NegotiatedRedundancy, redundancyKey, redundancyOf } from './redundant-audio';
import type { RemoteAudio } from './remote-media';
import { DTMF_EVENTS, eventKey, eventsFor } from './telephone-events';

/**
 * What two audio sections, one of them the answer to the other, decide.
 *
 * @param matches at least one
 */
export function agreement(
  local: LocalAudio,
  remote: RemoteAudio,
  matches: readonly CodecMatch[],
  direction: Direction,
  remoteHold: boolean,
  way: NegotiatedTransport & Pick<NegotiatedAudio, 'security' | 'dtls'>,
): NegotiatedAudio {
  const codecs = matches.map((match) => negotiatedCodec(match, local));
  const codec = codecs[0]!;
  const events = negotiatedEvents(remote, local, codecs);
  const telephoneEvent = events.find(({ clockRate }) => clockRate === codec.clockRate) ?? events[0];
  return {
    remote: remote.rtp,
    remoteRtcp: way.rtcpMux ? remote.rtp : remote.rtcp,
    direction,
    remoteHold,
    codec,
    codecs,
    ...(telephoneEvent && { telephoneEvent }),
    telephoneEvents: events,
    ...(remote.ptime !== undefined && { ptime: remote.ptime }),
    ...(remote.maxptime !== undefined && { maxptime: remote.maxptime }),
    ...shortestPacket(codec.remoteFmtp),
    ...(remote.bandwidth && { bandwidth: remote.bandwidth }),
    feedback: /F$/i.test(local.protocol),
    comfortNoise: negotiatedNoise(remote, local, codecs),
    redundancy: negotiatedRedundancy(remote, local, matches),
    ...way,
  };
}

/** `minptime` among format parameters: 3 to 120 ms (RFC 7587 §6.1). */
function shortestPacket(fmtp: string | undefined): Pick<NegotiatedAudio, 'minptime'> {
  const minptime = Number(/(?:^|;)\s*minptime\s*=\s*(\d{1,3})\s*(?:;|$)/i.exec(fmtp ?? '')?.[1] ?? 0);
  return minptime >= 3 && minptime <= 120 ? { minptime } : {};
}

function negotiatedCodec({ capability, remote, localFmtp }: CodecMatch, local: LocalAudio): NegotiatedCodec {
  return {
    name: capability.name,
    clockRate: capability.clockRate,
    channels: capability.channels ?? 1,
    sendPayloadType: remote.payloadType,
    receivePayloadType: localNumber(local, capabilityKey(capability)) ?? remote.payloadType,
    ...(remote.fmtp !== undefined && { remoteFmtp: remote.fmtp }),
    ...(localFmtp !== undefined && { localFmtp }),
  };
}

function negotiatedRedundancy(
  remote: RemoteAudio,
  local: LocalAudio,
  matches: readonly CodecMatch[],
): NegotiatedRedundancy[] {
  return matches.flatMap((match) => {
    const key = redundancyKey(capabilityKey(match.capability));
    const ours = local.formats.find((format) => format.key === key);
    const theirs = redundancyOf(remote.formats, match.remote);
    if (!ours || !theirs) return [];
    return [
      {
        codecPayloadType: match.remote.payloadType,
        clockRate: ours.clockRate,
        sendPayloadType: theirs.format.payloadType,
        receivePayloadType: ours.payloadType,
        generations: Math.min(theirs.generations, ours.fmtp!.split('/').length - 1),
      },
    ];
  });
}

function negotiatedEvents(
  remote: RemoteAudio,
  local: LocalAudio,
  codecs: readonly NegotiatedCodec[],
): NegotiatedTelephoneEvent[] {
  const rates = codecs.map(({ clockRate }) => clockRate);
  return eventsFor(remote.formats, rates).flatMap(({ payloadType, clockRate, fmtp }) => {
    const receivePayloadType = localNumber(local, eventKey(clockRate));
    if (receivePayloadType === undefined) return [];
    return [{ sendPayloadType: payloadType, receivePayloadType, clockRate, events: fmtp?.trim() || DTMF_EVENTS }];
  });
}

function localNumber({ formats }: LocalAudio, wanted: string): number | undefined {
  return formats.find(({ key }) => key === wanted)?.payloadType;
}

function negotiatedNoise(
  remote: RemoteAudio,
  local: LocalAudio,
  codecs: readonly NegotiatedCodec[],
): NegotiatedComfortNoise[] {
  const rates = codecs.map(({ clockRate }) => clockRate);
  return noiseFor(remote.formats, rates).flatMap(({ payloadType: sendPayloadType, clockRate }) => {
    const receivePayloadType = localNumber(local, noiseKey(clockRate));
    return receivePayloadType === undefined ? [] : [{ clockRate, sendPayloadType, receivePayloadType }];
  });
}
