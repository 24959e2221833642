import { type Clock, type Logger, type RandomBytes, type SipUri, TypedEmitter } from '@offhook/sip-core';
import { CallRegistry } from '../call/call-registry';
import type { Party } from '../call/party';
import type { DnDirectory } from '../dn/dn-directory';
import type { Leg } from '../leg/leg';
import { TLibError } from '../tlib/errors';
import type { TEvent, TEventName } from '../tlib/events';
import type { TClient } from '../tlib/t-client';
import { callEvent, type UntimedEvent } from './call-events';
import type { LegPlacer } from './leg-placer';

/** The addresses of the media servers. */
export interface MediaServers {
  /** Plays music to who is held; the name of the music goes into its user part. */
  music?: SipUri;
  /** Plays ringback and other treatments (Stream Manager); `ringback` goes into its user part. */
  treatments?: SipUri;
  /** Mixes conferences (MCU); the DN of the conference goes into its user part. */
  conference?: SipUri;
  /** Whether the conference server takes an INVITE without an offer; true when absent. */
  conferenceTakesDelayedOffer?: boolean;
}

/** Who has asked for something: the event that answers has the ReferenceID, for him. */
export interface Cause {
  readonly client: TClient;
  readonly referenceID: number;
  /** The DN he has asked for. */
  readonly dn: string;
  /** An event has told him already. */
  answered: boolean;
}

interface Events {
  event: [event: TEvent];
}

/** What the procedures work with: calls, DNs, ways to place a leg, and who is told of it. */
export class CallControl extends TypedEmitter<Events> {
  readonly calls: CallRegistry;
  readonly clients = new Set<TClient>();
  readonly #awaited = new Set<{ dn: string; connID: string; names: readonly TEventName[]; cause: Cause }>();

  constructor(
    readonly dns: DnDirectory,
    readonly place: LegPlacer,
    readonly mediaServers: MediaServers,
    readonly clock: Clock,
    random: RandomBytes,
    readonly logger: Logger | undefined,
  ) {
    super();
    this.calls = new CallRegistry(random);
  }

  /** Tells of a party's call. */
  announce(party: Party, event: TEventName, more: Partial<TEvent> = {}, cause?: Cause): void {
    this.tell(callEvent(party, event, more), cause);
  }

  /** Tells those who have registered the DN. */
  tell(untimed: UntimedEvent, given?: Cause): void {
    const event: TEvent = { ...untimed, time: new Date(this.clock.date()).toISOString() };
    this.emit('event', event);
    const cause = given ?? this.#causeOf(untimed);
    const answers = cause && !cause.answered && untimed.thisDN === cause.dn;
    if (answers) cause.answered = true;
    for (const client of this.clients) {
      if (answers && client === cause.client) client.emit('event', { ...event, referenceID: cause.referenceID });
      else if (untimed.thisDN !== undefined && client.dns.has(untimed.thisDN)) client.emit('event', event);
    }
  }

  /** The next of these events of the party's call answers a request. @returns forgets that again */
  answerWith(party: Party, names: readonly TEventName[], cause: Cause): () => void {
    const awaited = { dn: party.dn, connID: party.call.connID, names, cause };
    this.#awaited.add(awaited);
    return () => this.#awaited.delete(awaited);
  }

  #causeOf({ event, thisDN, connID }: UntimedEvent): Cause | undefined {
    for (const awaited of this.#awaited) {
      if (awaited.dn !== thisDN || awaited.connID !== connID || !awaited.names.includes(event)) continue;
      this.#awaited.delete(awaited);
      return awaited.cause;
    }
    return undefined;
  }

  /** The party a request is about. @throws TLibError when there is none */
  party({ thisDN, connID }: { thisDN: string; connID: string }): Party {
    const call = this.calls.find(connID);
    if (!call) throw new TLibError('InvalidConnID', `There is no call ${connID}.`);
    const party = call.party(thisDN);
    if (!party) throw new TLibError('InvalidConnID', `${thisDN} is no party of the call ${connID}.`);
    return party;
  }

  /** The dialog of a party that can be changed. @throws TLibError when there is none */
  leg(party: Party): Leg {
    if (party.leg?.confirmed) return party.leg;
    throw new TLibError('InvalidCallState', `${party.dn} has not answered, or has lent its dialog to another call.`);
  }
}
