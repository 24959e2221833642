import { pcmStreamSource } from '@offhook/endpoint';

/**
 * What a bot says: pieces of PCM, played one after the other, with marks between them. It is an audio source of Offhook: a
 * call asks it for audio by `read`, at the pace of the call.
 */
export class MarkedSpeech {
  #queue;
  #marks = [];
  #pushed = 0;
  #played = 0;
  #onMark;

  /**
   * @param sampleRate Hz of what is pushed
   * @param maxAheadMs how far the bot may be ahead of the call
   * @param onMark told of each mark when what is before it has been played, or cleared
   */
  constructor(sampleRate, maxAheadMs, onMark) {
    this.sampleRate = sampleRate;
    this.#queue = pcmStreamSource({ sampleRate, maxQueueMs: maxAheadMs });
    this.#onMark = onMark;
  }

  /** @returns whether there was room */
  push(pcm) {
    if (!this.#queue.push(pcm)) return false;
    this.#pushed += pcm.length;
    return true;
  }

  /** Sets a mark behind all that has been pushed. */
  mark(name) {
    this.#marks.push({ name, at: this.#pushed });
    this.#reach();
  }

  /** Forgets what has not been played: somebody interrupts. Its marks are told as cleared. */
  clear() {
    this.#queue.clear();
    this.#played = this.#pushed;
    for (const { name } of this.#marks.splice(0)) this.#onMark(name, true);
  }

  read(frame) {
    const samples = this.#queue.read(frame);
    if (samples > 0) {
      this.#played += samples;
      this.#reach();
    }
    return samples;
  }

  #reach() {
    while (this.#marks[0]?.at <= this.#played) this.#onMark(this.#marks.shift().name, false);
  }
}
