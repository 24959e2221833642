import { CallType, type DnRole } from '../tlib/enumerations';
import type { CallInfo } from '../tlib/events';
import { Party } from './party';

/** The numbers of a call. */
export interface CallIdentity {
  /** 16 hexadecimal digits. */
  readonly connID: string;
  /** Number of the switch. */
  readonly callID: number;
  /** 32 characters, as X-Genesys-CallUUID has them. */
  readonly callUUID: string;
}

/** A call: its parties, and the data that goes with it. */
export class Call {
  readonly connID: string;
  readonly callID: number;
  readonly callUUID: string;
  readonly type: CallType;
  /** Number that was dialed. */
  readonly dnis: string;
  /** Number of the caller. */
  readonly ani: string;
  /** The call that a consultation is about. */
  readonly previousConnID: string | undefined;
  readonly parties: Party[] = [];
  userData: Record<string, string>;
  /** User part of its conference; undefined while two talk directly. */
  conference: string | undefined;
  /** Rings somebody else in place of who rings now; undefined once it has been answered. */
  redirect: ((number: string) => void) | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    identity: CallIdentity,
    options: {
      type?: CallType;
      ani: string;
      dnis: string;
      userData?: Readonly<Record<string, string>>;
      previousConnID?: string | undefined;
    },
  ) {
    const { type = CallType.Internal, ani, dnis, userData = {}, previousConnID } = options;
    this.connID = identity.connID;
    this.callID = identity.callID;
    this.callUUID = identity.callUUID;
    this.type = type;
    this.ani = ani;
    this.dnis = dnis;
    this.userData = { ...userData };
    this.previousConnID = previousConnID;
  }

  /** A further party. */
  add(dn: string, role: DnRole): Party {
    const party = new Party(this, dn, role);
    this.parties.push(party);
    return party;
  }

  /** A party of another call becomes one of this. */
  take(party: Party): void {
    const { parties } = party.call;
    parties.splice(parties.indexOf(party), 1);
    party.previousConnID = party.call.connID;
    party.call = this;
    this.parties.push(party);
  }

  /** The party of that number. */
  party(dn: string): Party | undefined {
    return this.parties.find((each) => each.dn === dn);
  }

  /** All parties but this one. */
  others(party: Party): Party[] {
    return this.parties.filter((each) => each !== party);
  }

  /** Runs one change of the call after the other. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(change);
    this.#queue = done.catch(() => {});
    return done;
  }

  /** The call as a party sees it. */
  infoFor(party: Party): CallInfo {
    return {
      connID: this.connID,
      callUUID: this.callUUID,
      callType: this.type,
      partyState: party.state,
      thisDNRole: party.role,
      ...(party.other && { otherDN: party.other.dn }),
      ...(this.previousConnID && { previousConnID: this.previousConnID }),
      userData: { ...this.userData },
      parties: this.parties.map(({ dn }) => dn),
    };
  }
}
