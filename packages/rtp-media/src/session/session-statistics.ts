import type { Codec } from '@offhook/codecs';
import { readVoipMetrics } from '../quality/voip-metrics';
import type { RtcpSession } from '../rtcp/rtcp-session';
import type { RtpTransport } from '../transport/rtp-transport';
import type { AudioReceiver } from './audio-receiver';
import type { AudioSender } from './audio-sender';
import type { AgreedCodec } from './audio-session-parameters';
import type { AudioStatistics, CodecFormat } from './audio-statistics';

/** What the statistics of a session are read from. */
export interface SessionParts {
  sender: AudioSender;
  receiver: AudioReceiver;
  rtcp: RtcpSession;
  transport: RtpTransport;
  /** What was agreed to be received. */
  receiveCodecs: readonly AgreedCodec[];
  digitsSent: number;
  digitsReceived: number;
}

/** Reads the statistics of a session. */
export function sessionStatistics(parts: SessionParts): AudioStatistics {
  const { sender, receiver, rtcp, transport } = parts;
  const { reception, playout, ignored, ssrc: remoteSsrc } = receiver;
  const lost = reception.totalExpected - reception.totalReceived;
  const { remote, roundTripMs, remoteVoipMetrics, remotePacketCount, remoteOctetCount } = rtcp;
  const sendFormat = formatSent(sender);
  const receiveFormat = formatReceived(receiver, parts.receiveCodecs);
  const sent = sender.meter?.statistics();
  const received = receiver.meter?.statistics();
  return {
    packetsSent: sender.packetsSent,
    octetsSent: sender.octetsSent,
    packetsReceived: reception.totalReceived,
    octetsReceived: receiver.octetsReceived,
    packetsLost: lost,
    fractionLost: reception.totalExpected > 0 ? Math.max(0, lost / reception.totalExpected) : 0,
    packetsDiscarded: playout.discarded,
    packetsLate: playout.late,
    loss: receiver.losses.counts(),
    packetsRecovered: receiver.recovered,
    duplicates: receiver.duplicates,
    reordered: reception.reordered,
    ignored: { ...ignored, malformed: ignored.malformed + rtcp.malformed },
    jitterMs: reception.jitterMs,
    ...(roundTripMs !== undefined && { roundTripMs }),
    roundTrips: rtcp.roundTrips,
    roundTripTotalMs: rtcp.roundTripTotalMs,
    ...(remoteVoipMetrics && { remoteVoipMetrics: readVoipMetrics(remoteVoipMetrics) }),
    ...(remotePacketCount !== undefined && {
      remoteSent: { packets: remotePacketCount, octets: remoteOctetCount ?? 0 },
    }),
    ...(remote && {
      remote: {
        fractionLost: remote.fractionLost,
        packetsLost: remote.packetsLost,
        jitterMs: (remote.jitter * 1000) / sender.clockRate,
      },
    }),
    concealedMs: playout.concealedMs,
    concealmentEvents: playout.concealmentEvents,
    comfortNoiseMs: playout.comfortNoiseMs,
    decodedMs: playout.decodedMs,
    playedMs: playout.playedMs,
    droppedMs: playout.droppedMs,
    insertedMs: playout.insertedMs,
    bufferMs: playout.delayMs,
    targetBufferMs: playout.targetMs,
    meanBufferMs: playout.meanDelayMs,
    queuedMs: playout.queuedMs,
    packetMs: playout.packetMs,
    sendPacketMs: sender.frameMs,
    ...(sendFormat && { sendCodec: sendFormat.name, sendFormat }),
    ...(receiveFormat && { receiveCodec: receiveFormat.name, receiveFormat }),
    ...(sent && received && { signal: { sent, received } }),
    muted: sender.muted,
    ssrc: sender.ssrc,
    ...(remoteSsrc !== undefined && { remoteSsrc }),
    digitsSent: parts.digitsSent,
    digitsReceived: parts.digitsReceived,
    rtcpSent: rtcp.sent,
    rtcpReceived: rtcp.received,
    ...(transport.statistics && { transport: transport.statistics() }),
  };
}

function formatSent({ codec, agreed }: AudioSender): CodecFormat | undefined {
  return codec && agreed ? formatOf(codec, agreed.payloadType, agreed.remoteFmtp) : undefined;
}

function formatReceived({ playout }: AudioReceiver, agreed: readonly AgreedCodec[]): CodecFormat | undefined {
  const { codec } = playout;
  const one = agreed.find(({ payloadType }) => playout.codecOf(payloadType) === codec);
  return codec && formatOf(codec, one?.payloadType, one?.localFmtp);
}

function formatOf(codec: Codec, payloadType: number | undefined, fmtp: string | undefined): CodecFormat {
  const { name, clockRate, sampleRate, channels } = codec;
  return {
    name,
    clockRate,
    sampleRate,
    channels,
    ...(payloadType !== undefined && { payloadType }),
    ...(fmtp !== undefined && { fmtp }),
  };
}
