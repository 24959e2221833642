import type { AgreedCodec, AudioSessionParameters } from '@offhook/rtp-media';
import type { NegotiatedAudio, NegotiatedCodec } from '@offhook/sdp';

/** Turns what an offer and its answer decided into what an audio session is set up with. */
export function audioParameters(agreed: NegotiatedAudio): AudioSessionParameters {
  return {
    remoteRtp: { host: agreed.remote.address, port: agreed.remote.port },
    remoteRtcp: { host: agreed.remoteRtcp.address, port: agreed.remoteRtcp.port },
    sendCodec: agreedCodec(agreed.codec, agreed.codec.sendPayloadType),
    receiveCodecs: agreed.codecs.map((codec) => agreedCodec(codec, codec.receivePayloadType)),
    direction: agreed.direction,
    ...(agreed.telephoneEvent && { telephoneEvent: agreed.telephoneEvent }),
    ...(agreed.ptime !== undefined && { ptime: agreed.ptime }),
    ...(agreed.maxptime !== undefined && { maxptime: agreed.maxptime }),
    ...(agreed.minptime !== undefined && { minptime: agreed.minptime }),
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
