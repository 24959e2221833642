import { type Clock, systemClock, type Timer } from '../platform/clock';
import { MediaError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import type { AudioDeviceInfo, AudioDevices } from './audio-devices';
import { chooseDevice, type DeviceWish } from './choose-device';

/** Events of a microphone or loudspeaker of a call. */
export interface DeviceEvents {
  /** Another device is in use from now on; undefined: there is none, and silence takes its place until one comes. */
  device: [device: AudioDeviceInfo | undefined];
  /** A device was lost or could not be opened. The next best one is taken by itself. */
  error: [error: MediaError];
}

/** What a device that is open has in common, whichever way the audio goes. */
interface OpenDevice {
  readonly sampleRate: number;
  onLost(handler: (error: Error) => void): void;
  close(): void;
}

/** Settings of a {@link DeviceLine}. */
export interface DeviceLineOptions<Device extends OpenDevice> {
  devices: AudioDevices;
  direction: AudioDeviceInfo['direction'];
  wishes: readonly DeviceWish[];
  open(device: AudioDeviceInfo): Promise<Device>;
  /** Another device is open, or none. */
  opened(device: Device | undefined): void;
  /** Time for another try with a device that failed; the real one when absent. */
  clock?: Clock | undefined;
}

/** ms after which a device that was lost or could not be opened is tried again, though nothing has changed. */
const RETRY_MS = 3000;

/**
 * Keeps the dearest device that there is open: when it is lost the next one takes its place, and when it comes back it is
 * taken again.
 */
export class DeviceLine<Device extends OpenDevice> extends TypedEmitter<DeviceEvents> {
  readonly #options: DeviceLineOptions<Device>;
  readonly #stopWatching: () => void;
  #wishes: readonly DeviceWish[];
  #current: { info: AudioDeviceInfo; device: Device } | undefined;
  /** Those that failed to open, until something changes. */
  readonly #failed = new Set<string>();
  #last: Promise<void> = Promise.resolve();
  #retry: Timer | undefined;
  #closed = false;

  constructor(options: DeviceLineOptions<Device>) {
    super();
    this.#options = options;
    this.#wishes = options.wishes;
    this.#stopWatching = options.devices.onChange(() => {
      this.#failed.clear();
      void this.reconsider();
    });
  }

  /** The device in use. */
  get device(): AudioDeviceInfo | undefined {
    return this.#current?.info;
  }

  /** Which devices are wanted, the dearest first; takes effect at once. */
  set wishes(wishes: readonly DeviceWish[]) {
    this.#wishes = wishes;
    this.#failed.clear();
    void this.reconsider();
  }

  /** Looks at what there is, and changes to another device when a dearer one is there. */
  reconsider(): Promise<void> {
    this.#last = this.#last.then(() => this.#choose());
    return this.#last;
  }

  async #choose(): Promise<void> {
    const { devices, direction } = this.#options;
    for (;;) {
      const all = await this.#list(devices);
      if (this.#closed || !all) return;
      const able = all.filter(({ id }) => !this.#failed.has(id));
      const info = chooseDevice(able, direction, this.#wishes);
      if (this.#current && !all.some(({ id }) => id === this.#current!.info.id)) this.#drop();
      if (info === undefined || info.id === this.#current?.info.id) return;
      if (await this.#change(info)) return;
    }
  }

  /** @returns undefined when they cannot be listed: what is open stays open */
  async #list(devices: AudioDevices): Promise<readonly AudioDeviceInfo[] | undefined> {
    try {
      return await devices.list();
    } catch (cause) {
      this.emit('error', new MediaError('ERR_AUDIO_DEVICE', 'The audio devices cannot be listed.', { cause }));
      return undefined;
    }
  }

  async #change(info: AudioDeviceInfo): Promise<boolean> {
    let device: Device;
    try {
      device = await this.#options.open(info);
    } catch (cause) {
      this.#fail(info);
      const message = `${info.name} cannot be opened: ${(cause as Error).message}.`;
      this.emit('error', new MediaError('ERR_AUDIO_DEVICE', message, { cause }));
      return false;
    }
    if (this.#closed) {
      device.close();
      return true;
    }
    const before = this.#current;
    this.#current = { info, device };
    device.onLost((cause) => this.#lost(info, device, cause));
    this.#options.opened(device);
    before?.device.close();
    this.emit('device', info);
    return true;
  }

  #lost(info: AudioDeviceInfo, device: Device, cause: Error): void {
    if (this.#current?.device !== device) return;
    this.#fail(info);
    this.#drop();
    this.emit('error', new MediaError('ERR_AUDIO_DEVICE', `${info.name} was lost: ${cause.message}.`, { cause }));
    void this.reconsider();
  }

  /** It may have been for a moment only. */
  #fail(info: AudioDeviceInfo): void {
    this.#failed.add(info.id);
    this.#retry?.cancel();
    this.#retry = (this.#options.clock ?? systemClock).setTimer(RETRY_MS, () => {
      this.#failed.clear();
      void this.reconsider();
    });
  }

  #drop(): void {
    this.#current?.device.close();
    this.#current = undefined;
    this.#options.opened(undefined);
    this.emit('device', undefined);
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#stopWatching();
    this.#current?.device.close();
    this.#current = undefined;
  }
}
