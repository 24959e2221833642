import {
  type HopAllowance,
  type IncomingSession,
  NameAddr,
  type SessionBody,
  SipError,
  SipUri,
  sessionBody,
} from '@offhook/sip-core';
import type { Call } from '../call/call';
import { follow, leave } from '../call/departures';
import { callTypeOf, inviteParty } from '../call/invite-party';
import type { Party } from '../call/party';
import { Leg } from '../leg/leg';
import { pair } from '../media/media-paths';
import { CallState, DnRole } from '../tlib/enumerations';
import type { CallControl } from './call-control';

/** A call that a party was referred to: it goes on as the call it comes from. */
export interface ReferredCall {
  readonly call: Call;
  /** Told once the two talk: the party that was referred, by its new dialog, and whom it has called. */
  joined(caller: Party, callee: Party): void;
}

/** Connects those who call with those they call. */
export class IncomingCalls {
  readonly #control: CallControl;
  readonly #begun: (call: Call) => void;
  /** Calls that parties were referred to, by caller and callee. */
  readonly #referred = new Map<string, ReferredCall>();

  constructor(control: CallControl, begun: (call: Call) => void) {
    this.#control = control;
    this.#begun = begun;
  }

  /** A call to this number by this party will be a part of a call there is. @returns forgets it again */
  expect(caller: string, callee: string, referred: ReferredCall): () => void {
    const key = `${caller} ${callee}`;
    this.#referred.set(key, referred);
    return () => {
      if (this.#referred.get(key) === referred) this.#referred.delete(key);
    };
  }

  /** Rings the callee. */
  connect(session: IncomingSession, { maxForwards, maxBreadth }: HopAllowance): void {
    const { invite } = session;
    const callee = invite.uri instanceof SipUri ? invite.uri.user : undefined;
    const caller = invite.from.sipUri?.user ?? 'anonymous';
    const here = invite.uri instanceof SipUri && this.#control.place.registrar.serves(invite.uri);
    if (callee === undefined || !here) {
      session.reject(404);
      return;
    }
    const control = this.#control;
    const key = `${caller} ${callee}`;
    const referred = this.#referred.get(key);
    this.#referred.delete(key);
    const call =
      referred?.call ?? control.calls.open({ type: callTypeOf(control, caller, callee), ani: caller, dnis: callee });
    const leg = Leg.incoming(session, control.place.identity());
    const party = call.add(caller, DnRole.Origination);
    party.state = 'Dialing';
    if (referred) faceEachOther(call);
    follow(control, party, leg);
    if (!referred) {
      this.#begun(call);
      control.announce(party, 'EventDialing', { otherDN: callee, otherDNRole: DnRole.Destination });
    }
    const offer = sessionBody(invite);
    try {
      this.#ring({ call, party, leg, session, callee, offer, referred }, { maxForwards, maxBreadth });
    } catch (error) {
      const status = error instanceof SipError ? (error.status ?? 500) : 500;
      leg.refusal = { status };
      const busy = status === 486;
      if (busy) control.announce(party, 'EventDestinationBusy', { otherDN: callee });
      void leave(control, party, busy ? CallState.Busy : CallState.GeneralError);
    }
  }

  #ring(
    { call, party: caller, leg, session, callee, offer, referred }: Attempt,
    { maxForwards, maxBreadth }: HopAllowance,
  ): void {
    const control = this.#control;
    const { invite } = session;
    const { party, placed } = inviteParty(control, call, callee, {
      description: offer,
      from: new NameAddr(invite.from.uri, invite.from.displayName),
      to: new NameAddr(invite.to.uri, invite.to.displayName),
      maxForwards,
      headers: [['Max-Breadth', String(maxBreadth[0])], ...passedOn([...invite.headers])],
      ended: ({ status, reason }) => {
        // A callee nobody heard of is unavailable; a challenge or redirection would mean nothing to the caller.
        const passable = status !== undefined && status >= 400 && status !== 401 && status !== 407 && status !== 487;
        leg.refusal = passable ? { status, ...(reason !== undefined && { reason }) } : { status: 480 };
      },
    });
    if (referred) {
      caller.facing = party;
      party.facing = caller;
    }
    placed.leg.on('ringing', (status) => {
      if (session.state === 'proceeding' || session.state === 'early') {
        session.ring({ status, headers: leg.callHeaders }).catch(() => {});
      }
    });
    const exchange = async (): Promise<void> => {
      if (offer) {
        await leg.accept(await placed.answered);
      } else {
        const solicited = await placed.solicited;
        const answer = await leg.accept(solicited.offer).catch(async (error: unknown) => {
          await solicited.refuse().catch(() => {});
          throw error;
        });
        await solicited.answer(answer);
      }
    };
    exchange().then(
      () => {
        pair(leg, placed.leg);
        if (!caller.present || !party.present) return;
        caller.state = 'Connected';
        party.state = 'Connected';
        if (referred) referred.joined(caller, party);
        else for (const each of [caller, party]) control.announce(each, 'EventEstablished');
      },
      (error: unknown) => {
        // Whichever leg is over has ended the call; a failure of the exchange itself ends it here.
        control.logger?.info({ error, connID: call.connID }, 'A call was not established.');
        void placed.leg.hangUp();
      },
    );
  }
}

interface Attempt {
  readonly call: Call;
  readonly party: Party;
  readonly leg: Leg;
  readonly session: IncomingSession;
  readonly callee: string;
  readonly offer: SessionBody | undefined;
  readonly referred: ReferredCall | undefined;
}

/** While a party is referred the two who talk are still a pair, though there are more in the call. */
function faceEachOther({ parties }: Call): void {
  const [first, second] = parties;
  if (!first || !second) return;
  first.facing = second;
  second.facing = first;
}

/** Header fields of the caller's INVITE that the callee gets to see: those of applications, and the subject. */
const passedOn = (headers: readonly [string, string][]) =>
  headers.filter(([name]) => /^(x-(?!genesys-calluuid).+|subject|s)$/i.test(name));
