import { Header, type HeaderList, NameAddr, SipSyntaxError, SipUri } from '@offhook/sip-core';
import { EndpointError } from '../errors/endpoint-error';
import type { CallOptions, UserToUserData } from './call-options';
import { headerList } from './header-list';

/**
 * The header fields that a call's options ask for.
 *
 * @param self who we are
 * @throws EndpointError `ERR_OPTION`
 */
export function inviteHeaders(options: CallOptions, self: NameAddr | undefined): HeaderList {
  const { userToUser, replaces, privacy, identity, anonymous, askAutoAnswer } = options;
  const asked = privacy ?? (anonymous ? ['id'] : undefined);
  const preferred = identity ?? (anonymous ? self?.uri.toString() : undefined);
  return [
    ...headerList(options.headers),
    ...(replaces ? [['Replaces', Header.Replaces.format(replaces)] as const] : []),
    ...(replaces ? [['Require', 'replaces'] as const] : []),
    ...each(userToUser).map((data) => ['User-to-User', wrong('userToUser', () => uuiText(data))] as const),
    ...(asked ? [['Privacy', wrong('privacy', () => Header.Privacy.format(asked))] as const] : []),
    ...(preferred !== undefined ? [['P-Preferred-Identity', identityText(preferred)] as const] : []),
    // The two most phones know: RFC 5373 §4.1, and the custom of Asterisk and others.
    ...(askAutoAnswer
      ? ([
          ['Answer-Mode', 'Auto'],
          ['Call-Info', '<sip:auto-answer.invalid>;answer-after=0'],
        ] as const)
      : []),
  ];
}

/** Who the From of a call says is calling (RFC 3323 §4.1.1.3). */
export function fromOf({ anonymous }: CallOptions, self: NameAddr | undefined): NameAddr | undefined {
  if (!anonymous) return self;
  return new NameAddr(new SipUri({ scheme: 'sip', user: 'anonymous', host: 'anonymous.invalid' }), 'Anonymous');
}

function uuiText(data: UserToUserData): string {
  if (typeof data === 'string') return Header.UserToUser.format([{ data: new TextEncoder().encode(data) }]);
  const bytes = typeof data.data === 'string' ? new TextEncoder().encode(data.data) : data.data;
  const encoding = typeof data.data === 'string' ? undefined : ('hex' as const);
  return Header.UserToUser.format([{ data: bytes, encoding, purpose: data.purpose, content: data.content }]);
}

function identityText(identity: string): string {
  return wrong('identity', () => {
    const text = identity.trim();
    return NameAddr.parse(/[<]|^(sips?|tel):/i.test(text) ? text : `sip:${text}`).toString();
  });
}

const each = <Value>(value: Value | readonly Value[] | undefined): readonly Value[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly Value[]) : [value as Value];

function wrong<Result>(option: string, action: () => Result): Result {
  try {
    return action();
  } catch (cause) {
    if (!(cause instanceof SipSyntaxError)) throw cause;
    throw new EndpointError('ERR_OPTION', `The option \`${option}\` cannot be used: ${cause.message}`, { cause });
  }
}
