import type { DtmfDigit } from '@offhook/rtp-media';
import { type HeaderList, SipResponse } from '@offhook/sip-core';
import type { SipServerTransaction } from '../sip/sip-session';

/** What a handler of requests inside a dialog may do with its call. */
export interface InDialogCall {
  /** Does what the talk or hold event asks for, where the call's state lets it. */
  control(event: 'talk' | 'hold'): void;
  /** A digit has come. */
  digit(digit: DtmfDigit): void;
  /** Whether the server may control the call. */
  readonly remoteControl: boolean;
}

/** Answers one method inside the dialog of a call. */
export type InDialogHandler = (transaction: SipServerTransaction, call: InDialogCall) => void;

/** Answers a request with a status and header fields. */
export function respond(transaction: SipServerTransaction, status: number, headers: HeaderList = []): void {
  const response = SipResponse.for(transaction.request, status);
  for (const [name, value] of headers) response.headers.append(name, value);
  transaction.respond(response);
}
