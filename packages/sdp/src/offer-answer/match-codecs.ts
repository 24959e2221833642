import type { CodecCapability, OfferAnswerOptions } from './capabilities';
import type { NegotiatedCodec, NegotiatedTelephoneEvent } from './negotiated-audio';
import type { RemoteFormat } from './remote-media';

/** The name of RFC 4733's format. */
export const TELEPHONE_EVENT = 'telephone-event';

/** The text that stands for a format in {@link PayloadTypes}. */
export const formatKey = (format: { name: string; clockRate: number; channels?: number }): string =>
  `${format.name.toLowerCase()}/${format.clockRate}/${format.channels ?? 1}`;

/** A capability and the remote format it fits. */
export interface CodecMatch {
  capability: CodecCapability;
  remote: RemoteFormat;
  localFmtp: string | undefined;
}

/** The codecs both sides have, ordered by our preference (`config`) or by the order of the remote line (`offer`). */
export function matchCodecs(
  capabilities: readonly CodecCapability[],
  formats: readonly RemoteFormat[],
  priority: OfferAnswerOptions['priority'],
): CodecMatch[] {
  const matches: CodecMatch[] = [];
  for (const remote of formats) {
    for (const capability of capabilities) {
      if (formatKey(capability) !== formatKey(remote)) continue;
      if (matches.some((match) => match.capability === capability)) continue;
      const agreed = capability.negotiateFmtp
        ? capability.negotiateFmtp(remote.fmtp)
        : capability.fmtp === undefined
          ? {}
          : { local: capability.fmtp };
      if (agreed === false) continue;
      matches.push({ capability, remote, localFmtp: agreed.local });
      break;
    }
  }
  if (priority !== 'offer') {
    matches.sort((a, b) => capabilities.indexOf(a.capability) - capabilities.indexOf(b.capability));
  }
  return matches;
}

/** The agreed codec of a match, under the payload type we expect it by. */
export function negotiated(match: CodecMatch, receivePayloadType: number): NegotiatedCodec {
  const { capability, remote, localFmtp } = match;
  return {
    name: capability.name,
    clockRate: capability.clockRate,
    channels: capability.channels ?? 1,
    sendPayloadType: remote.payloadType,
    receivePayloadType,
    ...(remote.fmtp === undefined ? {} : { remoteFmtp: remote.fmtp }),
    ...(localFmtp === undefined ? {} : { localFmtp }),
  };
}

/** The telephone-event formats of a remote line that go with these clock rates; 8,000 Hz goes with any (RFC 4733 §2.1). */
export function telephoneEvents(formats: readonly RemoteFormat[], clockRates: readonly number[]): RemoteFormat[] {
  return formats.filter(
    ({ name, clockRate }) =>
      name.toLowerCase() === TELEPHONE_EVENT && (clockRate === 8000 || clockRates.includes(clockRate)),
  );
}

/** Chooses the telephone-event format for a codec: the one of its own clock rate, else the first. */
export function telephoneEventFor(
  codec: NegotiatedCodec,
  formats: readonly RemoteFormat[],
  receivePayloadType: (format: RemoteFormat) => number | undefined,
): NegotiatedTelephoneEvent | undefined {
  const format = formats.find(({ clockRate }) => clockRate === codec.clockRate) ?? formats[0];
  if (!format) return undefined;
  const receive = receivePayloadType(format);
  if (receive === undefined) return undefined;
  return {
    sendPayloadType: format.payloadType,
    receivePayloadType: receive,
    clockRate: format.clockRate,
    events: format.fmtp?.trim() || '0-15',
  };
}
