import { type AudioSink, VoiceDetector } from '@offhook/rtp-media';
import { TypedEmitter } from '@offhook/sip-core';

/** When somebody is taken to speak. */
export interface SpeechDetectorOptions {
  /** ms that a voice must last; 100 when absent: a cough does not interrupt. */
  startMs?: number;
  /** ms of silence after which somebody has stopped; 600 when absent. */
  endMs?: number;
  /** dB above the noise that a voice has; 8 when absent. */
  marginDb?: number;
}

/** Events of a {@link SpeechDetector}. */
export interface SpeechDetectorEvents {
  /** Somebody speaks. */
  speechStart: [];
  /** Somebody has stopped. @param ms how long it was */
  speechEnd: [ms: number];
}

const SAMPLE_RATE = 16_000;

/** Hears when the peer of a call begins and ends to speak. Made by {@link CallAudio.detectSpeech}. */
export class SpeechDetector extends TypedEmitter<SpeechDetectorEvents> {
  /** @internal */
  readonly sink: AudioSink;
  readonly #detector: VoiceDetector;
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #stop: () => void;
  #speaking = false;
  #voiceMs = 0;
  #silentMs = 0;

  /** @internal */
  constructor({ startMs = 100, endMs = 600, marginDb = 8 }: SpeechDetectorOptions, stop: (sink: AudioSink) => void) {
    super();
    this.#startMs = startMs;
    this.#endMs = endMs;
    this.#detector = new VoiceDetector({ sampleRate: SAMPLE_RATE, marginDb, hangoverMs: 20 });
    this.sink = { sampleRate: SAMPLE_RATE, write: (frame) => this.#hear(frame) };
    this.#stop = () => stop(this.sink);
  }

  /** Whether somebody speaks. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Listens no more. */
  stop(): void {
    this.#stop();
  }

  #hear(frame: Int16Array): void {
    const ms = (frame.length * 1000) / SAMPLE_RATE;
    if (this.#detector.process(frame)) {
      this.#voiceMs += ms + (this.#speaking ? this.#silentMs : 0);
      this.#silentMs = 0;
      if (this.#speaking || this.#voiceMs < this.#startMs) return;
      this.#speaking = true;
      this.emit('speechStart');
      return;
    }
    this.#silentMs += ms;
    if (!this.#speaking) {
      // What was too short for a voice is none, however often it comes.
      if (this.#silentMs > 40) this.#voiceMs = 0;
      return;
    }
    if (this.#silentMs < this.#endMs) return;
    const lasted = this.#voiceMs;
    this.#speaking = false;
    this.#voiceMs = 0;
    this.emit('speechEnd', lasted);
  }
}
