import type { NameAddr } from '@offhook/sip-core';
import type { HeadersOption } from '../call/call-options';
import { headerList } from '../call/header-list';
import { CallError } from '../errors/call-error';
import type { SipReferOptions, SipReferral, SipSession } from '../sip/sip-session';

/** How to transfer a call. */
export interface TransferOptions {
  /** Header fields to add to the REFER. */
  headers?: HeadersOption;
  /** Whether the target is told who transfers (RFC 3892), where the call goes by a line; true when absent. */
  referredBy?: boolean;
  /** Does not wait any more for what becomes of it; a REFER cannot be taken back. */
  signal?: AbortSignal;
}

/** What became of a transfer. */
export interface TransferEnd {
  /** `unknown`: the peer has agreed to it, and does not tell what became of it. */
  readonly outcome: 'succeeded' | 'unknown';
  /** SIP status that the peer's call to the target got, where it is known. */
  readonly status?: number;
  readonly reason?: string;
}

/** @internal What a transfer needs. */
export interface TransferInit {
  refer: (target: string | SipSession, options: SipReferOptions) => SipReferral;
  /** Whom to call, or the session to take our place in. */
  target: string | SipSession;
  /** Who transfers. */
  self: NameAddr | undefined;
  options: TransferOptions;
  progress: (status: number, reason: string) => void;
}

/**
 * Transfers by REFER (RFC 5589): resolves when the peer has reached the target.
 *
 * @throws CallError `ERR_CALL_TRANSFER`: the peer refused, or did not reach the target; the signal's reason
 */
export async function transfer({ refer, target, self, options, progress }: TransferInit): Promise<TransferEnd> {
  const { signal, referredBy = true } = options;
  signal?.throwIfAborted();
  const referral = refer(target, {
    headers: headerList(options.headers),
    ...(referredBy && self && { referredBy: self }),
  });
  const stop = referral.on('progress', progress);
  const given = abandoned(referral, signal);
  try {
    const { outcome, status, reason, error } = await Promise.race([referral.done, given.promise]);
    const told = { ...(status !== undefined && { status }), ...(reason !== undefined && { reason }) };
    if (outcome === 'succeeded' || outcome === 'unknown') return { outcome, ...told };
    const said = status === undefined ? (error?.message ?? 'no answer') : `${status} ${reason ?? ''}`.trim();
    const message =
      outcome === 'refused' ? `The peer does not transfer the call: ${said}.` : `The target was not reached: ${said}.`;
    throw new CallError('ERR_CALL_TRANSFER', message, { ...told, cause: error });
  } finally {
    stop();
    given.stop();
  }
}

function abandoned(referral: SipReferral, signal: AbortSignal | undefined) {
  let stop = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    if (!signal) return;
    const abort = (): void => {
      reject(signal.reason);
      referral.abandon();
    };
    signal.addEventListener('abort', abort, { once: true });
    stop = () => signal.removeEventListener('abort', abort);
  });
  return { promise, stop: () => stop() };
}
