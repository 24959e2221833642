import type { AudioSource } from '../audio/audio-source';
import { loadResampler } from '../audio/resampler';
import { ResamplingSink } from '../audio/resampling-sink';
import type { Clock } from '../platform/clock';
import type { AudioDeviceInfo, AudioDevices, OpenInput } from './audio-devices';
import type { DeviceWish } from './choose-device';
import { ClockBridge } from './clock-bridge';
import { type DeviceEvents, DeviceLine } from './device-line';

/** Settings of a {@link Microphone} or a {@link Loudspeaker}. */
export interface DeviceOptions {
  /** Names, ids or expressions of the devices wanted, the dearest first; the default device when absent. */
  wishes?: readonly DeviceWish[];
  /** Hz of what the call sees; 16000 when absent. */
  sampleRate?: number;
  /** ms that wait at the least, against the unevenness of the device; 20 when absent. */
  bufferMs?: number;
  /** Time for another try with a device that failed; the real one when absent. */
  clock?: Clock;
}

/**
 * A microphone as the source of a call. It outlives the device: when that is lost another one takes its place, or silence
 * until one comes, and the dearest is taken again once it is back. The call never waits for it.
 */
export class Microphone implements AudioSource {
  readonly sampleRate: number;
  readonly #bridge: ClockBridge;
  readonly #line: DeviceLine<OpenInput>;

  private constructor(devices: AudioDevices, options: DeviceOptions) {
    const { wishes = [], sampleRate = 16_000, bufferMs } = options;
    this.sampleRate = sampleRate;
    this.#bridge = new ClockBridge({ sampleRate, ...(bufferMs !== undefined && { targetMs: bufferMs }) });
    this.#line = new DeviceLine<OpenInput>({
      devices,
      clock: options.clock,
      direction: 'input',
      wishes,
      open: (device) => devices.openInput(device, sampleRate),
      opened: (input) => this.#listen(input),
    });
  }

  /** Opens the dearest microphone there is. Resolves also when there is none: silence is heard until one comes. */
  static async open(devices: AudioDevices, options: DeviceOptions = {}): Promise<Microphone> {
    await loadResampler();
    const microphone = new Microphone(devices, options);
    await microphone.#line.reconsider();
    return microphone;
  }

  #listen(input: OpenInput | undefined): void {
    this.#bridge.clear();
    if (!input) return;
    if (input.sampleRate === this.sampleRate) {
      input.onAudio((pcm) => this.#bridge.push(pcm));
      return;
    }
    const bridge = { sampleRate: this.sampleRate, write: (pcm: Int16Array) => this.#bridge.push(pcm) };
    const resampling = new ResamplingSink(bridge, input.sampleRate);
    input.onAudio((pcm) => resampling.write(pcm));
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

  /** Samples missed, dropped, left out and said twice to keep the pace of the call. */
  get counters(): Readonly<ClockBridge['counters']> {
    return this.#bridge.counters;
  }

  read(frame: Int16Array): number {
    this.#bridge.pull(frame);
    return frame.length;
  }

  /** Closes the device. */
  close(): void {
    this.#line.close();
  }
}
