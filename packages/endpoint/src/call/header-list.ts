import type { HeaderList } from '@offhook/sip-core';
import { EndpointError } from '../errors/endpoint-error';
import type { HeadersOption } from './call-options';

/** Header fields the stack writes itself; another value would break the call. */
const RESERVED = new Set([
  ...['via', 'v', 'from', 'f', 'to', 't', 'call-id', 'i', 'cseq', 'contact', 'm', 'max-forwards', 'route'],
  ...['record-route', 'content-length', 'l', 'content-type', 'c'],
]);

/**
 * The header fields of an application in order.
 *
 * @throws EndpointError `ERR_OPTION` for one that only the stack may write
 */
export function headerList(headers: HeadersOption | undefined): HeaderList {
  if (headers === undefined) return [];
  const list = isList(headers)
    ? headers
    : Object.entries(headers).flatMap(([name, value]) =>
        (typeof value === 'string' ? [value] : value).map((each) => [name, each] as const),
      );
  for (const [name] of list) {
    if (!RESERVED.has(name.toLowerCase())) continue;
    throw new EndpointError('ERR_OPTION', `The header ${name} is written by the SIP stack; leave it out.`);
  }
  return list;
}

function isList(headers: HeadersOption): headers is readonly (readonly [string, string])[] {
  return Array.isArray(headers);
}
