// What calls play, and where they are heard: the sources and sinks of @offhook/rtp-media most applications need.
export {
  type AudioDeviceInfo,
  type AudioDevices,
  type AudioSink,
  type AudioSource,
  type AudioStatistics,
  type DeviceWish,
  type DtmfDigit,
  type DtmfMethod,
  type DtmfOptions,
  type DtmfPress,
  echo,
  MediaError,
  type MediaErrorCode,
  nullSink,
  PcmStreamSink,
  PcmStreamSource,
  pcmStreamSink,
  pcmStreamSource,
  RecordingSource,
  silenceSource,
  soundCards,
  toneSource,
  WavRecorder,
  wavFileSource,
  wavRecorder,
} from '@offhook/rtp-media';

// audio/
export { CallRecording, type CallRecordingEvents, type RecordingSettings } from './audio/call-recording';
export type { FramesOptions } from './audio/frames';
export { SpeechDetector, type SpeechDetectorEvents, type SpeechDetectorOptions } from './audio/speech-detector';
export { type MarkEnd, SpeechPlayer, type SpeechPlayerEvents, type SpeechPlayerOptions } from './audio/speech-player';
// browser/
export { BrowserAudio, type BrowserAudioEvents, type BrowserAudioOptions } from './browser/browser-audio';
export type { BrowserMessage } from './browser/browser-message';
// call/
export { Call } from './call/call';
export type { CallEnd } from './call/call-end';
export type { CallEvents } from './call/call-events';
export type { CallFacts, ReceivedUserToUser } from './call/call-facts';
export type {
  AnswerOptions,
  CallOptions,
  DialogIdentifier,
  HeadersOption,
  RingOptions,
  SendDigitsOptions,
  UserToUserData,
} from './call/call-options';
export type { CallSnapshot } from './call/call-snapshot';
export type { CallState } from './call/call-state';
export type { CallVolumes } from './call/call-volumes';
export type { CollectedDigits, CollectOptions } from './call/collect-digits';
export type { HeldBy, HoldOptions } from './call/hold-control';
export type { RemoteParty } from './call/remote-party';
// conference/
export { type ConferenceEvents, type ConferenceOptions, LocalConference } from './conference/local-conference';
// connection/
export { Connection, type ConnectionEvents, type ConnectionSnapshot } from './connection/connection';
export type { ConnectionOptions } from './connection/connection-options';
export type { ConnectionReason, ConnectionState } from './connection/connection-state';
// devices/
export {
  type DevicePolicy,
  type DevicePreferences,
  type DeviceSelection,
  devicesByPreference,
} from './devices/device-policy';
export {
  VoiceDevices,
  type VoiceDevicesEvents,
  type VoiceDevicesOptions,
  type VoiceDevicesSnapshot,
  type VolumeLevel,
  type VolumeName,
} from './devices/voice-devices';
export type { Volume } from './devices/volume';
export type { ChangeableOptions } from './endpoint/change-options';
export {
  Endpoint,
  type EndpointEvents,
  type EndpointSnapshot,
  type OptionsRequest,
  type StopOptions,
} from './endpoint/endpoint';
export type { EndpointOptions } from './endpoint/endpoint-options';
export type { EndpointState } from './endpoint/endpoint-state';
export type { TransportOptions, TransportProtocolName } from './endpoint/transport-options';
// errors/
export { CallError, type CallErrorCode, type CallErrorOptions } from './errors/call-error';
export { ConnectionError, type ConnectionErrorCode, type ConnectionErrorOptions } from './errors/connection-error';
export { EndpointError, type EndpointErrorOptions } from './errors/endpoint-error';
export { EventBodyError } from './errors/event-body-error';
// events/
export type { ConferenceEndpoint, ConferenceInfo, ConferenceUser } from './events/conference-info';
export type { DialogInfo, DialogParty, WatchedDialog } from './events/dialog-info';
export { type EventOptions, LineEvents, type MailboxOptions } from './events/line-events';
export type { MessageCounts, MessageSummary } from './events/message-summary';
export type { Presence, PresenceState, PresenceTuple } from './events/presence';
export { PublishedPresence } from './events/published-presence';
export { ReceivedMessage } from './events/received-message';
export { Watch, type WatchEvents, type WatchSnapshot, type WatchState } from './events/watch';
// focus/
export type { VoiceDevice } from './focus/audio-focus';
// media/
export { CallAudio, type CallAudioEvents } from './media/call-audio';
export { loadCodecPlugins } from './media/codec-plugins';
export type { IceOptions } from './media/ice-options';
export type {
  CallTransport,
  MediaProvider,
  MediaProviderContext,
  MediaProviderFactory,
  MediaSession,
} from './media/media-provider';
export type { MediaSecurityOptions } from './media/media-security';
export { type RtpMediaProviderOptions, rtpMediaProvider } from './media/rtp-media-provider';
export type { WorkersOption } from './media/worker-sessions';
export { Observable, type ObservableEvents } from './observable/observable';
// policies/
export {
  type Admission,
  admitIfAll,
  type IncomingInvite,
  rejectUnlessAvailable,
  rejectWhenBusy,
} from './policies/admission';
export { type AutoAnswer, answerAlways, answerIfAvailable, answerWhenAsked } from './policies/auto-answer';
// quality/
export type { QualityOptions } from './quality/quality-options';
// ringing/
export type { RingingOptions } from './ringing/ringing-options';
// sip/
export { type SipCoreProviderOptions, sipCoreProvider } from './sip/sip-core-provider';
export type {
  SipAddressing,
  SipIncomingMessage,
  SipNotification,
  SipPublication,
  SipPublicationEvents,
  SipPublish,
  SipStateDetail,
  SipSubscribe,
  SipSubscription,
  SipSubscriptionEvents,
} from './sip/sip-events';
export type {
  SipAddress,
  SipCredentials,
  SipInvite,
  SipProvider,
  SipProviderContext,
  SipProviderFactory,
  SipProviderHandlers,
  SipReach,
  SipRegister,
  SipRegistration,
  SipRegistrationDetail,
  SipTrace,
  SipTransport,
} from './sip/sip-provider';
export type {
  IncomingSipSession,
  SipIncomingReferral,
  SipInfo,
  SipReferOptions,
  SipReferral,
  SipReferralEnd,
  SipServerTransaction,
  SipSession,
  SipSessionEnd,
  SipSessionEvents,
} from './sip/sip-session';
export type { CallRecord } from './tracing/call-record';
// tracing/
export { consoleLogger } from './tracing/console-logger';
export {
  type LogExpiry,
  LogFiles,
  type LogFilesEvents,
  type LogFilesOptions,
  type LogSegment,
} from './tracing/log-files';
export type { LogLevel } from './tracing/log-line';
export { withoutSecrets } from './tracing/without-secrets';
// transfer/
export { type FollowOptions, Referral } from './transfer/referral';
export type { TransferEnd, TransferOptions } from './transfer/transfer';
