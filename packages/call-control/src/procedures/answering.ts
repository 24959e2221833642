import type { SipError } from '@offhook/sip-core';
import type { Call } from '../call/call';
import { release, stateOf } from '../call/departures';
import type { Party } from '../call/party';
import { pair, unpair } from '../media/media-paths';
import { stopListening } from '../media/treatments';
import type { CallControl, Cause } from '../server/call-control';
import type { PlacedLeg } from '../server/leg-placer';

/** Settings of {@link connectWhenAnswered}. */
export interface AnswerOptions {
  /** Called once they talk, in place of EventEstablished for the party that was there. */
  readonly joined?: (callee: Party, peer: Party) => void;
  readonly cause?: Cause;
}

/**
 * When the party that rings has answered with its offer, that goes to whoever is its peer by then, which may be another one than when it began to ring: a transfer
 * may have been completed. Never rejects: what goes wrong ends the call.
 */
export async function connectWhenAnswered(
  control: CallControl,
  callee: Party,
  placed: PlacedLeg,
  { joined, cause }: AnswerOptions = {},
): Promise<void> {
  const asked = await placed.solicited.catch(() => undefined);
  // Whoever did not answer is gone, and what follows from that is done where its dialog ended.
  if (!asked) return;
  const { call } = callee;
  await call.exclusively(async () => {
    const peer = callee.other;
    try {
      if (!peer?.leg) throw new Error('There is nobody to talk to any more.');
      call.redirect = undefined;
      const stopped = stopListening(peer);
      unpair(peer.leg);
      const answer = await peer.leg.offer(asked.offer);
      await asked.answer(answer);
      await stopped;
      pair(peer.leg, placed.leg);
      callee.state = 'Connected';
      const dialed = peer.state === 'Dialing';
      peer.state = 'Connected';
      if (joined) joined(callee, peer);
      else if (dialed) control.announce(peer, 'EventEstablished', {}, cause);
      control.announce(callee, 'EventEstablished');
    } catch (error) {
      control.logger?.info({ error, connID: call.connID }, 'A party that answered could not be connected.');
      await asked.refuse().catch(() => {});
      await failed(control, callee.call, error as SipError);
    }
  });
}

const failed = (control: CallControl, call: Call, error: SipError): Promise<void> =>
  release(control, call, stateOf(error.status ?? 500));
