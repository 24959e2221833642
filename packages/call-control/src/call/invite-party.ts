import { type HeaderList, type NameAddr, type SessionBody, type SessionEnd, SipError } from '@offhook/sip-core';
import type { CallControl } from '../server/call-control';
import type { PlacedLeg } from '../server/leg-placer';
import { CallType, DnRole } from '../tlib/enumerations';
import type { Call } from './call';
import { follow } from './departures';
import type { Party } from './party';

/** How often a call may be sent elsewhere before it reaches a phone. */
const MOST_HOPS = 8;

/** How a party is invited. */
export interface InvitePartyOptions {
  /** What it is offered; it offers itself when absent. */
  readonly description?: SessionBody | undefined;
  readonly role?: DnRole;
  /** Who calls. */
  readonly from: NameAddr;
  readonly to?: NameAddr;
  readonly headers?: HeaderList;
  readonly maxForwards?: number;
  /** Told of the end of its dialog before anything follows from that. */
  readonly ended?: (end: SessionEnd) => void;
}

/**
 * Where a number leads after do-not-disturb, forwarding and route points.
 *
 * @throws SipError 486, 480, 404 or 482 when it leads nowhere
 */
export function finalNumber(control: CallControl, number: string): string {
  let current = number;
  for (let hops = 0; hops < MOST_HOPS; hops++) {
    const dn = control.dns.find(current);
    const next = dn?.forward ?? (dn?.type === 'route-point' ? dn.destination : undefined);
    if (next !== undefined) {
      current = next;
      continue;
    }
    if (dn?.doNotDisturb) throw new SipError(`${current} does not want to be disturbed.`, { status: 486 });
    const found = control.place.find(current);
    if ('refusal' in found) throw new SipError(`${current} cannot be reached.`, { status: found.refusal });
    return current;
  }
  throw new SipError(`${number} is forwarded in a circle.`, { status: 482 });
}

/** Kind of a call between two numbers. */
export function callTypeOf(control: CallControl, caller: string, callee: string): CallType {
  const [from, to] = [control.dns.find(caller), control.dns.find(callee)];
  if (!from || from.type === 'trunk') return CallType.Inbound;
  return to?.type === 'trunk' ? CallType.Outbound : CallType.Internal;
}

/**
 * Calls a number, which becomes a party of the call. EventRinging follows once it rings.
 *
 * @throws SipError as {@link finalNumber}
 */
export function inviteParty(
  control: CallControl,
  call: Call,
  number: string,
  { description, role = DnRole.Destination, from, to, headers, maxForwards, ended }: InvitePartyOptions,
): { party: Party; placed: PlacedLeg } {
  const final = finalNumber(control, number);
  const way = control.place.find(final);
  if ('refusal' in way) throw new SipError(`${final} cannot be reached.`, { status: way.refusal });
  const placed = control.place.leg(way, {
    from,
    to: to ?? control.place.address(final),
    description,
    callUUID: call.callUUID,
    ...(headers && { headers }),
    ...(maxForwards !== undefined && { maxForwards }),
  });
  const party = call.add(final, role);
  const seconds = control.dns.find(final)?.option('no-answer-timeout') ?? 60;
  const timer = control.clock.setTimer(seconds * 1000, () => void placed.leg.hangUp());
  const alert = (): void => {
    if (party.state !== 'Initiated') return;
    party.state = 'Alerting';
    control.announce(party, 'EventRinging');
  };
  placed.leg.on('ringing', alert);
  placed.leg.on('established', () => {
    timer.cancel();
    alert();
  });
  placed.leg.on('ended', (end) => {
    timer.cancel();
    ended?.(end);
  });
  follow(control, party, placed.leg);
  return { party, placed };
}
