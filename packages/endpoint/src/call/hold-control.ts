import type { AudioSource } from '@offhook/rtp-media';
import type { CallAudio } from '../media/call-audio';
import type { CallMedia } from './call-media';

/** How to put a peer on hold. */
export interface HoldOptions {
  /** What to ask of the peer (RFC 3264 §8.4): to listen (`sendonly`, the default) or to do nothing (`inactive`). */
  direction?: 'sendonly' | 'inactive';
  /** What the peer hears meanwhile, such as music; silence when absent. The call's own source rests until retrieve. */
  source?: AudioSource;
}

/** Who holds a call. */
export type HeldBy = 'local' | 'remote' | 'both';

/** Holding and retrieving one call: re-INVITEs one after the other, each wish carried out once. */
export class HoldControl {
  readonly #media: CallMedia;
  readonly #audio: CallAudio;
  readonly #reinvite: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #holdsWaiting = 0;

  /** @param reinvite changes the session; rejects when the peer refuses */
  constructor(media: CallMedia, audio: CallAudio, reinvite: () => Promise<void>) {
    this.#media = media;
    this.#audio = audio;
    this.#reinvite = reinvite;
  }

  /** Who holds the call by what was agreed last. */
  get heldBy(): HeldBy | undefined {
    const local = this.#media.wanted !== 'sendrecv';
    // No stream at all, as in an offer without media lines, is the peer's way of parking the call.
    const remote = this.#media.agreed?.remoteHold ?? true;
    return local ? (remote ? 'both' : 'local') : remote ? 'remote' : undefined;
  }

  /** Puts the peer on hold; does nothing when it is. The microphone rests at once. */
  hold({ direction = 'sendonly', source }: HoldOptions = {}): Promise<void> {
    if (!this.#audio.resting) this.#audio.hold(source);
    this.#holdsWaiting++;
    return this.#next(async () => {
      this.#holdsWaiting--;
      if (this.#media.wanted !== 'sendrecv') return;
      this.#audio.hold(source);
      await this.#change(direction);
    });
  }

  /** Puts the peer on hold unless anybody holds the call by then: a server that asks for it may have held it itself. */
  holdUnlessHeld(): Promise<void> {
    return this.#next(async () => {
      if (this.heldBy !== undefined) return;
      this.#audio.hold(undefined);
      await this.#change('sendonly');
    });
  }

  /** Asks for audio both ways; does nothing when nobody holds the call. The peer may keep its own hold. */
  retrieve(): Promise<void> {
    return this.#next(async () => {
      if (this.heldBy === undefined) return;
      await this.#change('sendrecv');
    });
  }

  /** Something was agreed on, by whosever wish: our source speaks again when we hold the peer no more. */
  agreed(): void {
    if (this.#media.wanted === 'sendrecv' && this.#holdsWaiting === 0) this.#audio.retrieve();
  }

  async #change(direction: CallMedia['wanted']): Promise<void> {
    const media = this.#media;
    const before = media.wanted;
    media.wanted = direction;
    try {
      await this.#reinvite();
    } catch (error) {
      media.wanted = before;
      this.agreed();
      throw error;
    }
  }

  #next(action: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(action, action);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
