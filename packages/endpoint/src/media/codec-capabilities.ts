import type { Codec, CodecRegistry } from '@offhook/codecs';
import type { CodecCapability } from '@offhook/sdp';
import { EndpointError } from '../errors/endpoint-error';

/**
 * What may be offered and accepted, in this order.
 *
 * @param names encoding names, the preferred first, each with a clock rate and channels behind slashes where several exist
 *   (`PCMU`, `L16/16000`, `L16/44100/2`); what the registry lists when absent
 * @throws EndpointError `ERR_CODEC_UNKNOWN`, `ERR_OPTION` when the list is empty
 */
export function codecCapabilities(registry: CodecRegistry, names?: readonly string[]): CodecCapability[] {
  if (names === undefined) return registry.list().map(capabilityOf);
  if (names.length === 0) throw new EndpointError('ERR_OPTION', 'Name at least one codec, or leave `codecs` out.');
  return names.map((text) => {
    const codec = registry.find(text);
    if (codec) return capabilityOf(codec);
    const known = registry
      .all()
      .map((each) => each.name)
      .join(', ');
    throw new EndpointError('ERR_CODEC_UNKNOWN', `No codec ${text} is registered; name one of ${known}.`);
  });
}

function capabilityOf(codec: Codec): CodecCapability {
  const offered = codec.fmtp?.offer();
  const { fmtp } = codec;
  return {
    name: codec.name,
    clockRate: codec.clockRate,
    channels: codec.rtpmapChannels ?? codec.channels,
    ...(codec.payloadType !== undefined && { payloadType: codec.payloadType }),
    ...(offered !== undefined && { fmtp: offered }),
    ...(fmtp && { negotiateFmtp: (remote: string | undefined) => fmtp.negotiate(remote) }),
  };
}
