import { type AudioSink, type AudioSource, networkTone, type Playing, play, toneSource } from '@offhook/rtp-media';
import { type Clock, systemClock } from '@offhook/sip-core';
import type { Call } from '../call/call';
import { isEstablished } from '../call/call-state';
import type { RingingOptions } from './ringing-options';

/** @internal What {@link Ringing} needs. */
export interface RingingInit {
  options: RingingOptions;
  clock: Clock | undefined;
  /** Where people hear the call that has the focus. */
  speaker: () => AudioSink | undefined;
  /** The calls there are. */
  calls: () => readonly Call[];
  failed(error: unknown): void;
}

/** Rings for calls that come in, and lets hear how it rings at others. */
export class Ringing {
  readonly #init: RingingInit;
  #ring: { playing: Playing; waiting: boolean } | undefined;
  /** Calls that have rung long enough. */
  readonly #rung = new WeakSet<Call>();
  readonly #ringbacks = new Map<Call, Playing>();

  constructor(init: RingingInit) {
    this.#init = init;
  }

  /** A call has begun. */
  follow(call: Call): void {
    const change = (): void => this.#reconsider();
    call.on('state', change);
    call.on('ended', change);
    if (call.direction === 'outgoing') this.#ringback(call);
    else this.#limit(call);
    // What decides about the call at once leaves no click.
    queueMicrotask(change);
  }

  #limit(call: Call): void {
    const { timeoutMs, once } = this.#init.options;
    if (timeoutMs === undefined || once) return;
    const timer = (this.#init.clock ?? systemClock).setTimer(timeoutMs, () => {
      this.#rung.add(call);
      this.#reconsider();
    });
    call.on('state', () => timer.cancel());
    call.on('ended', () => timer.cancel());
  }

  #reconsider(): void {
    const calls = this.#init.calls();
    const ringing = calls.filter(
      (call) => call.direction === 'incoming' && call.state === 'alerting' && !this.#rung.has(call),
    );
    const { whileHeld = true, once = false } = this.#init.options;
    const waiting = calls.some(({ state }) => isEstablished(state) && !(whileHeld && state === 'held'));
    if (once && !waiting) this.#ringOnce(ringing);
    else this.#ringOn(ringing.length > 0, waiting);
  }

  #ringOn(rings: boolean, waiting: boolean): void {
    if (this.#ring && (!rings || this.#ring.waiting !== waiting)) {
      const { once = false } = this.#init.options;
      // What rings once is heard to its end.
      if (once && !this.#ring.waiting) return;
      this.#ring.playing.stop();
      this.#ring = undefined;
    }
    if (!rings || this.#ring) return;
    const { ringer, ringTone = usualRing, callWaiting, plan = 'US' } = this.#init.options;
    const tone = waiting ? (callWaiting ?? (() => networkTone('callWaiting', { plan }))) : ringTone;
    if (ringer && tone) this.#ring = { playing: this.#play(tone(), ringer), waiting };
  }

  #ringOnce(ringing: readonly Call[]): void {
    if (this.#ring?.waiting) this.#ringOn(false, false);
    if (ringing.length === 0) return;
    for (const call of ringing) this.#rung.add(call);
    if (this.#ring) return;
    this.#ringOn(true, false);
    const ring = this.#ring as { playing: Playing } | undefined;
    const over = (): void => {
      if (this.#ring === ring) this.#ring = undefined;
    };
    ring?.playing.done.then(over, over);
  }

  #ringback(call: Call): void {
    const { ringback = 'either', plan = 'US' } = this.#init.options;
    const { ringbackTone = () => networkTone('ringback', { plan }) } = this.#init.options;
    // Early media is in the call's audio; what is not wanted of it must not be heard.
    if (ringback === 'none' || ringback === 'local') call.audio.deaf = true;
    const stop = (): void => {
      this.#ringbacks.get(call)?.stop();
      this.#ringbacks.delete(call);
    };
    call.on('state', () => {
      stop();
      call.audio.deaf = false;
    });
    if (ringback === 'none' || ringback === 'early-media') return;
    call.audio.on('firstPacket', () => {
      if (ringback === 'either') stop();
    });
    call.on('progress', ({ status }) => {
      const speaker = this.#init.speaker();
      const heard = ringback === 'either' && call.statistics().packetsReceived > 0;
      if (status !== 180 || heard || !speaker || this.#ringbacks.has(call) || call.state !== 'in-progress') return;
      this.#ringbacks.set(call, this.#play(ringbackTone(), speaker));
    });
  }

  #play(source: AudioSource, sink: AudioSink): Playing {
    const { clock, failed } = this.#init;
    const playing = play(source, sink, clock ? { clock } : {});
    playing.done.catch(failed);
    return playing;
  }
}

/** Two tones a third apart, a second of them every four. */
const usualRing = (): AudioSource =>
  toneSource({ frequencies: [784, 988], levelDb: -18, cadence: [400, 200, 400, 3000] });
