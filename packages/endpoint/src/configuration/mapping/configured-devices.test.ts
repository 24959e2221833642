import type { AudioDeviceInfo, AudioDevices } from '@offhook/rtp-media';
import { expect, onTestFinished, test } from 'vitest';
import { VoiceDevices } from '../../devices/voice-devices';
import { Configuration } from '../configuration';
import { configuredEndpoint } from './configured-endpoint';

const info = (name: string, direction: 'input' | 'output'): AudioDeviceInfo => ({
  id: `${direction}-${name}`,
  name,
  direction,
  isDefault: name === 'Built-in',
});

/** A desk with these devices, each a microphone and a loudspeaker. */
const desk = (...names: string[]): AudioDevices => ({
  list: () => names.flatMap((name) => [info(name, 'input'), info(name, 'output')]),
  openInput: async () => ({ sampleRate: 16_000, onAudio() {}, onLost() {}, close() {} }),
  openOutput: async () => ({ sampleRate: 16_000, onNeeded() {}, onLost() {}, close() {} }),
  onChange: () => () => {},
  close() {},
});

test('devices are chosen as policy.device says, at once when it is changed, and no more when the endpoint is closed', async () => {
  const configuration = Configuration.fromJson({ connectivity: [{ user: '1001', server: '127.0.0.1' }] });
  configuration.apply({
    'policy.endpoint.sip_port_min': 25_060,
    'policy.endpoint.sip_port_max': 25_160,
    'policy.device.use_headset': true,
    'policy.device.headset_name': ['jabra.*'],
  });
  using devices = await VoiceDevices.open(desk('Built-in', 'Plantronics 655', 'Jabra 20'));
  expect(devices.selection.microphone?.name).toBe('Built-in');
  const environment = { addresses: () => [{ adapter: 'lo', address: '127.0.0.1', family: 4 as const }] };
  const { endpoint, close } = await configuredEndpoint(configuration, { environment, devices });
  onTestFinished(close);
  expect(endpoint.device).toBe(devices.device);
  expect(devices.selection).toMatchObject({ speaker: { name: 'Jabra 20' }, headset: true });
  configuration.set('policy.device.headset_name', ['Plantronics 655']);
  await expect.poll(() => devices.selection.speaker?.name).toBe('Plantronics 655');
  configuration.set('policy.device.headset_name', ['Sennheiser']);
  await expect.poll(() => devices.available).toBe(false);
  await close();
  configuration.set('policy.device.headset_name', ['jabra.*']);
  await devices.reconsider();
  expect(devices.available).toBe(false);
});
