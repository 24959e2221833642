/** All header codecs by the name of their header field; public as the namespace `Header`. */
export { InReplyTo, Organization, Priority, type Product, Server, Subject, UserAgent } from './about';
export { AlertInfo, AnswerMode, CallInfo, ErrorInfo, PrivAnswerMode } from './alerting';
export {
  AcceptResourcePriority,
  FeatureCaps,
  ResourcePriority,
  SecurityClient,
  type SecurityMechanism,
  SecurityServer,
  SecurityVerify,
} from './capabilities';
export {
  Accept,
  AcceptEncoding,
  type Accepted,
  AcceptLanguage,
  ContentDisposition,
  ContentEncoding,
  ContentLanguage,
  ContentType,
  MIMEVersion,
} from './content';
export { Join, Replaces, TargetDialog } from './dialog-references';
export { Diversion } from './diversion';
export { AllowEvents, Event, SubscriptionState } from './events';
export type { Reference } from './grammar';
export { HistoryInfo, type HistoryMapping } from './history-info';
export { Identity, PAssertedIdentity, PAssociatedURI, PPreferredIdentity, Privacy } from './identity';
export { InfoPackage, type InfoPackageValue, RecvInfo } from './info';
export { type AccessNetworkInfo, Geolocation, GeolocationRouting, PAccessNetworkInfo } from './location';
export { Reason } from './reason';
export { RAck, RSeq } from './reliability';
export { MaxBreadth, Path, ServiceRoute } from './routing';
export { MinSE, SessionExpires } from './session-timer';
export { DateHeader as Date, RetryAfter, Timestamp } from './time';
export { ReferredBy, ReferSub, ReferTo } from './transfer';
export { UserToUser } from './user-to-user';
export { Warning } from './warning';
