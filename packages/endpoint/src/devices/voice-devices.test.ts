import type { AudioDeviceInfo, AudioDevices, OpenInput, OpenOutput } from '@offhook/rtp-media';
import { toneLevelDbfs, toneSource } from '@offhook/rtp-media';
import { describe, expect, test } from 'vitest';
import { rejectUnlessAvailable } from '../policies/admission';
import { MemoryLab } from '../testing/memory-lab';
import { devicesByPreference } from './device-policy';
import { VoiceDevices } from './voice-devices';
import { gainOf } from './volume';

/** A desk that devices are plugged into and pulled out of. */
class Desk implements AudioDevices {
  readonly #devices = new Map<string, AudioDeviceInfo>();
  readonly #listeners = new Set<() => void>();
  readonly opened: string[] = [];

  plug(name: string, directions: readonly ('input' | 'output')[] = ['input', 'output'], isDefault = false): void {
    for (const direction of directions) {
      this.#devices.set(`${name} ${direction}`, { id: `${direction}-${name}`, name, direction, isDefault });
    }
    this.#tell();
  }

  pull(name: string): void {
    for (const direction of ['input', 'output']) this.#devices.delete(`${name} ${direction}`);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  list = (): AudioDeviceInfo[] => [...this.#devices.values()];

  async openInput({ id }: AudioDeviceInfo): Promise<OpenInput> {
    this.opened.push(id);
    return { sampleRate: 16_000, onAudio: () => {}, onLost: () => {}, close: () => {} };
  }

  async openOutput({ id }: AudioDeviceInfo): Promise<OpenOutput> {
    this.opened.push(id);
    return { sampleRate: 16_000, onNeeded: () => {}, onLost: () => {}, close: () => {} };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {}
}

const desk = (...names: string[]): Desk => {
  const made = new Desk();
  made.plug('Built-in', ['input', 'output'], true);
  for (const name of names) made.plug(name);
  return made;
};

describe('which devices are used', () => {
  const headsets = { useHeadset: true, headsets: ['Jabra 20', /plantronics/i] };

  test.each([
    ['the first headset of the list that is there', ['Plantronics 655', 'Jabra 20'], headsets, 'Jabra 20', true],
    ['a headset by expression', ['Plantronics 655'], headsets, 'Plantronics 655', true],
    ['the default device when there is none of the list', ['Other'], headsets, 'Built-in', false],
    ['the device asked for, without a headset', ['USB'], { microphones: ['usb'], speakers: ['usb'] }, 'USB', true],
    ['the default device when nothing is asked for', ['USB'], {}, 'Built-in', true],
    ['what is said to be no headset', ['Jabra 20'], { ...headsets, excluded: [/jabra/i] }, 'Built-in', false],
  ])('%s', (_, plugged, preferences, name, available) => {
    const selection = devicesByPreference(preferences)(desk(...plugged).list());
    expect(selection).toMatchObject({ microphone: { name }, speaker: { name }, available });
  });

  test('a headset of two names is one when it is said to be', () => {
    const there = new Desk();
    there.plug('Desk microphone', ['input']);
    there.plug('Earphones', ['output']);
    const pairs = [{ input: /desk/i, output: /ear/i }];
    expect(devicesByPreference({ useHeadset: true, pairs })(there.list())).toMatchObject({ headset: true });
  });

  test('nobody can talk without a microphone', () => {
    const there = new Desk();
    there.plug('Earphones', ['output']);
    expect(devicesByPreference()(there.list()).available).toBe(false);
  });
});

describe('devices of a phone', () => {
  test('are chosen anew when one is plugged in or out', async () => {
    const there = desk();
    const policy = devicesByPreference({ useHeadset: true, headsets: [/jabra/i] });
    using voice = await VoiceDevices.open(there, { policy });
    expect(voice.selection).toMatchObject({ speaker: { name: 'Built-in' }, available: false });
    const told: (string | undefined)[] = [];
    voice.on('selected', ({ speaker }) => told.push(speaker?.name));
    there.plug('Jabra 20');
    await voice.reconsider();
    expect(voice.available).toBe(true);
    await expect.poll(() => there.opened).toContain('input-Jabra 20');
    there.pull('Jabra 20');
    await voice.reconsider();
    expect(told).toEqual(['Jabra 20', 'Built-in']);
  });

  test('without the headset that is asked for calls are refused with 480', async () => {
    const lab = new MemoryLab();
    const there = desk();
    using voice = await VoiceDevices.open(there, {
      policy: devicesByPreference({ useHeadset: true, headsets: ['Jabra'] }),
    });
    const admission = rejectUnlessAvailable(() => voice.available);
    const [alice, bob] = [await lab.endpoint('alice'), await lab.endpoint('bob', { admission })];
    const refused = alice.call('sip:bob@10.0.0.2');
    await expect(lab.until(refused.established, 1000)).rejects.toMatchObject({ status: 480 });
    there.plug('Jabra');
    await voice.reconsider();
    bob.on('call', (call) => void call.answer());
    await lab.until(alice.call('sip:bob@10.0.0.2').established, 1000);
  });
});

describe('volumes', () => {
  test.each([
    [100, 0],
    [50, -12],
    [10, -40],
  ])('%i is %i dB', (volume, decibels) => {
    expect(20 * Math.log10(gainOf(volume))).toBeCloseTo(decibels, 0);
  });

  test.each([-1, 101, Number.NaN])('%d is none', async (volume) => {
    using voice = await VoiceDevices.open(desk());
    expect(() => voice.setVolume('speaker', volume)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    expect(voice.volume('speaker')).toBe(100);
  });

  test('are told, and muting keeps them', async () => {
    using voice = await VoiceDevices.open(desk(), { volumes: { ringer: 30 } });
    const told: unknown[] = [];
    voice.on('volume', (...all) => told.push(all));
    voice.setVolume('speaker', 70);
    voice.mute('speaker');
    voice.mute('speaker', false);
    expect(told).toEqual([
      ['speaker', 70, false],
      ['speaker', 70, true],
      ['speaker', 70, false],
    ]);
    expect(voice.volume('ringer')).toBe(30);
  });

  test('stand in a snapshot with the devices, which stays the same until one of them changes', async () => {
    const there = desk();
    using voice = await VoiceDevices.open(there);
    const before = voice.snapshot;
    let changes = 0;
    voice.subscribe(() => changes++);
    expect(before).toMatchObject({
      speaker: { name: 'Built-in' },
      volumes: { speaker: { volume: 100, muted: false } },
    });
    expect(voice.getSnapshot()).toBe(before);
    voice.setVolume('speaker', 40);
    expect(voice.snapshot.volumes.speaker).toEqual({ volume: 40, muted: false });
    expect(before.volumes.speaker.volume).toBe(100);
    there.pull('Built-in');
    await voice.reconsider();
    expect(voice.snapshot).toMatchObject({ available: false });
    expect(voice.snapshot.speaker).toBeUndefined();
    expect(changes).toBe(2);
  });

  test('of a call count for what its people say and hear, and stand in its snapshot', async () => {
    const lab = new MemoryLab();
    const heard: number[] = [];
    const device = {
      source: toneSource({ frequencies: [440], sampleRate: 8000 }),
      sink: { sampleRate: 8000, write: (frame: Int16Array) => void heard.push(...frame) },
    };
    const [alice, bob] = [await lab.endpoint('alice', { device }), await lab.endpoint('bob')];
    const there: number[] = [];
    bob.on('call', (call) => {
      call.audio.source = toneSource({ frequencies: [1000] });
      call.audio.addSink({ sampleRate: 8000, write: (frame) => void there.push(...frame) });
      void call.answer();
    });
    const call = alice.call('sip:bob@10.0.0.2');
    await lab.until(call.established, 1000);
    await lab.clock.advance(1000);
    const level = (samples: number[], hz: number) => toneLevelDbfs(Int16Array.from(samples.slice(-2000)), 8000, hz);
    const [loudHere, loudThere] = [level(heard, 1000), level(there, 440)];
    call.volumes.speaker = 50;
    call.volumes.microphone = 10;
    expect(call.snapshot.volumes).toEqual({ microphone: 10, speaker: 50 });
    await lab.clock.advance(1000);
    expect(level(heard, 1000) - loudHere).toBeCloseTo(-12, 0);
    expect(level(there, 440) - loudThere).toBeCloseTo(-40, -1);
  });
});
