import type { HeaderList } from '../message/header-list';

/** The status an error of an {@link OfferAnswerHandler} stands for; 488 when it has none. */
export function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | undefined)?.status;
  return typeof status === 'number' && status >= 300 && status <= 699 ? status : 488;
}

/** A Warning that says in words why a description was refused (RFC 3261 §20.43, code 399). */
export function warning(error: unknown): HeaderList {
  const text = error instanceof Error ? error.message : String(error);
  const plain = text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/[\\"]/g, "'")
    .slice(0, 200);
  return [['Warning', `399 offhook "${plain}"`]];
}
