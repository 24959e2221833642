import type { DeviceWish } from '@offhook/rtp-media';
import type { DevicePreferences } from '../../devices/device-policy';
import type { DeviceSettings } from './further-settings';

/** What `policy.device` wishes for, for `devicesByPreference()`: names count as they are, and as expressions. */
export function devicePreferences(settings: DeviceSettings): DevicePreferences {
  const { useHeadset, manual, headsets, inputs, outputs, ringers, includedHeadsets, excludedHeadsets } = settings;
  return {
    useHeadset,
    headsets: headsets.flatMap(wishes),
    pairs: includedHeadsets,
    excluded: excludedHeadsets.flatMap(wishes),
    // Without a headset these lists count; `manual_audio_devices_configure` says that they are meant.
    microphones: manual || !useHeadset ? inputs.flatMap(wishes) : [],
    speakers: manual || !useHeadset ? outputs.flatMap(wishes) : [],
    ringers: ringers.flatMap(wishes),
  };
}

function wishes(name: string): DeviceWish[] {
  try {
    return [name, new RegExp(name, 'i')];
  } catch {
    // A name that is no expression is a name.
    return [name];
  }
}
