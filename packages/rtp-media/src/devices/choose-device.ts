import type { AudioDeviceInfo } from './audio-devices';

/** Which device is wanted: its name or id, or an expression its name fits; without regard to case for names. */
export type DeviceWish = string | RegExp;

/**
 * The device to take: the first that fits the first wish that any fits, else the default one, else the first of all.
 *
 * @param wishes the dearest first
 * @returns undefined when there is none
 */
export function chooseDevice(
  devices: readonly AudioDeviceInfo[],
  direction: AudioDeviceInfo['direction'],
  wishes: readonly DeviceWish[] = [],
): AudioDeviceInfo | undefined {
  const able = devices.filter((device) => device.direction === direction);
  for (const wish of wishes) {
    const found = able.find((device) => fits(device, wish));
    if (found) return found;
  }
  return able.find(({ isDefault }) => isDefault) ?? able[0];
}

function fits({ id, name }: AudioDeviceInfo, wish: DeviceWish): boolean {
  if (typeof wish === 'string') return id === wish || name.toLowerCase() === wish.toLowerCase();
  // An expression with a memory (`g`, `y`) would go on where it was.
  wish.lastIndex = 0;
  return wish.test(name);
}
