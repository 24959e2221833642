import { Mixer, type MixerLeg, type Pacer, sharedPacer } from '@offhook/rtp-media';
import { type IncomingSession, type SipUri, sessionBody } from '@offhook/sip-core';
import {
  MediaService,
  type MediaServiceEvents,
  type MediaServiceOptions,
  type Refusal,
  type ServedCall,
} from './media-service';

/** How a {@link ConferenceService} is set up. */
export interface ConferenceServiceOptions extends MediaServiceOptions {
  /** Parties of all conferences together; above that calls get 486. 100 when absent. */
  readonly maxParties?: number;
  /** Hz that is mixed at; 16000 when absent. */
  readonly sampleRate?: number;
  /** Whether INVITEs without an offer are taken; true when absent. Others get 488, as from servers that cannot. */
  readonly takesDelayedOffer?: boolean;
}

/** A party of a conference. */
export interface ConferenceParty {
  /** Call-ID of its dialog. */
  readonly callId: string;
  /** Nobody hears it. */
  muted: boolean;
  /** It hears nobody. */
  deafened: boolean;
}

/** Events of a {@link ConferenceService}. */
export interface ConferenceServiceEvents extends MediaServiceEvents {
  /** Somebody is in a conference. */
  joined: [conference: string, party: ConferenceParty];
  /** Somebody has left it. */
  left: [conference: string, party: ConferenceParty];
}

interface Room {
  readonly mixer: Mixer;
  readonly parties: Map<ConferenceParty, MixerLeg>;
  readonly stop: () => void;
}

const FRAME_MS = 20;

/**
 * Conferences (MCU): all who call the same user part hear each other, nobody himself, whatever codecs they have. A conference begins with its first party and
 * ends with its last. Who may only listen, or be listened to, says so by the direction of its media.
 */
export class ConferenceService extends MediaService<ConferenceServiceEvents> {
  readonly #rooms = new Map<string, Room>();
  readonly #maxParties: number;
  readonly #sampleRate: number;
  readonly #takesDelayedOffer: boolean;

  constructor(options: ConferenceServiceOptions) {
    super(options, 'Offhook conference');
    this.#maxParties = options.maxParties ?? 100;
    this.#sampleRate = options.sampleRate ?? 16_000;
    this.#takesDelayedOffer = options.takesDelayedOffer ?? true;
  }

  /** Names of the conferences there are. */
  get conferences(): readonly string[] {
    return [...this.#rooms.keys()];
  }

  /** Who is in a conference, in the order they came. */
  parties(conference: string): readonly ConferenceParty[] {
    return [...(this.#rooms.get(conference)?.parties.keys() ?? [])];
  }

  protected override refusal(name: string, _uri: SipUri, { invite }: IncomingSession): Refusal | undefined {
    if (name === '') return { status: 404 };
    if (!this.#takesDelayedOffer && !sessionBody(invite)) return { status: 488 };
    const taken = [...this.#rooms.values()].reduce((sum, { parties }) => sum + parties.size, 0);
    return taken >= this.#maxParties ? { status: 486 } : undefined;
  }

  protected serve({ session, audio, name }: ServedCall): undefined {
    const room = this.#room(name);
    const leg = room.mixer.addLeg({ sampleRate: this.#sampleRate });
    audio.source = leg.output;
    audio.addSink(leg.input);
    const party: ConferenceParty = {
      callId: session.invite.callId,
      get muted() {
        return leg.muted;
      },
      set muted(muted) {
        leg.muted = muted;
      },
      get deafened() {
        return leg.deafened;
      },
      set deafened(deafened) {
        leg.deafened = deafened;
      },
    };
    room.parties.set(party, leg);
    session.on('established', () => this.emit('joined', name, party));
    session.on('ended', () => {
      room.mixer.removeLeg(leg);
      room.parties.delete(party);
      this.emit('left', name, party);
      if (room.parties.size > 0) return;
      room.stop();
      this.#rooms.delete(name);
    });
  }

  #room(name: string): Room {
    const known = this.#rooms.get(name);
    if (known) return known;
    const mixer = new Mixer({ sampleRate: this.#sampleRate, frameMs: FRAME_MS });
    const pacer: Pacer = this.pacer ?? sharedPacer();
    const handle = pacer.add({ intervalMs: FRAME_MS, due: () => mixer.mix() });
    const room: Room = { mixer, parties: new Map(), stop: () => handle.remove() };
    this.#rooms.set(name, room);
    return room;
  }
}
