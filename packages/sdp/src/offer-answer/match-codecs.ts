import type { CodecCapability, OfferAnswerOptions } from './capabilities';
import type { RemoteFormat } from './remote-media';

/** What two formats must have in common to be the same codec (RFC 4566 §6, `a=rtpmap`). */
export const formatKey = (format: { name: string; clockRate: number; channels?: number }): string =>
  `${format.name.toLowerCase()}/${format.clockRate}/${format.channels ?? 1}`;

/** The text that stands for a capability in {@link PayloadTypes}: one codec may be offered with several parameters. */
export const capabilityKey = (capability: CodecCapability): string =>
  `${formatKey(capability)} ${capability.fmtp ?? ''}`;

/** A capability and the remote format it fits. */
export interface CodecMatch {
  capability: CodecCapability;
  remote: RemoteFormat;
  localFmtp: string | undefined;
}

/**
 * The codecs both sides have, ordered by our preference (`config`) or by the order of the remote line (`offer`).
 *
 * @param offeredAs the payload type we offered a capability under: an answer that repeats it means that capability
 */
export function matchCodecs(
  capabilities: readonly CodecCapability[],
  formats: readonly RemoteFormat[],
  priority: OfferAnswerOptions['priority'],
  offeredAs: (capability: CodecCapability) => number | undefined = () => undefined,
): CodecMatch[] {
  const matches: CodecMatch[] = [];
  for (const remote of formats) {
    const fitting = capabilities.filter(
      (capability) =>
        formatKey(capability) === formatKey(remote) && !matches.some((match) => match.capability === capability),
    );
    const named = fitting.findIndex((capability) => offeredAs(capability) === remote.payloadType);
    if (named > 0) fitting.unshift(...fitting.splice(named, 1));
    for (const capability of fitting) {
      const agreed = agree(capability, remote.fmtp);
      if (!agreed) continue;
      matches.push({ capability, remote, localFmtp: agreed.local });
      break;
    }
  }
  if (priority !== 'offer') {
    matches.sort((a, b) => capabilities.indexOf(a.capability) - capabilities.indexOf(b.capability));
  }
  return matches;
}

function agree(capability: CodecCapability, remote: string | undefined): { local?: string } | false {
  if (capability.negotiateFmtp) return capability.negotiateFmtp(remote);
  return capability.fmtp === undefined ? {} : { local: capability.fmtp };
}
