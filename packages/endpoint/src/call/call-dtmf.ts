import {
  DTMF_BODY,
  DTMF_RELAY,
  type DtmfMethod,
  type DtmfPlan,
  digitOfEvent,
  dtmfPlan,
  listsEvent,
  MediaError,
  writeDtmfRelay,
} from '@offhook/rtp-media';
import type { NegotiatedTelephoneEvent } from '@offhook/sdp';
import type { Clock, SessionBody } from '@offhook/sip-core';
import { CallError } from '../errors/call-error';
import type { CallAudio } from '../media/call-audio';
import type { SipSession } from '../sip/sip-session';
import { callErrorOf } from './call-failure';
import type { SendDigitsOptions } from './call-options';

/** What digits of a call are sent with. */
export interface CallDtmfParts {
  readonly session: SipSession;
  readonly audio: CallAudio;
  readonly clock: Clock;
  /** Methods that `auto` tries, the preferred first. */
  readonly methods: readonly DtmfMethod[];
  /** The telephone events the peer takes now. */
  telephoneEvent(): NegotiatedTelephoneEvent | undefined;
}

/** Statuses by which a peer says that it does not know INFO, or not this one: another method may do. */
const NOT_BY_INFO = new Set([405, 406, 415, 420, 469, 488, 489, 500, 501, 513, 606]);

/** Sends the digits of a call, by whichever method, one string after the other. */
export class CallDtmf {
  readonly #parts: CallDtmfParts;
  /** Strings of digits that are being sent or wait. */
  #last: { readonly method: DtmfMethod; readonly done: Promise<unknown> } | undefined;
  readonly #over = new AbortController();

  constructor(parts: CallDtmfParts) {
    this.#parts = parts;
  }

  /** @returns a promise for when all were sent; see {@link Call.sendDtmf} */
  async send(digits: string, options: SendDigitsOptions = {}): Promise<void> {
    const { method = 'auto', ...rest } = options;
    const plan = dtmfPlan(digits, rest);
    if (method !== 'auto') return this.#sendBy(method, digits, plan, rest);
    const methods = this.#possible(plan);
    for (const [i, candidate] of methods.entries()) {
      try {
        return await this.#sendBy(candidate, digits, plan, rest);
      } catch (error) {
        // Only a peer that has taken none of the digits gets them again in another way.
        const another = error instanceof CallError && error.code === 'ERR_CALL_DTMF' && i < methods.length - 1;
        if (!another) throw error;
      }
    }
    const message = `The peer takes no digits by ${this.#parts.methods.join(' or ')}; add a method to \`dtmfMethods\`.`;
    throw new MediaError('ERR_DTMF_NOT_NEGOTIATED', message);
  }

  /** The methods that may work, the preferred first. */
  #possible({ events }: DtmfPlan): DtmfMethod[] {
    const { methods, session, telephoneEvent } = this.#parts;
    const keys = events.filter((event) => event >= 0);
    const agreed = telephoneEvent();
    const inRtp = methods.filter((method) => {
      if (method === 'inband') return keys.every((event) => event <= 15);
      if (method === 'rfc4733') return agreed !== undefined && keys.every((event) => listsEvent(agreed.events, event));
      return session.peerAllows?.('INFO') ?? false;
    });
    if (inRtp.length > 0) return inRtp;
    // A peer that has not said what it takes may take it all the same.
    return methods.filter((method) => method === 'info' || method === 'info-dtmf');
  }

  #sendBy(method: DtmfMethod, digits: string, plan: DtmfPlan, options: SendDigitsOptions): Promise<void> {
    const { audio } = this.#parts;
    const before = this.#last;
    const byInfo = method === 'info' || method === 'info-dtmf';
    const send = () =>
      byInfo ? this.#inform(method, plan, options.signal) : audio.sendDtmf(digits, { ...options, method });
    // The audio keeps strings of one method in order by itself.
    const at = before && (byInfo || before.method !== method) ? before.done.then(send) : send();
    const done = Promise.allSettled([before?.done, at]).then(() => {
      if (this.#last === own) this.#last = undefined;
    });
    const own = { method, done };
    this.#last = own;
    return at;
  }

  async #inform(method: 'info' | 'info-dtmf', plan: DtmfPlan, signal?: AbortSignal): Promise<void> {
    const { session, clock } = this.#parts;
    for (const [i, event] of plan.events.entries()) {
      signal?.throwIfAborted();
      const until = clock.now() + (event < 0 ? plan.pauseMs : plan.durationMs + plan.gapMs);
      if (event >= 0) {
        const response = await session
          .send('INFO', { body: bodyOf(method, digitOfEvent(event)!, plan.durationMs) })
          .catch((error: unknown) => {
            throw callErrorOf(error);
          });
        const { status, reason } = response;
        if (status >= 300) throw refused(status, reason, i === 0);
      }
      await this.#wait(until - clock.now(), signal);
    }
  }

  #wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        timer.cancel();
        signal?.removeEventListener('abort', aborted);
        this.#over.signal.removeEventListener('abort', ended);
        action();
      };
      const aborted = () => settle(() => reject(signal!.reason));
      const ended = () => settle(() => reject(callEnded()));
      const timer = this.#parts.clock.setTimer(ms, () => settle(resolve));
      signal?.addEventListener('abort', aborted);
      this.#over.signal.addEventListener('abort', ended);
      if (signal?.aborted) aborted();
      else if (this.#over.signal.aborted) ended();
    });
  }

  /** The call is over: what waits is given up. */
  close(): void {
    this.#over.abort();
  }
}

function bodyOf(method: 'info' | 'info-dtmf', digit: string, durationMs: number): SessionBody {
  const relay = method === 'info';
  const text = relay ? writeDtmfRelay(digit, durationMs) : digit;
  return { contentType: relay ? DTMF_RELAY : DTMF_BODY, body: new TextEncoder().encode(text) };
}

function refused(status: number, reason: string, first: boolean): CallError {
  const message = `The peer does not take digits by INFO (${status} ${reason}); send them by another method.`;
  const code = first && NOT_BY_INFO.has(status) ? 'ERR_CALL_DTMF' : 'ERR_CALL_REJECTED';
  return new CallError(code, message, { status, reason });
}

function callEnded(): CallError {
  return new CallError('ERR_CALL_ENDED', 'The call ended before all digits were sent.');
}
