// auth/
export { type ChallengeRefusal, SipAuthenticationError } from './auth/authentication-error';
export { type AuthParams, parseAuth, parseAuthInfo } from './auth/challenge';
export {
  type CredentialProvider,
  type CredentialQuery,
  type Credentials,
  type HashedCredentials,
  type PasswordCredentials,
  SealedCredentials,
} from './auth/credentials';
export {
  type DigestAlgorithm,
  type DigestAlgorithmName,
  type DigestInput,
  type DigestQop,
  digestResponse,
  ha1,
  userHash,
} from './auth/digest';
export { type CredentialSource, DigestClient, type DigestClientOptions, type ServerProof } from './auth/digest-client';
export {
  type DigestFailure,
  type DigestRefusal,
  DigestServer,
  type DigestServerOptions,
  type DigestVerdict,
} from './auth/digest-server';
export type { LockoutOptions } from './auth/failure-book';

// body/
export {
  type BodyPart,
  type BodyPartInit,
  bodyPart,
  bodyParts,
  formatMultipart,
  isOptional,
  type MultipartLimits,
  parseMultipart,
} from './body/multipart';
export type { SessionBody } from './body/session-body';
export { formatSipFragment, parseSipFragment, SIPFRAG, type SipFragment, statusFragment } from './body/sipfrag';
// dialog/
export { Dialog, type DialogState } from './dialog/dialog';
export { DialogRegistry, type DialogUsage } from './dialog/dialog-registry';
export { joinText, replacesText, targetDialogText } from './dialog/replaces';
// headers/
export { autoAnswerDelay, requiredAnswerMode } from './headers/auto-answer';
export {
  type AnyHeader,
  type HeaderGrammar,
  type HeaderHolder,
  type ListForm,
  ListHeader,
  SingleHeader,
} from './headers/codec';
export { copyHeaders, type HeaderPattern } from './headers/copy-headers';
export * as Header from './headers/header';
// limits/
export type { DropReason, RefusalReason, TransactionCounters } from './limits/counters';
export {
  allowNextHop,
  type HopAllowance,
  type HopRefusal,
  LoopDetector,
  type LoopDetectorOptions,
} from './limits/forwarding';
export { defaultLimits, type Limits } from './limits/limits';
// locate/
export {
  type AddressRecord,
  type Dns,
  DnsError,
  type DnsFailure,
  type DnsQueryOptions,
  type DnsRecord,
  type DnsRecordType,
  type NaptrRecord,
  type SrvRecord,
} from './locate/dns';
export { DnsCache, type DnsCacheOptions } from './locate/dns-cache';
export { createLocator, type LocatorOptions } from './locate/locator';
export { type IpFamily, numericResolver, protocolOf, type ResolveOptions, type Resolver } from './locate/resolver';
export { type TargetFailure, TargetHealth, type TargetHealthOptions } from './locate/target-health';
export type { HeaderList } from './message/header-list';
// message/
export type { HeadersInit, HeaderValue } from './message/headers';
export { Headers } from './message/headers';
export { isIPv4, isIPv6 } from './message/host';
export type { CSeq } from './message/message';
export { SipMessage } from './message/message';
export { NameAddr } from './message/name-addr';
export { Params, type ParamsStyle } from './message/params';
export { type ParseOptions, parseMessage } from './message/parse';
export { reasonPhrase } from './message/reason-phrases';
export { SipRequest, type SipRequestInit } from './message/request';
export { SipResponse, type SipResponseInit } from './message/response';
export { serializeMessage } from './message/serialize';
export { OtherUri, parseUri, SipUri, type SipUriParts, type Uri } from './message/uri';
export { errorResponse, validateRequest, validateResponse } from './message/validate';
export { Via, type ViaParts } from './message/via';
// messaging/
export {
  IncomingMessage,
  MessageServer,
  type MessageServerEvents,
  type MessageServerOptions,
} from './messaging/message-server';
export type { MessageOptions } from './messaging/send-message';
// metrics/
export { instrument } from './metrics/instrument';
export type {
  MetricAttributes,
  MetricCounter,
  MetricGauge,
  MetricHistogram,
  MetricMeter,
  MetricObservation,
  MetricOptions,
} from './metrics/meter';
// platform/
export { type Clock, systemClock, type Timer } from './platform/clock';
export {
  SipError,
  type SipErrorOptions,
  SipInjectionError,
  SipResponseError,
  SipStateError,
  SipSyntaxError,
  type SipSyntaxErrorOptions,
  SipTimeoutError,
  SipTransportError,
} from './platform/errors';
export { type Logger, silentLogger } from './platform/logger';
export { type RandomBytes, randomToken, systemRandom } from './platform/random';
export { redactingLogger, redactText, redactValue } from './platform/redact';
export { type ListenerErrorHandler, TypedEmitter } from './platform/typed-emitter';
// publication/
export {
  Publication,
  type PublicationDetail,
  type PublicationEvents,
  type PublicationState,
  type PublishOptions,
} from './publication/publication';
export {
  PublicationServer,
  type PublicationServerEvents,
  type PublicationServerOptions,
} from './publication/publication-server';
// refer/
export { CallJoin, CallReplacement } from './refer/call-replacement';
export { type FollowOptions, IncomingReferral, type IncomingReferralEvents } from './refer/incoming-referral';
export { ReferServer } from './refer/refer-server';
export {
  type ReferOptions,
  Referral,
  type ReferralEnd,
  type ReferralEvents,
  type ReferTarget,
  type StackReferOptions,
} from './refer/referral';
// registration/
export { newInstanceId } from './registration/instance-id';
export type { Line } from './registration/line';
export type { RegisteredContact } from './registration/registered-contact';
export { Registration } from './registration/registration';
export type { Arrival, RegisteringOptions } from './registration/registration-center';
export type {
  KeepAliveOption,
  RegistrationDetail,
  RegistrationEvents,
  RegistrationFlow,
  RegistrationOptions,
  RegistrationState,
} from './registration/registration-options';
export type { RetryOptions } from './registration/retry-policy';
export { type LargeRequestOptions, LargeRequests } from './sending/large-requests';
// stack/
export type { Addressing } from './sending/new-request';
// session/
export { sessionBody } from './session/description';
export { IncomingSession, type RingOptions } from './session/incoming-session';
export type { IncomingInfo, InfoOptions } from './session/info';
export { type InDialogRequestOptions, InviteSession } from './session/invite-session';
export type { OfferAnswerHandler } from './session/offer-answer-handler';
export { type InviteOptions, OutgoingSession } from './session/outgoing-session';
export type { ReinviteOptions, UpdateOptions } from './session/reoffer-client';
export type { InviteSessionEvents, InviteSessionState, SessionEnd } from './session/session-events';
export type { ReliableProvisional, SessionTimerOptions } from './session/session-settings';
export type { TimerAgreement } from './session/timer-agreement';
export type { Refusal } from './stack/request-checks';
export { SipStack } from './stack/sip-stack';
export type { StackFeature } from './stack/stack-feature';
export type { StackHost } from './stack/stack-host';
export type { RequestOptions, SipStackEvents, SipStackOptions, StackInviteOptions } from './stack/stack-options';
// subscription/
export type { EventName } from './subscription/event';
export { EventServer, type EventServerEvents, type EventServerOptions } from './subscription/event-server';
export {
  type AcceptSubscriptionOptions,
  IncomingSubscription,
  type IncomingSubscriptionEvents,
} from './subscription/incoming-subscription';
export type { SubscribeOptions } from './subscription/subscribe-options';
export { Subscriber } from './subscription/subscriber';
export { Subscription } from './subscription/subscription';
export type {
  Notification,
  SubscriptionDetail,
  SubscriptionEnd,
  SubscriptionEvents,
  SubscriptionState,
} from './subscription/subscription-events';
export type { SubscriptionStateValue, TerminationReason } from './subscription/subscription-state';
// trace/
export { encodeHep3, type Hep3Options } from './trace/hep3';
export { type PcapngSink, PcapngWriter, type PcapngWriterOptions } from './trace/pcapng-writer';
export { redactTrace } from './trace/redact-trace';
export type { TraceEvent } from './trace/trace-event';

// transaction/
export { ClientTransaction, type ClientTransactionHandlers } from './transaction/client-transaction';
export type { InviteClientState } from './transaction/invite-client-machine';
export type { InviteServerState } from './transaction/invite-server-machine';
export type { NonInviteClientState } from './transaction/non-invite-client-machine';
export type { NonInviteServerState } from './transaction/non-invite-server-machine';
export type { Direction, TransactionObserver } from './transaction/observer';
export { ServerTransaction, type ServerTransactionHandlers } from './transaction/server-transaction';
export { defaultTimers, type TimerValues } from './transaction/timer-values';
export {
  type FlowWatch,
  TransactionLayer,
  type TransactionLayerOptions,
  type TransactionUser,
} from './transaction/transaction-layer';

// transport/
export { type Frame, StreamFramer, type StreamFramerOptions } from './transport/stream-framer';
export {
  type Address,
  type Destination,
  defaultPort,
  type Flow,
  type PeerIdentity,
  type Target,
  type Transport,
  type TransportHandlers,
  type TransportProtocol,
} from './transport/transport';

// web/
export {
  type WebSocketLike,
  WebSocketTransport,
  type WebSocketTransportOptions,
} from './web/web-socket-transport';
