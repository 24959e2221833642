export type { CorrelateOptions, CorrelateSegmentsOptions, Correlation, SegmentCorrelation } from './analysis/correlate';
export { correlate, correlateSegments } from './analysis/correlate';
export { levelDbfs, signalToNoise, toneLevelDbfs } from './analysis/level';
export type { AudioSink } from './audio/audio-sink';
export type { AudioSource } from './audio/audio-source';
export type { EchoSession } from './audio/echo';
export { echo } from './audio/echo';
export { type Playing, play } from './audio/play';
export { isResamplerLoaded, loadResampler, Resampler, resample } from './audio/resampler';
export { ResamplingSink } from './audio/resampling-sink';
export type { AudioDeviceInfo, AudioDevices, OpenInput, OpenOutput } from './devices/audio-devices';
export type { DeviceWish } from './devices/choose-device';
export { chooseDevice } from './devices/choose-device';
export type { ClockBridgeOptions } from './devices/clock-bridge';
export { ClockBridge } from './devices/clock-bridge';
export type { DeviceEvents } from './devices/device-line';
export { Loudspeaker } from './devices/loudspeaker';
export type { DeviceOptions } from './devices/microphone';
export { Microphone } from './devices/microphone';
export type {
  SoundCardsOptions,
  SoundDevice,
  SoundInput,
  SoundLibrary,
  SoundOptions,
  SoundOutput,
} from './devices/sound-cards';
export { soundCards } from './devices/sound-cards';
export type { DtlsRole } from './dtls/dtls-association';
export { DtlsCertificate } from './dtls/dtls-certificate';
export type { DtlsAgreement, DtlsTransportEvents } from './dtls/dtls-transport';
export { DtlsTransport } from './dtls/dtls-transport';
export type { Fingerprint } from './dtls/fingerprint';
export { fingerprintOf, matchesFingerprint } from './dtls/fingerprint';
export type { DtmfDigit, DtmfMethod, DtmfPress } from './dtmf/dtmf-digit';
export type { DtmfSignal } from './dtmf/dtmf-info';
export { DTMF_BODY, DTMF_RELAY, readDtmfInfo, writeDtmfRelay } from './dtmf/dtmf-info';
export type { DtmfOptions, DtmfPlan } from './dtmf/dtmf-queue';
export { dtmfPlan } from './dtmf/dtmf-queue';
export { DtmfReceiver } from './dtmf/dtmf-receiver';
export { DtmfReports } from './dtmf/dtmf-reports';
export type { EventPacket } from './dtmf/dtmf-sender';
export { DtmfSender } from './dtmf/dtmf-sender';
export { DtmfToneSender } from './dtmf/dtmf-tone-sender';
export type { TelephoneEvent } from './dtmf/telephone-event';
export {
  digitOfEvent,
  eventOfDigit,
  listsEvent,
  readTelephoneEvent,
  writeTelephoneEvent,
} from './dtmf/telephone-event';
export { ComfortNoiseEncoder } from './dtx/comfort-noise-encoder';
export type { DtxDecision, DtxOptions } from './dtx/discontinuous-transmission';
export { DiscontinuousTransmission } from './dtx/discontinuous-transmission';
export type { CandidatePair, IceBase, LocalCandidate, PairState } from './ice/candidate-pair';
export type { IceAgentEvents, IceAgentOptions, IceRole, IceState, RemoteIce } from './ice/ice-agent';
export { IceAgent } from './ice/ice-agent';
export type { IceCandidate, IceCandidateType } from './ice/ice-candidate';
export { candidatePriority, formatCandidate, parseCandidate } from './ice/ice-candidate';
export type { IceCredentials } from './ice/ice-credentials';
export type { IceServer, StunServer, TurnServer } from './ice/ice-servers';
export type {
  IceTransportEvents,
  IceTransportOptions,
  LocalIceDescription,
  RemoteIceDescription,
} from './ice/ice-transport';
export { IceTransport } from './ice/ice-transport';
export type { TurnAllocation, TurnClientOptions, TurnPipe } from './ice/turn-client';
export { TurnClient } from './ice/turn-client';
export type { ActiveSpeakersOptions } from './mix/active-speakers';
export { ActiveSpeakers } from './mix/active-speakers';
export type { MixerOptions } from './mix/mixer';
export { Mixer } from './mix/mixer';
export type { MixerLegOptions } from './mix/mixer-leg';
export { MixerLeg } from './mix/mixer-leg';
export { softLimit } from './mix/soft-limit';
export { markDscp } from './node/dscp';
export type { NodePcmInput, NodePcmOutput } from './node/node-streams';
export { nodePcmInput, nodePcmOutput } from './node/node-streams';
export type { IceServerOptions, OpenIceTransportOptions } from './node/open-ice-transport';
export { hostAddresses, openIceTransport } from './node/open-ice-transport';
export { preciseClock, sharedPacer } from './node/precise-clock';
export type { WavRepair } from './node/repair-wav';
export { repairWav } from './node/repair-wav';
export type { TwoPartyRecorderEvents, TwoPartyRecorderOptions } from './node/two-party-recorder';
export { TwoPartyRecorder, twoPartyRecorder } from './node/two-party-recorder';
export type { UdpRtpTransportOptions } from './node/udp-rtp-transport';
export { openUdpRtpTransport } from './node/udp-rtp-transport';
export { wavFileSource } from './node/wav-file-source';
export type { RecordingFile, WavRecorderOptions } from './node/wav-recorder';
export { WavRecorder, wavRecorder } from './node/wav-recorder';
export type { PacedHandle, PacedStream } from './pacing/pacer';
export { Pacer } from './pacing/pacer';
export type { Clock, Timer } from './platform/clock';
export { systemClock } from './platform/clock';
export type { MediaErrorCode } from './platform/errors';
export { MediaError } from './platform/errors';
export type { Logger } from './platform/logger';
export type { RandomBytes } from './platform/random';
export { systemRandom } from './platform/random';
export { TypedEmitter } from './platform/typed-emitter';
export type { DelayEstimatorOptions } from './playout/delay-estimator';
export { DelayEstimator } from './playout/delay-estimator';
export type { InsertVerdict, JitterBufferOptions, PlayoutDecision } from './playout/jitter-buffer';
export { JitterBuffer } from './playout/jitter-buffer';
export { Noise } from './playout/noise';
export type { PlayoutCodec } from './playout/playout';
export { Playout } from './playout/playout';
export { StretchQueue } from './playout/stretch-queue';
export type { QualityEstimate, QualityInputs } from './quality/call-quality';
export { burstRatioOf, estimateQuality } from './quality/call-quality';
export type { CodecImpairment } from './quality/codec-impairments';
export { codecImpairment, G711_WITHOUT_CONCEALMENT } from './quality/codec-impairments';
export type { EModelInputs, EquipmentImpairment, PlanningParameters } from './quality/e-model';
export { DEFAULT_PLANNING, mosOfR, mosOfWideR, rFactor, wideRFactor } from './quality/e-model';
export type { IntervalStatistics, RemoteInterval, SignalInterval } from './quality/interval-statistics';
export { intervalBetween } from './quality/interval-statistics';
export { parseVqReport } from './quality/parse-vq-report';
export type { AlarmMeasure, AlarmThreshold, AlarmThresholds, QualityAlarm } from './quality/quality-alarms';
export { DEFAULT_THRESHOLDS } from './quality/quality-alarms';
export type {
  CallQuality,
  MeasuredSession,
  MeasureSpread,
  QualityMonitorEvents,
  QualityMonitorOptions,
} from './quality/quality-monitor';
export { QualityMonitor } from './quality/quality-monitor';
export type { RtcStats, RtcStatsContext } from './quality/rtc-stats';
export { rtcStats } from './quality/rtc-stats';
export type { SignalStatistics } from './quality/signal-meter';
export { dbm0, SignalMeter } from './quality/signal-meter';
export type { VoipMetrics } from './quality/voip-metrics';
export type { VqMetricsContext } from './quality/vq-metrics';
export { localVqMetrics, remoteVqMetrics, vqAlert } from './quality/vq-metrics';
export type { VqAddress, VqAlert, VqMetrics, VqReport, VqReportKind, VqSessionDescription } from './quality/vq-report';
export { VQ_REPORT_TYPE } from './quality/vq-report';
export { writeVqReport } from './quality/write-vq-report';
export { RedundantPayload } from './redundancy/redundant-payload';
export type {
  DlrrBlock,
  ExtendedReport,
  OtherXrBlock,
  ReferenceTimeBlock,
  StatisticsSummaryBlock,
  VoipMetricsBlock,
  XrBlock,
} from './rtcp/extended-report';
export { XR_UNAVAILABLE } from './rtcp/extended-report';
export type { RtcpIntervalInputs } from './rtcp/rtcp-interval';
export { rtcpInterval } from './rtcp/rtcp-interval';
export type {
  Goodbye,
  OtherRtcp,
  ReceiverReport,
  ReportBlock,
  RtcpPacket,
  SenderReport,
  SourceDescription,
} from './rtcp/rtcp-packets';
export { parseRtcp } from './rtcp/rtcp-packets';
export type { WritableRtcp } from './rtcp/serialize-rtcp';
export { serializeRtcp } from './rtcp/serialize-rtcp';
export type { LossCounts } from './rtp/loss-pattern';
export { LossPattern } from './rtp/loss-pattern';
export type { SequenceVerdict } from './rtp/reception-statistics';
export { ReceptionStatistics } from './rtp/reception-statistics';
export type { DatagramKind, RtpHeader } from './rtp/rtp-header';
export {
  createRtpHeader,
  datagramKind,
  RTP_HEADER_BYTES,
  readRtpHeader,
  sequenceDistance,
  timestampDistance,
  writeRtpHeader,
} from './rtp/rtp-header';
export type { AudioSessionEvents, AudioSessionOptions } from './session/audio-session';
export { AudioSession } from './session/audio-session';
export type {
  AgreedCodec,
  AgreedRedundancy,
  AgreedTelephoneEvent,
  AudioSessionParameters,
  MediaDirection,
} from './session/audio-session-parameters';
export type { AudioStatistics, CodecFormat, IgnoredPackets, RemoteReception } from './session/audio-statistics';
export { emptyStatistics } from './session/audio-statistics';
export type { SendDtmfOptions } from './session/session-digits';
export type { LockVerdict } from './session/source-lock';
export { SourceLock } from './session/source-lock';
export { nullSink } from './sinks/null-sink';
export type { PcmStreamSinkOptions } from './sinks/pcm-stream-sink';
export { PcmStreamSink, pcmStreamSink } from './sinks/pcm-stream-sink';
export type { PcmStreamSourceOptions } from './sources/pcm-stream-source';
export { PcmStreamSource, pcmStreamSource } from './sources/pcm-stream-source';
export type { RecordingOptions } from './sources/recording-source';
export { RecordingSource } from './sources/recording-source';
export { silenceSource } from './sources/silence-source';
export type { ToneOptions } from './sources/tone-source';
export { toneSource } from './sources/tone-source';
export type { SecureRtpTransport, SecureTransportOptions, SrtpCounters, SrtpProtection } from './srtp/secure-transport';
export { secureTransport } from './srtp/secure-transport';
export type { SrtpFailure } from './srtp/srtp-failure';
export type { SrtpKeyParameters } from './srtp/srtp-key';
export { SrtpKey } from './srtp/srtp-key';
export { SrtpProtector } from './srtp/srtp-protector';
export type { SrtpSuite, SuiteShape } from './srtp/srtp-suites';
export { isSrtpSuite, SRTP_SUITES } from './srtp/srtp-suites';
export type { SrtpUnprotectorOptions } from './srtp/srtp-unprotector';
export { SrtpUnprotector } from './srtp/srtp-unprotector';
export { bytesOfPcm, PcmAssembler } from './streams/pcm-bytes';
export type { PcmInputOptions, WebPcmInput, WebPcmOutput } from './streams/web-streams';
export { webPcmInput, webPcmOutput } from './streams/web-streams';
export type { DtmfDetectorOptions } from './tones/dtmf-detector';
export { DtmfDetector } from './tones/dtmf-detector';
export type { DtmfToneOptions } from './tones/dtmf-tones';
export { dtmfTones } from './tones/dtmf-tones';
export type { NetworkToneOptions } from './tones/network-tone';
export { networkTone } from './tones/network-tone';
export type { NetworkTone, TonePattern, TonePlan } from './tones/tone-plans';
export { tonePlans } from './tones/tone-plans';
export type { MediaTransportOptions } from './transport/media-transport';
export { MediaTransport } from './transport/media-transport';
export type { Address, DatagramHandler, RtpTransport } from './transport/rtp-transport';
export { isReachable } from './transport/rtp-transport';
export type { TransportAgreement, TransportStatistics } from './transport/transport-agreement';
export type { GainControlOptions } from './voice/gain-control';
export { GainControl } from './voice/gain-control';
export type { LevelMeterOptions } from './voice/level-meter';
export { LevelMeter } from './voice/level-meter';
export type { LimiterOptions } from './voice/limiter';
export { Limiter } from './voice/limiter';
export { loadNoiseSuppression, NoiseSuppressor } from './voice/noise-suppressor';
export type { AudioStage } from './voice/processed';
export { processedSink, processedSource } from './voice/processed';
export type { VoiceDetectorOptions } from './voice/voice-detector';
export { VoiceDetector } from './voice/voice-detector';
export type { WavAudio } from './wav/wav-format';
export { encodeWav, readWav, wavHeader } from './wav/wav-format';
export type { MediaThread, MediaWorkersOptions } from './worker/media-workers';
export { MediaWorkers } from './worker/media-workers';
export type { WorkerRecording, WorkerSessionOptions } from './worker/messages';
export type { PlacedSourceDescription } from './worker/placed-source';
export { createSource, PlacedSource } from './worker/placed-source';
export type { CrossingStatistics, PlacedRecording } from './worker/worker-session';
export { WorkerAudioSession } from './worker/worker-session';
