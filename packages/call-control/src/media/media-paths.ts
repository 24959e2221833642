import { directionOf, onHold, withDirection } from '../leg/descriptions';
import type { Leg } from '../leg/leg';

/** Two parties shall hear each other: one is asked for an offer, the other answers it (RFC 3725 §5). */
export async function connect(first: Leg, second: Leg, options: { reuse?: boolean } = {}): Promise<void> {
  unpair(first);
  unpair(second);
  const known = options.reuse ? first.remote : undefined;
  if (known && directionOf(known) === 'sendrecv') {
    const answer = await second.offer(known);
    await first.offer(answer);
  } else {
    const asked = await first.solicit();
    let answer: Awaited<ReturnType<Leg['offer']>>;
    try {
      answer = await second.offer(asked.offer);
    } catch (error) {
      await asked.refuse().catch(() => {});
      throw error;
    }
    await asked.answer(answer);
  }
  pair(first, second);
}

/** What each of two legs changes on its own account goes to the other from now on. */
export function pair(first: Leg, second: Leg): void {
  first.partner = second;
  second.partner = first;
}

/** Nobody is the partner of this leg any more. */
export function unpair(leg: Leg): void {
  if (leg.partner) leg.partner.partner = undefined;
  leg.partner = undefined;
}

/** A party shall neither hear nor be heard: what it knows of the other side comes again, as a hold. */
export async function silence(leg: Leg): Promise<void> {
  unpair(leg);
  const known = leg.local;
  if (known) await leg.offer(onHold(known));
}

/**
 * Two legs shall be heard one way only, or none: both are told anew who the other is.
 *
 * @param direction what the first one may do: `recvonly` mutes it, `sendonly` deafens it
 */
export async function limit(
  leg: Leg,
  other: Leg,
  direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive',
): Promise<void> {
  const asked = await other.solicit();
  // What we describe is the other side: who may only receive has a peer that only sends.
  const mirrored = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' } as const;
  try {
    const answer = await leg.offer(withDirection(asked.offer, mirrored[direction]));
    await asked.answer(withDirection(answer, direction));
  } catch (error) {
    await asked.refuse().catch(() => {});
    throw error;
  }
  pair(leg, other);
}
