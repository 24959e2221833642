import type { AudioSink, AudioSource } from '@offhook/rtp-media';
import type { Call } from '../call/call';
import { isEstablished } from '../call/call-state';
import { sinkAtVolume } from '../devices/volume';

/** What people talk and listen with: such as a microphone and a loudspeaker. */
export interface VoiceDevice {
  readonly source?: AudioSource;
  readonly sink?: AudioSink;
}

/** @internal What {@link AudioFocus} is made with. */
export interface AudioFocusInit {
  device: VoiceDevice | undefined;
  /** Whether the other calls are held when one gets the focus. */
  holdOthers: boolean;
  changed(call: Call | undefined): void;
  failed(error: unknown): void;
}

/**
 * Which of several calls people talk in. A call gets the focus when it is placed or answered, and when its hold is ended here; the one that has
 * it is connected with the device.
 */
export class AudioFocus {
  readonly #init: AudioFocusInit;
  /** Calls that had the focus, the latest last. */
  #history: Call[] = [];
  #device: VoiceDevice | undefined;
  #call: Call | undefined;
  /** The device's sink, at the volume of the call that has the focus. */
  #heard: AudioSink | undefined;

  constructor(init: AudioFocusInit) {
    this.#init = init;
    this.#device = init.device;
  }

  get call(): Call | undefined {
    return this.#call;
  }

  get device(): VoiceDevice | undefined {
    return this.#device;
  }

  set device(device: VoiceDevice | undefined) {
    if (this.#call) this.#disconnect(this.#call);
    this.#device = device;
    if (this.#call) this.#connect(this.#call);
  }

  /** A call has begun. */
  follow(call: Call): void {
    call.on('state', (state, previous) => {
      if (state === 'answering') this.give(call);
      else if (state === 'disconnected') this.#ended(call);
      else if (state === 'connected' && previous === 'answering') this.give(call);
    });
    call.on('retrieved', ({ by }) => {
      if (by === 'local') this.give(call);
    });
    if (call.direction === 'outgoing') this.give(call);
  }

  /** Gives a call the focus, or takes it from all. */
  give(call: Call | undefined): void {
    if (call === this.#call) return;
    const before = this.#call;
    if (before) this.#disconnect(before);
    this.#call = call;
    if (call) {
      this.#history = [...this.#history.filter((each) => each !== call), call];
      this.#connect(call);
    }
    if (call && this.#init.holdOthers) this.#holdOthers(call);
    this.#init.changed(call);
  }

  /** The call that had the focus before, and is still there. */
  get previous(): Call | undefined {
    return this.#history.findLast((call) => call !== this.#call && isEstablished(call.state));
  }

  #holdOthers(call: Call): void {
    for (const other of this.#history) {
      if (other !== call && other.state === 'connected') other.hold().catch(this.#init.failed);
    }
  }

  #ended(call: Call): void {
    this.#history = this.#history.filter((each) => each !== call);
    if (call !== this.#call) return;
    // Nobody is taken off hold unasked; a call that goes on is heard again.
    this.give(this.#history.findLast(({ state }) => state === 'connected'));
  }

  #connect(call: Call): void {
    const { source, sink } = this.#device ?? {};
    if (source && call.audio.source === undefined) call.audio.source = source;
    if (!sink) return;
    this.#heard = sinkAtVolume(sink, () => call.volumes.speakerGain);
    call.audio.addSink(this.#heard);
  }

  #disconnect(call: Call): void {
    const { source } = this.#device ?? {};
    if (source && call.audio.source === source) call.audio.source = undefined;
    if (this.#heard) call.audio.removeSink(this.#heard);
    this.#heard = undefined;
  }
}
