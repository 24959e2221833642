import type { AudioDeviceInfo, DeviceWish } from '@offhook/rtp-media';

/** The devices that are to be used; what is absent there is none of. */
export interface DeviceSelection {
  readonly microphone?: AudioDeviceInfo;
  readonly speaker?: AudioDeviceInfo;
  /** Where it rings; the loudspeaker when absent. */
  readonly ringer?: AudioDeviceInfo;
  /** Whether microphone and loudspeaker are those of a headset that was asked for. */
  readonly headset: boolean;
  /** Whether somebody could talk: calls are neither answered by themselves nor, where that is wanted, let in without. */
  readonly available: boolean;
}

/** Decides which devices are used. Asked at the start, and whenever one was plugged in or out. */
export type DevicePolicy = (devices: readonly AudioDeviceInfo[]) => DeviceSelection;

/** Wishes of {@link devicesByPreference}: names, ids or expressions, the dearest first. */
export interface DevicePreferences {
  /** Whether only a headset of the list will do; false when absent. */
  readonly useHeadset?: boolean;
  /** Headsets: both the microphone and the loudspeaker of that name. */
  readonly headsets?: readonly DeviceWish[];
  /** Pairs that are a headset though their names differ. */
  readonly pairs?: readonly { readonly input: DeviceWish; readonly output: DeviceWish }[];
  /** Devices that are no headsets, whatever they are called. */
  readonly excluded?: readonly DeviceWish[];
  /** Microphones, where no headset is used. */
  readonly microphones?: readonly DeviceWish[];
  /** Loudspeakers, where no headset is used. */
  readonly speakers?: readonly DeviceWish[];
  /** Where it rings. */
  readonly ringers?: readonly DeviceWish[];
}

/**
 * The rules of the original: with `useHeadset` the first headset of the list that is there, else the first device of its list that is there, else the default one, else the
 * first of all. Somebody can talk with such a headset, or, where none is asked for, when there are a microphone and a loudspeaker at all.
 */
export function devicesByPreference(preferences: DevicePreferences = {}): DevicePolicy {
  const { useHeadset = false, microphones = [], speakers = [], ringers = [] } = preferences;
  return (devices) => {
    const inputs = devices.filter(({ direction }) => direction === 'input');
    const outputs = devices.filter(({ direction }) => direction === 'output');
    const headset = useHeadset ? findHeadset(preferences, inputs, outputs) : undefined;
    const microphone = headset?.microphone ?? first(inputs, microphones);
    const speaker = headset?.speaker ?? first(outputs, speakers);
    const ringer = wished(outputs, ringers);
    return {
      ...(microphone && { microphone }),
      ...(speaker && { speaker }),
      ...(ringer && { ringer }),
      headset: headset !== undefined,
      available: useHeadset ? headset !== undefined : microphone !== undefined && speaker !== undefined,
    };
  };
}

function findHeadset(
  { headsets = [], pairs = [], excluded = [] }: DevicePreferences,
  inputs: readonly AudioDeviceInfo[],
  outputs: readonly AudioDeviceInfo[],
): { microphone: AudioDeviceInfo; speaker: AudioDeviceInfo } | undefined {
  const allowed = (device: AudioDeviceInfo): boolean => !excluded.some((wish) => fits(device, wish));
  const candidates = [...headsets.map((name) => ({ input: name, output: name })), ...pairs];
  for (const { input, output } of candidates) {
    const microphone = inputs.find((device) => allowed(device) && fits(device, input));
    const speaker = outputs.find((device) => allowed(device) && fits(device, output));
    if (microphone && speaker) return { microphone, speaker };
  }
  return undefined;
}

const wished = (devices: readonly AudioDeviceInfo[], wishes: readonly DeviceWish[]): AudioDeviceInfo | undefined => {
  for (const wish of wishes) {
    const found = devices.find((device) => fits(device, wish));
    if (found) return found;
  }
  return undefined;
};

const first = (devices: readonly AudioDeviceInfo[], wishes: readonly DeviceWish[]): AudioDeviceInfo | undefined =>
  wished(devices, wishes) ?? devices.find(({ isDefault }) => isDefault) ?? devices[0];

function fits({ id, name }: AudioDeviceInfo, wish: DeviceWish): boolean {
  if (typeof wish === 'string') return id === wish || name.toLowerCase() === wish.toLowerCase();
  // An expression with a memory (`g`, `y`) would go on where it was.
  wish.lastIndex = 0;
  return wish.test(name);
}
