import type { Call } from '../call/call';
import { callFacts } from '../call/call-facts';
import { type Refusal, refusalOfOffer } from '../call/offer-check';
import { remoteParty } from '../call/remote-party';
import type { Connection } from '../connection/connection';
import { mediaAddresses } from '../media/media-addresses';
import type { IncomingInvite } from '../policies/admission';
import { answerDelay } from '../policies/auto-answer';
import type { SipProvider } from '../sip/sip-provider';
import type { IncomingSipSession, SipSession } from '../sip/sip-session';
import type { CallSetup } from './call-setup';

/** Takes calls that come in: refuses those that cannot be taken, shows the others, and rings or answers where nobody else does. */
export class IncomingCalls {
  readonly #setup: CallSetup;
  readonly #show: (call: Call) => void;

  /** @param show tells the application of a call */
  constructor(setup: CallSetup, show: (call: Call) => void) {
    this.#setup = setup;
    this.#show = show;
  }

  /** @param sip undefined while the endpoint is not active */
  take(session: IncomingSipSession, sip: SipProvider | undefined): void {
    const line = sip && this.#lineOf(session, sip);
    const refusal = sip ? this.#refusalOf(session, line) : { status: 480, headers: [] };
    if (!sip || refusal) {
      session.reject(refusal?.status ?? 480, undefined, refusal?.headers);
      return;
    }
    const { publicAddress } = this.#setup.context.options;
    const media = this.#setup.media(() => mediaAddresses(sip, publicAddress, session));
    session.offerAnswer = media.handler();
    if (line?.credentials) sip.authenticate?.(session, line.credentials);
    const call = this.#setup.begin(session, media, line);
    this.#show(call);
    if (call.state === 'alerting') this.#alert(call);
  }

  /** The application has not decided yet. */
  #alert(call: Call): void {
    const { options, clock } = this.#setup.context;
    if (call.replaces && options.autoReplace) {
      this.#replace(call, call.replaces);
      return;
    }
    const { requiredAnswerMode } = call.facts;
    const delay = requiredAnswerMode === 'manual' ? undefined : answerDelay(options.autoAnswer, call);
    if (requiredAnswerMode === 'auto' && delay === undefined && !call.rang) {
      call.reject(403);
      return;
    }
    if (delay === 0) {
      this.#answer(call);
      return;
    }
    if (options.autoRing && !call.rang) {
      call.ring().catch((error: unknown) => options.logger?.debug({ error }, 'Could not ring.'));
    }
    if (delay === undefined) return;
    const timer = clock.setTimer(delay, () => {
      if (call.state === 'alerting') this.#answer(call);
    });
    call.on('state', () => timer.cancel());
  }

  #answer(call: Call): void {
    const { logger } = this.#setup.context.options;
    call.answerAs('Auto').catch((error: unknown) => logger?.debug({ error }, 'Could not answer.'));
  }

  /** RFC 3891 §3: who asks to take the place of a call talks to its user already. */
  #replace(call: Call, replaced: Call): void {
    // By the time this one is established, that one has ended.
    const { belongings } = replaced.audio;
    call.established.then(() => call.audio.adopt(belongings)).catch(() => {});
    this.#answer(call);
  }

  /** How to refuse a call that cannot be taken, whatever the application would say. */
  #refusalOf(session: IncomingSipSession, line: Connection | undefined): Refusal | undefined {
    const { options } = this.#setup.context;
    const { invite, remote } = session;
    const calls = this.#setup.calls.list;
    if (calls.length >= options.maxCalls) return { status: 486, headers: [] };
    const refusal = refusalOfOffer(invite, options.codecSet.capabilities(), options.mediaSecurity);
    if (refusal) return refusal;
    const asked: IncomingInvite = {
      remote: remoteParty(remote),
      facts: callFacts(invite),
      headers: invite.headers,
      connection: line,
      replaces: session.replaces && this.#setup.calls.of(session.replaces),
      calls,
    };
    const status = options.admission?.(asked);
    return status === undefined ? undefined : { status, headers: [] };
  }

  /** The line an INVITE came in by: the one whose registration has brought it, or else the one its request URI, or To, names. */
  #lineOf(session: SipSession, sip: SipProvider): Connection | undefined {
    const { connections } = this.#setup.context;
    const registration = sip.registrationFor?.(session);
    const registered = registration && connections.find((each) => each.registration === registration);
    if (registered) return registered;
    const { uri, to } = session.invite;
    const user = 'host' in uri ? uri.user : undefined;
    const lines = connections.filter((connection) => connection.aor.user === user);
    return lines.find((connection) => connection.aor.host === to.sipUri?.host) ?? lines[0];
  }
}
