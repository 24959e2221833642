import type { HeaderList, Headers } from '@offhook/sip-core';

/** Tells a caller who cares whether a person or the phone has answered (RFC 5373 §5). @param asked header fields of its INVITE */
export function answerModeHeaders(asked: Headers, mode: 'Manual' | 'Auto'): HeaderList {
  return ['Answer-Mode', 'Priv-Answer-Mode'].filter((name) => asked.has(name)).map((name) => [name, mode] as const);
}
