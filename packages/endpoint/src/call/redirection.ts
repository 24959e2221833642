import type { HeaderList } from '@offhook/sip-core';

/** @internal Where the caller is to try, the best first (RFC 3261 §20.10). */
export const contactHeaders = (uris: readonly string[]): HeaderList =>
  uris.map((uri) => ['Contact', `<${uri}>`] as const);

/** @internal The same, with who has sent the call on, and that a person has (RFC 5806 §7). */
export const deflectionHeaders = (target: string, own: string): HeaderList => [
  ...contactHeaders([target]),
  ['Diversion', `<${own}>;reason=deflection;counter=1`],
];
