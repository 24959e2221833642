import type { SipRequest } from '../message/request';

/** Whether the sender of a request can read a content type (RFC 3261 §20.1). Without an Accept it says nothing, which is taken for yes. */
export function accepts(request: SipRequest, contentType: string): boolean {
  const ranges = request.headers.getAll('Accept');
  if (ranges.length === 0 && !request.headers.has('Accept')) return true;
  const wanted = bare(contentType);
  return ranges.some((each) => {
    const range = bare(each);
    if (/;\s*q\s*=\s*0(\.0*)?\s*(;|$)/i.test(each)) return false;
    return range === '*/*' || range === wanted || (range.endsWith('/*') && wanted.startsWith(range.slice(0, -1)));
  });
}

const bare = (type: string): string => type.split(';', 1)[0]!.trim().toLowerCase();
