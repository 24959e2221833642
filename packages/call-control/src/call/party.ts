import type { Leg } from '../leg/leg';
import { DnRole, type PartyState } from '../tlib/enumerations';
import type { Call } from './call';

/** A DN in a call. */
export class Party {
  readonly dn: string;
  /** The call it is in; another one after a transfer or conference. */
  call: Call;
  role: DnRole;
  state: PartyState = 'Initiated';
  /** Its dialog; undefined while it has none, or has lent it to a consultation call. */
  leg: Leg | undefined;
  /** The dialog with a media server it hears: music, ringback, the conference. */
  service: Leg | undefined;
  /** Whether it is heard by nobody. */
  muted = false;
  /** Whether it hears nobody. */
  deafened = false;
  /** The party it talks to, when the call has more for a moment. */
  facing: Party | undefined;
  /** The same DN's part in the main call, whose dialog this one has borrowed. */
  lender: Party | undefined;
  /** What to do in place of ending the call, when this party cannot be had. */
  unreachable: ((status: number | undefined) => void) | undefined;
  /** The call it was in before, when it came by a transfer or conference. */
  previousConnID: string | undefined;

  constructor(call: Call, dn: string, role: DnRole = DnRole.Unknown) {
    this.call = call;
    this.dn = dn;
    this.role = role;
  }

  /** Whether it is still in the call. */
  get present(): boolean {
    return this.call.parties.includes(this);
  }

  /** The only other party; undefined in a conference, and when there is none. */
  get other(): Party | undefined {
    if (this.facing?.present) return this.facing;
    const others = this.call.others(this);
    return others.length === 1 ? others[0] : undefined;
  }

  /** Whether it takes part in the conversation, or is held in it. */
  get answered(): boolean {
    return this.state === 'Connected' || this.state === 'Held';
  }
}
