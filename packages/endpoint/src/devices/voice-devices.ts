import {
  type AudioDeviceInfo,
  type AudioDevices,
  type AudioSink,
  type AudioSource,
  type DeviceWish,
  Loudspeaker,
  type MediaError,
  Microphone,
} from '@offhook/rtp-media';
import type { Clock } from '@offhook/sip-core';
import type { VoiceDevice } from '../focus/audio-focus';
import { Observable, type ObservableEvents } from '../observable/observable';
import { type DevicePolicy, type DeviceSelection, devicesByPreference } from './device-policy';
import { gainOf, sinkAtVolume, sourceAtVolume, type Volume } from './volume';

/** What has a volume. */
export type VolumeName = 'microphone' | 'speaker' | 'ringer';

/** Settings of {@link VoiceDevices.open}. */
export interface VoiceDevicesOptions {
  /** Which devices are used; the default ones when absent. */
  policy?: DevicePolicy;
  /** Hz of microphone and loudspeaker as calls see them; 16000 when absent. */
  sampleRate?: number;
  /** 0 to 100 each; 100 when absent. */
  volumes?: Partial<Record<VolumeName, Volume>>;
  /** The clock of a test; the machine's when absent. */
  clock?: Clock;
}

/** Events of {@link VoiceDevices}. */
export interface VoiceDevicesEvents extends ObservableEvents {
  /** Other devices are used from now on, as one was plugged in or out, or others were asked for. */
  selected: [selection: DeviceSelection];
  /** A volume or mute was changed. */
  volume: [name: VolumeName, volume: Volume, muted: boolean];
  /** A device was lost, or could not be opened; the next best is taken by itself. */
  error: [error: MediaError];
}

/** How loud something is. */
export interface VolumeLevel {
  /** 0 to 100. */
  readonly volume: Volume;
  /** Whether it is silent, whatever its volume. */
  readonly muted: boolean;
}

/** What is used at one moment, and how loud it is: frozen, and another object once anything has changed. */
export interface VoiceDevicesSnapshot extends DeviceSelection {
  readonly volumes: Readonly<Record<VolumeName, VolumeLevel>>;
}

/**
 * The microphone, loudspeaker and ringer of a phone, chosen by a policy anew whenever a device comes or goes: calls keep theirs through all that.
 *
 * @example
 * ```ts
 * const devices = await VoiceDevices.open(await soundCards(), {
 *   policy: devicesByPreference({ useHeadset: true, headsets: [/jabra/i, /plantronics/i] }),
 * });
 * const endpoint = await new Endpoint({
 *   device: devices.device,
 *   ringing: { ringer: devices.ringer },
 *   admission: rejectUnlessAvailable(() => devices.available, 480),
 * }).start();
 * devices.setVolume('speaker', 70);
 * ```
 */
export class VoiceDevices extends Observable<VoiceDevicesEvents, VoiceDevicesSnapshot> {
  /** For the endpoint: what people talk and listen with. */
  readonly device: Required<VoiceDevice>;
  /** For the endpoint's `ringing`. */
  readonly ringer: AudioSink;
  readonly #devices: AudioDevices;
  readonly #lines: { microphone: Microphone; speaker: Loudspeaker; ringer: Loudspeaker };
  readonly #volumes: Record<VolumeName, { volume: Volume; muted: boolean; gain: number }>;
  readonly #unwatch: () => void;
  #policy: DevicePolicy;
  #selection: DeviceSelection = { headset: false, available: false };
  #closed = false;

