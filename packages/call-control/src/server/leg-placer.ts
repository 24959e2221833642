import {
  type HeaderList,
  NameAddr,
  type OfferAnswerHandler,
  type OutgoingSession,
  type RandomBytes,
  type SessionBody,
  type SipStack,
  SipUri,
} from '@offhook/sip-core';
import type { DnDirectory } from '../dn/dn-directory';
import { Leg, type Solicited } from '../leg/leg';
import type { Registrar } from '../registrar/registrar';
import { type WayTo, wayTo } from '../registrar/way-to';

/** Where a number leads, or the status that refuses it. */
export type Destination = WayTo | { readonly refusal: number };

/** A leg that is being placed. */
export interface PlacedLeg {
  readonly leg: Leg;
  /** What the party answers to the offer it was sent. */
  readonly answered: Promise<SessionBody>;
  /** What the party offers, when it was sent none. */
  readonly solicited: Promise<Solicited>;
}

/** How a leg is placed. */
export interface LegOptions {
  readonly from: NameAddr;
  readonly to: NameAddr;
  /** What is offered; the party offers without it. */
  readonly description?: SessionBody | undefined;
  readonly callUUID?: string;
  readonly headers?: HeaderList;
  readonly maxForwards?: number;
}

/** Finds numbers, and places legs to them. */
export class LegPlacer {
  constructor(
    readonly stack: SipStack,
    readonly registrar: Registrar,
    readonly dns: DnDirectory,
    readonly services: ReadonlyMap<string, SipUri>,
    readonly domain: string,
    readonly random: RandomBytes,
  ) {}

  /** Where calls to a number go: to the service of that name, where its DN is configured to be, where it has registered. */
  find(number: string): Destination {
    const service = this.services.get(number);
    if (service) return { uri: service, routes: [], flow: undefined };
    const dn = this.dns.find(number);
    const contact = dn?.option('contact');
    if (contact !== undefined) {
      const uri = SipUri.parse(contact);
      if (dn?.type === 'trunk') uri.user = number;
      return { uri, routes: [], flow: undefined };
    }
    // One contact for now: the most preferred one.
    const [binding] = this.registrar.lookup(new SipUri({ scheme: 'sip', user: number, host: this.domain }));
    if (binding) return wayTo(binding);
    return { refusal: dn ? 480 : 404 };
  }

  /** The address in descriptions that describe nobody. */
  get host(): string {
    return this.stack.transports[0]?.local.host ?? '0.0.0.0';
  }

  /** The address of a number here. */
  address(number: string): NameAddr {
    return new NameAddr(new SipUri({ scheme: 'sip', user: number, host: this.domain }));
  }

  /** The same, as somebody gets there who knows no way to this server but its address. */
  reachable(number: string): NameAddr {
    const address = this.address(number);
    const port = this.stack.transports[0]?.local.port;
    if (address.sipUri && port !== undefined && port !== 5060) address.sipUri.port = port;
    return address;
  }

  /** A number for the `o=` line of a dialog. */
  identity(): string {
    return this.random(6)
      .reduce((sum, byte) => sum * 256 + byte, 0)
      .toString();
  }

  /** Sends the INVITE. */
  leg(way: WayTo, { from, to, description, callUUID, headers = [], maxForwards }: LegOptions): PlacedLeg {
    const invite = (offerAnswer: OfferAnswerHandler, delayedOffer: boolean): OutgoingSession =>
      this.stack.invite({
        uri: way.uri,
        routes: way.routes,
        ...(way.flow && { flow: way.flow }),
        from,
        to,
        ...(maxForwards !== undefined && { maxForwards }),
        headers: [...headers, ...(callUUID === undefined ? [] : [['X-Genesys-CallUUID', callUUID] as const])],
        offerAnswer,
        delayedOffer,
        reliableProvisional: 'off',
      });
    const placed = Leg.outgoing(invite, this.identity(), description);
    placed.leg.callUUID = callUUID;
    return placed;
  }

  /** Sends an INVITE to a media server. @param user user part of its address */
  service(server: SipUri, user: string, options: Omit<LegOptions, 'to'>): PlacedLeg {
    const uri = server.clone();
    uri.user = user;
    return this.leg({ uri, routes: [], flow: undefined }, { ...options, to: new NameAddr(uri.clone()) });
  }
}
