/** One challenge of a WWW-Authenticate or Proxy-Authenticate header field, or one set of credentials (RFC 7235 §2.1). */
export interface AuthParams {
  /** Scheme as spelled, such as `Digest`. */
  readonly scheme: string;
  /** Parameters by name in lower case, their quotes taken away. */
  readonly params: ReadonlyMap<string, string>;
}

/**
 * Reads the challenges of a header field value: one, or several in a comma list, whose parameters are comma lists too.
 * What cannot be read ends the list; a hostile value gives an empty one.
 */
export function parseAuth(value: string): AuthParams[] {
  const found: { scheme: string; params: Map<string, string> }[] = [];
  // A scheme is a token followed by space and a name with "="; a parameter is a token followed by "=".
  const pattern =
    /[\s,]*(?:([!#$%&'*+\-.^_`|~\w]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([!#$%&'*+\-.^_`|~\w]+)(?=\s|,|$))/y;
  while (pattern.lastIndex < value.length) {
    const match = pattern.exec(value);
    if (!match) break;
    const [, name, quoted, plain, scheme] = match;
    if (scheme !== undefined) found.push({ scheme, params: new Map() });
    else found.at(-1)?.params.set(name!.toLowerCase(), quoted === undefined ? plain! : quoted.replace(/\\(.)/g, '$1'));
  }
  return found;
}

/** Reads the parameters of Authentication-Info, which has no scheme (RFC 7616 §3.5). */
export function parseAuthInfo(value: string): ReadonlyMap<string, string> {
  return parseAuth(`Digest ${value}`)[0]?.params ?? new Map();
}
