import type { AudioSink } from '../audio/audio-sink';
import { loadResampler } from '../audio/resampler';
import { ResamplingSink } from '../audio/resampling-sink';
import type { AudioDeviceInfo, AudioDevices, OpenOutput } from './audio-devices';
import type { DeviceWish } from './choose-device';
import { ClockBridge } from './clock-bridge';
import { type DeviceEvents, DeviceLine } from './device-line';
import type { DeviceOptions } from './microphone';

/**
 * A loudspeaker as a sink of a call, or of several one after the other. It outlives the device as a {@link Microphone} does;
 * what is said while there is none is lost. The call never waits for it.
 */
export class Loudspeaker implements AudioSink {
  readonly sampleRate: number;
  readonly #options: DeviceOptions;
  readonly #line: DeviceLine<OpenOutput>;
  /** What leads to the device. */
  #way: AudioSink | undefined;

  private constructor(devices: AudioDevices, options: DeviceOptions) {
    const { wishes = [], sampleRate = 16_000 } = options;
    this.sampleRate = sampleRate;
    this.#options = options;
    this.#line = new DeviceLine<OpenOutput>({
      devices,
      clock: options.clock,
      direction: 'output',
      wishes,
      open: (device) => devices.openOutput(device, sampleRate),
      opened: (output) => this.#play(output),
    });
  }

  /** Opens the dearest loudspeaker there is. Resolves also when there is none. */
  static async open(devices: AudioDevices, options: DeviceOptions = {}): Promise<Loudspeaker> {
    await loadResampler();
    const loudspeaker = new Loudspeaker(devices, options);
    await loudspeaker.#line.reconsider();
    return loudspeaker;
  }

  #play(output: OpenOutput | undefined): void {
    this.#way = undefined;
    if (!output) return;
    const { bufferMs } = this.#options;
    const bridge = new ClockBridge({
      sampleRate: output.sampleRate,
      ...(bufferMs !== undefined && { targetMs: bufferMs }),
    });
    const direct = { sampleRate: output.sampleRate, write: (pcm: Int16Array) => bridge.push(pcm) };
    this.#way = output.sampleRate === this.sampleRate ? direct : new ResamplingSink(direct, this.sampleRate);
    output.onNeeded((pcm) => void bridge.pull(pcm));
  }

  /** The device in use; undefined while there is none. */
  get device(): AudioDeviceInfo | undefined {
    return this.#line.device;
  }

  /** Which devices are wanted, the dearest first; takes effect at once. */
  set wishes(wishes: readonly DeviceWish[]) {
    this.#line.wishes = wishes;
  }

  /** Listens to {@link DeviceEvents}; the returned function ends that. */
  on<Name extends keyof DeviceEvents>(name: Name, listener: (...args: DeviceEvents[Name]) => void): () => void {
    return this.#line.on(name, listener);
  }

  write(frame: Int16Array): void {
    this.#way?.write(frame);
  }

  /** Closes the device. */
  close(): void {
    this.#line.close();
  }
}
