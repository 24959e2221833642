import type { Params } from '../message/params';
import { ListHeader, SingleHeader } from './codec';
import { checkToken, formatParams, ParamReader, parseParameterized, present, tokenGrammar } from './grammar';

/** What is subscribed to, notified or published (RFC 6665 §8.2.1). */
export interface Event {
  /** Event package with its templates, such as `presence.winfo`; compared with case. */
  readonly package: string;
  /** Tells apart several subscriptions to one package in a dialog. */
  readonly id?: string | undefined;
  /** Parameters of the event package or of extensions. */
  readonly params?: Params | undefined;
}

/** `Event: dialog;id=7` (RFC 6665 §8.2.1). */
export const Event = new SingleHeader<Event>('Event', 'RFC 6665 §8.2.1', {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const reader = new ParamReader(params);
    return present({ package: checkToken(value, 'event package'), id: reader.text('id'), params: reader.rest() });
  },
  format: (value) => `${checkToken(value.package, 'event package')}${formatParams({ id: value.id }, value.params)}`,
});

/** Event packages supported: `Allow-Events: dialog, talk` (RFC 6665 §8.2.2). */
export const AllowEvents = new ListHeader<string>('Allow-Events', 'RFC 6665 §8.2.2', tokenGrammar('event package'));

/** Where a subscription stands (RFC 6665 §8.2.3). */
export interface SubscriptionState {
  /** `active`, `pending`, `terminated`, or a word of an extension; in lower case. */
  readonly state: string;
  /** Why it ended, such as `deactivated`, `rejected`, `timeout` (RFC 6665 §4.1.3); in lower case. */
  readonly reason?: string | undefined;
  /** Seconds left. */
  readonly expires?: number | undefined;
  /** Seconds to wait before subscribing again. */
  readonly retryAfter?: number | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `Subscription-State: terminated;reason=noresource` (RFC 6665 §8.2.3). */
export const SubscriptionState = new SingleHeader<SubscriptionState>('Subscription-State', 'RFC 6665 §8.2.3', {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const reader = new ParamReader(params);
    return present({
      state: checkToken(value, 'subscription state').toLowerCase(),
      reason: reader.text('reason')?.toLowerCase(),
      expires: reader.number('expires'),
      retryAfter: reader.number('retry-after'),
      params: reader.rest(),
    });
  },
  format: ({ state, reason, expires, retryAfter, params }) =>
    checkToken(state, 'subscription state') +
    formatParams(
      {
        reason: reason === undefined ? undefined : checkToken(reason, 'reason'),
        expires,
        'retry-after': retryAfter,
      },
      params,
    ),
});
