import type { AgreedCodec, AudioSessionParameters } from '@offhook/rtp-media';
import type { NegotiatedAudio, NegotiatedCodec } from '@offhook/sdp';
import { transportAgreement } from './transport-agreement';

/** Says what was agreed in the words of the media session. */
export function audioParameters(agreed: NegotiatedAudio): AudioSessionParameters {
  const { remote, remoteRtcp, telephoneEvent, ptime, maxptime, minptime, comfortNoise, redundancy, rtcpXr } = agreed;
  const { codec } = agreed;
  // Opus has noise of its own (RFC 7874 §3): the format beside it is for other codecs of its clock rate.
  const noise = comfortNoise.find(
    ({ clockRate }) => clockRate === codec.clockRate && codec.name.toLowerCase() !== 'opus',
  );
  const redundant = redundancy.find(({ codecPayloadType }) => codecPayloadType === codec.sendPayloadType);
  return {
    remoteRtp: { host: remote.address, port: remote.port },
    remoteRtcp: { host: remoteRtcp.address, port: remoteRtcp.port },
    sendCodec: agreedCodec(codec, codec.sendPayloadType),
    receiveCodecs: agreed.codecs.map((each) => agreedCodec(each, each.receivePayloadType)),
    ...(telephoneEvent && { telephoneEvent }),
    receiveTelephoneEvents: agreed.telephoneEvents.map(({ receivePayloadType, clockRate }) => ({
      payloadType: receivePayloadType,
      clockRate,
    })),
    ...(ptime !== undefined && { ptime }),
    ...(maxptime !== undefined && { maxptime }),
    ...(minptime !== undefined && { minptime }),
    direction: agreed.direction,
    rtcpMux: agreed.rtcpMux,
    reducedSize: agreed.reducedSize,
    ...(rtcpXr && { rtcpXr }),
    ...(comfortNoise.length > 0 && { comfortNoise: comfortNoise.map((each) => each.receivePayloadType) }),
    ...(noise && { sendComfortNoise: noise.sendPayloadType }),
    ...(redundancy.length > 0 && {
      redundancy: {
        receivePayloadTypes: redundancy.map((each) => each.receivePayloadType),
        ...(redundant && { send: { payloadType: redundant.sendPayloadType, generations: redundant.generations } }),
      },
    }),
    transport: transportAgreement(agreed),
  };
}

function agreedCodec(codec: NegotiatedCodec, payloadType: number): AgreedCodec {
  const { name, clockRate, channels, remoteFmtp, localFmtp } = codec;
  return {
    name,
    clockRate,
    channels,
    payloadType,
    ...(remoteFmtp !== undefined && { remoteFmtp }),
    ...(localFmtp !== undefined && { localFmtp }),
  };
}
