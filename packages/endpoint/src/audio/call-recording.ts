import { type AudioSink, type MediaError, type TwoPartyRecorder, twoPartyRecorder } from '@offhook/rtp-media';
import { TypedEmitter } from '@offhook/sip-core';
import type { CallAudio } from '../media/call-audio';

/** How a call is recorded. */
export interface RecordingSettings {
  /** Hz of the file; 16000 when absent. */
  sampleRate?: number;
}

/** Events of a {@link CallRecording}. */
export interface CallRecordingEvents {
  /** The disk is full, or the file was lost: what was recorded until then is kept, the call goes on. */
  error: [error: MediaError];
}

/** A recording of a call: stereo, what we say on the left, what the peer says on the right. Ends with the call. */
export class CallRecording extends TypedEmitter<CallRecordingEvents> {
  /** Path of the file. */
  readonly path: string;
  readonly #audio: CallAudio;
  readonly #recorder: TwoPartyRecorder;
  readonly #remote: AudioSink;
  #stopped: Promise<void> | undefined;

  private constructor(audio: CallAudio, path: string, recorder: TwoPartyRecorder) {
    super();
    this.path = path;
    this.#audio = audio;
    this.#recorder = recorder;
    this.#remote = recorder.remote;
    recorder.on('error', (error) => this.emit('error', error));
    audio.tap = recorder.local;
    audio.addSink(this.#remote);
    audio.on('closed', () => void this.stop());
  }

  /** @internal */
  static async begin(
    audio: CallAudio,
    path: string,
    { sampleRate = 16_000 }: RecordingSettings,
  ): Promise<CallRecording> {
    return new CallRecording(audio, path, await twoPartyRecorder(path, { sampleRate }));
  }

  /** ms that are safely in the file. */
  get recordedMs(): number {
    return this.#recorder.recordedMs;
  }

  /** Ends it. Resolves when the file is whole. Never rejects: see `error`. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    if (this.#audio.tap === this.#recorder.local) this.#audio.tap = undefined;
    this.#audio.removeSink(this.#remote);
    await this.#recorder.close();
  }
}
