import type { AgreedCodec, AudioSessionParameters } from '@offhook/rtp-media';
import type { NegotiatedAudio, NegotiatedCodec } from '@offhook/sdp';
import { transportAgreement } from './transport-agreement';

/** Says what was agreed in the words of the media session. */
export function audioParameters(agreed: NegotiatedAudio): AudioSessionParameters {
  const { remote, remoteRtcp, telephoneEvent, ptime, maxptime, comfortNoise, rtcpXr } = agreed;
  const noise = comfortNoise.find(({ clockRate }) => clockRate === agreed.codec.clockRate);
  const packetTime = ptime !== undefined && maxptime !== undefined ? Math.min(ptime, maxptime) : (ptime ?? maxptime);
  return {
    remoteRtp: { host: remote.address, port: remote.port },
    remoteRtcp: { host: remoteRtcp.address, port: remoteRtcp.port },
    sendCodec: agreedCodec(agreed.codec, agreed.codec.sendPayloadType),
    receiveCodecs: agreed.codecs.map((codec) => agreedCodec(codec, codec.receivePayloadType)),
    ...(telephoneEvent && { telephoneEvent }),
    receiveTelephoneEvents: agreed.telephoneEvents.map(({ receivePayloadType, clockRate }) => ({
      payloadType: receivePayloadType,
      clockRate,
    })),
    // A longest packet alone is no wish for long ones.
    ...(packetTime !== undefined && { ptime: ptime === undefined ? Math.min(packetTime, 20) : packetTime }),
    direction: agreed.direction,
    rtcpMux: agreed.rtcpMux,
    reducedSize: agreed.reducedSize,
    ...(rtcpXr && { rtcpXr }),
    ...(comfortNoise.length > 0 && { comfortNoise: comfortNoise.map((each) => each.receivePayloadType) }),
    ...(noise && { sendComfortNoise: noise.sendPayloadType }),
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
