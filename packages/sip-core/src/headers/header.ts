/** All header codecs by the name of their header field; public as the namespace `Header`. */
export { Join, Replaces, TargetDialog } from './dialog-references';
export { AllowEvents, Event, SubscriptionState } from './events';
export { RAck, RSeq } from './reliability';
export { MaxBreadth, Path, ServiceRoute } from './routing';
export { MinSE, SessionExpires } from './session-timer';
export { ReferredBy, ReferSub, ReferTo } from './transfer';