  private constructor(
    devices: AudioDevices,
    lines: { microphone: Microphone; speaker: Loudspeaker; ringer: Loudspeaker },
    policy: DevicePolicy,
    volumes: Partial<Record<VolumeName, Volume>>,
  ) {
    super();
    this.#devices = devices;
    this.#lines = lines;
    this.#policy = policy;
    const level = (volume: Volume = 100) => ({ volume, muted: false, gain: gainOf(volume) });
    this.#volumes = {
      microphone: level(volumes.microphone),
      speaker: level(volumes.speaker),
      ringer: level(volumes.ringer),
    };
    const gain = (name: VolumeName) => () => this.#volumes[name].gain;
    const source: AudioSource = sourceAtVolume(lines.microphone, gain('microphone'));
    this.device = { source, sink: sinkAtVolume(lines.speaker, gain('speaker')) };
    // A line of its own on the same loudspeaker, too: the system mixes what rings with the call.
    this.ringer = sinkAtVolume(lines.ringer, gain('ringer'));
    for (const line of [lines.microphone, lines.speaker, lines.ringer]) {
      line.on('error', (error) => this.emit('error', error));
    }
    this.#unwatch = devices.onChange(() => void this.reconsider());
  }

  /** Opens what the policy chooses. Resolves also when there is no device at all: silence is heard until one comes. */
  static async open(devices: AudioDevices, options: VoiceDevicesOptions = {}): Promise<VoiceDevices> {
    const { policy = devicesByPreference(), sampleRate = 16_000, volumes = {}, clock } = options;
    const selection = policy(await devices.list());
    const open = (device: AudioDeviceInfo | undefined) => ({
      sampleRate,
      wishes: wishesFor(device),
      ...(clock && { clock }),
    });
    const lines = {
      microphone: await Microphone.open(devices, open(selection.microphone)),
      speaker: await Loudspeaker.open(devices, open(selection.speaker)),
      ringer: await Loudspeaker.open(devices, open(selection.ringer ?? selection.speaker)),
    };
    const voice = new VoiceDevices(devices, lines, policy, volumes);
    voice.#select(selection);
    return voice;
  }

  /** What is used now. */
  get selection(): DeviceSelection {
    return this.#selection;
  }

  /** Whether somebody could talk, as the policy says. */
  get available(): boolean {
    return this.#selection.available;
  }

  /** What decides; setting another one decides anew. */
  get policy(): DevicePolicy {
    return this.#policy;
  }

  set policy(policy: DevicePolicy) {
    this.#policy = policy;
    void this.reconsider();
  }

  /** Lists the devices there are. */
  async list(): Promise<readonly AudioDeviceInfo[]> {
    return this.#devices.list();
  }

  /** Asks the policy again. */
  async reconsider(): Promise<void> {
    const devices = await this.#devices.list();
    if (!this.#closed) this.#select(this.#policy(devices));
  }

  /** How loud something is, 0 to 100, muted or not. */
  volume(name: VolumeName): Volume {
    return this.#volumes[name].volume;
  }

  /** Sets how loud something is. @throws EndpointError `ERR_OPTION` unless it is a number from 0 to 100 */
  setVolume(name: VolumeName, volume: Volume): void {
    gainOf(volume);
    this.#change(name, { volume });
  }

  /** Whether something is silent whatever its volume. */
  muted(name: VolumeName): boolean {
    return this.#volumes[name].muted;
  }

  /** Makes something silent, or as loud as before. */
  mute(name: VolumeName, muted = true): void {
    this.#change(name, { muted });
  }

  #change(name: VolumeName, change: { volume?: Volume; muted?: boolean }): void {
    const { volume, muted } = { ...this.#volumes[name], ...change };
    this.#volumes[name] = { volume, muted, gain: muted ? 0 : gainOf(volume) };
    this.emit('volume', name, volume, muted);
    this.changed();
  }

  #select(selection: DeviceSelection): void {
    const before = this.#selection;
    this.#selection = Object.freeze({ ...selection });
    const { microphone, speaker, ringer } = selection;
    if (sameSelection(before, selection)) return;
    this.#lines.microphone.wishes = wishesFor(microphone);
    this.#lines.speaker.wishes = wishesFor(speaker);
    this.#lines.ringer.wishes = wishesFor(ringer ?? speaker);
    this.emit('selected', this.#selection);
    this.changed();
  }

  protected takeSnapshot(): VoiceDevicesSnapshot {
    const level = (name: VolumeName): VolumeLevel => {
      const { volume, muted } = this.#volumes[name];
      return Object.freeze({ volume, muted });
    };
    const volumes = { microphone: level('microphone'), speaker: level('speaker'), ringer: level('ringer') };
    return { ...this.#selection, volumes: Object.freeze(volumes) };
  }

  /** Gives all devices back. */
  close(): void {
    this.#closed = true;
    this.#unwatch();
    for (const line of Object.values(this.#lines)) line.close();
  }

  /** Closes it: `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

const wishesFor = (device: AudioDeviceInfo | undefined): readonly DeviceWish[] => (device ? [device.id] : []);

const sameSelection = (a: DeviceSelection, b: DeviceSelection): boolean =>
  a.microphone?.id === b.microphone?.id &&
  a.speaker?.id === b.speaker?.id &&
  a.ringer?.id === b.ringer?.id &&
  a.headset === b.headset &&
  a.available === b.available;
