import { describe, expect, test } from 'vitest';
import { levelDbfs } from '../analysis/level';
import type { MediaError } from '../platform/errors';
import { VirtualClock } from '../testing/virtual-clock';
import { voice } from '../testing/voice';
import type { AudioDeviceInfo, AudioDevices, OpenInput, OpenOutput } from './audio-devices';
import { chooseDevice } from './choose-device';
import { ClockBridge } from './clock-bridge';
import { Loudspeaker } from './loudspeaker';
import { Microphone } from './microphone';
import { type SoundLibrary, soundCards } from './sound-cards';

const settled = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

/** Devices that a test plugs in and pulls out. */
class Desk implements AudioDevices {
  #devices: AudioDeviceInfo[] = [];
  readonly #listeners = new Set<() => void>();
  readonly open = new Map<
    string,
    { speak?: (pcm: Int16Array) => void; need?: (pcm: Int16Array) => void; lose: (e: Error) => void }
  >();
  broken = new Set<string>();
  rate = 16_000;

  plug(name: string, direction: 'input' | 'output', isDefault = false): void {
    this.#devices.push({ id: `id-${name}`, name, direction, isDefault });
    this.#tell();
  }

  /** With a word of the device, or without one. */
  pull(name: string, withWord = true): void {
    this.#devices = this.#devices.filter((device) => device.name !== name);
    if (withWord) this.open.get(name)?.lose(new Error('unplugged'));
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  list = () => this.#devices;

  async openInput({ name }: AudioDeviceInfo): Promise<OpenInput> {
    if (this.broken.has(name)) throw new Error('in use by another program');
    const device = { speak: (_pcm: Int16Array) => {}, lose: (_error: Error) => {} };
    this.open.set(name, device);
    return {
      sampleRate: this.rate,
      onAudio: (handler) => {
        device.speak = handler;
      },
      onLost: (handler) => {
        device.lose = handler;
      },
      close: () => this.open.delete(name),
    };
  }

  async openOutput({ name }: AudioDeviceInfo): Promise<OpenOutput> {
    const device = { need: (_pcm: Int16Array) => {}, lose: (_error: Error) => {} };
    this.open.set(name, device);
    return {
      sampleRate: this.rate,
      onNeeded: (handler) => {
        device.need = handler;
      },
      onLost: (handler) => {
        device.lose = handler;
      },
      close: () => this.open.delete(name),
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {}
}

const loud = new Int16Array(320).fill(8000);

describe('which device', () => {
  const device = (name: string, isDefault = false): AudioDeviceInfo => ({
    id: `id-${name}`,
    name,
    direction: 'input',
    isDefault,
  });
  const all = [device('Built-in'), device('USB Headset', true), device('Jabra Evolve 65')];
  test.each([
    [[], 'USB Headset'],
    [['built-in'], 'Built-in'],
    [['id-Built-in'], 'Built-in'],
    [[/jabra/i, 'Built-in'], 'Jabra Evolve 65'],
    [[/plantronics/i, /^built/i], 'Built-in'],
    [['nobody has it'], 'USB Headset'],
  ])('%s: %s', (wishes, name) => {
    expect(chooseDevice(all, 'input', wishes)?.name).toBe(name);
  });
  test('none where there is none', () => {
    expect(chooseDevice(all, 'output')).toBeUndefined();
  });
});

describe('a microphone', () => {
  test('is lost, replaced and taken again; between them is silence, and never an end', async () => {
    const desk = new Desk();
    desk.plug('Headset', 'input');
    desk.plug('Built-in', 'input', true);
    const microphone = await Microphone.open(desk, { wishes: [/headset/i] });
    const used: (string | undefined)[] = [];
    const errors: MediaError[] = [];
    microphone.on('device', (device) => used.push(device?.name));
    microphone.on('error', (error) => errors.push(error));
    const frame = new Int16Array(320);
    const hears = () => {
      for (let i = 0; i < 5; i++) desk.open.get(microphone.device?.name ?? '')?.speak?.(loud);
      expect(microphone.read(frame)).toBe(320);
      return levelDbfs(frame) > -20;
    };
    expect(microphone.device?.name).toBe('Headset');
    expect(hears()).toBe(true);
    desk.pull('Headset');
    expect(hears()).toBe(false);
    await settled();
    expect(microphone.device?.name).toBe('Built-in');
    expect(hears()).toBe(true);
    desk.pull('Built-in', false);
    await settled();
    expect(microphone.device).toBeUndefined();
    expect(hears()).toBe(false);
    desk.plug('Headset', 'input');
    await settled();
    expect(hears()).toBe(true);
    expect(used).toEqual([undefined, 'Built-in', undefined, 'Headset']);
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ['ERR_AUDIO_DEVICE', 'Headset was lost: unplugged.'],
    ]);
    microphone.close();
    expect(desk.open.size).toBe(0);
  });

  test('that cannot be opened is passed over, and tried again when something changes', async () => {
    const desk = new Desk();
    desk.plug('Headset', 'input');
    desk.plug('Built-in', 'input');
    desk.broken.add('Headset');
    const microphone = await Microphone.open(desk, { wishes: ['Headset'] });
    expect(microphone.device?.name).toBe('Built-in');
    desk.broken.clear();
    desk.plug('Other', 'input');
    await settled();
    expect(microphone.device?.name).toBe('Headset');
    microphone.wishes = ['Other'];
    await settled();
    expect(microphone.device?.name).toBe('Other');
    expect([...desk.open.keys()]).toEqual(['Other']);
  });

  test('of another rate is resampled', async () => {
    const desk = new Desk();
    desk.rate = 48_000;
    desk.plug('Card', 'input');
    const microphone = await Microphone.open(desk);
    const said = voice(2, 48_000, 1);
    const frame = new Int16Array(320);
    let heard = 0;
    for (let at = 0; at + 960 <= said.length; at += 960) {
      desk.open.get('Card')!.speak!(said.subarray(at, at + 960));
      microphone.read(frame);
      if (levelDbfs(frame) > -50) heard++;
    }
    expect(heard).toBeGreaterThan(40);
    expect(microphone.counters.missed).toBe(0);
  });
});

test('a loudspeaker goes on with the next device', async () => {
  const desk = new Desk();
  desk.plug('Headset', 'output');
  desk.plug('Built-in', 'output', true);
  const loudspeaker = await Loudspeaker.open(desk, { wishes: ['Headset'] });
  const plays = () => {
    for (let i = 0; i < 5; i++) loudspeaker.write(loud);
    const frame = new Int16Array(320);
    desk.open.get(loudspeaker.device?.name ?? '')?.need?.(frame);
    return levelDbfs(frame) > -20;
  };
  expect(plays()).toBe(true);
  desk.pull('Headset');
  await settled();
  expect(loudspeaker.device?.name).toBe('Built-in');
  expect(plays()).toBe(true);
});

test.each([-300, -100, 100, 300])('crystals apart by %d millionths: the delay stays, and nothing is missed', (ppm) => {
  const rate = 16_000;
  const bridge = new ClockBridge({ sampleRate: rate });
  const said = voice(30, rate, 5);
  const pulled = new Int16Array(320);
  let at = 0;
  let due = 0;
  let longest = 0;
  // Ten minutes: a card that gives 10 ms pieces in its time, a call that takes 20 ms frames in its own.
  for (let frame = 0; frame < 30_000; frame++) {
    due += 2 * (1 + ppm / 1e6);
    while (due >= 1) {
      due--;
      bridge.push(said.subarray(at, at + 160));
      at = (at + 160) % (said.length - 160);
    }
    bridge.pull(pulled);
    longest = Math.max(longest, bridge.queuedMs);
  }
  expect(longest).toBeLessThan(100);
  expect(bridge.counters.dropped).toBe(0);
  // At the most at the very beginning.
  expect(bridge.counters.missed).toBeLessThan(rate / 10);
});

describe('sound cards', () => {
  const library = (names: string[], fail = false): SoundLibrary => ({
    inputDevices: () => names.map((name, i) => ({ id: name, name, isDefault: i === 0, maxInputChannels: 2 })),
    outputDevices: () => [{ id: 'null', name: 'Null', isDefault: true, maxOutputChannels: 0 }],
    Microphone: {
      async open() {
        if (fail) throw new Error('no permission');
        const listeners = new Map<string, (value: never) => void>();
        setTimeout(() => listeners.get('data')?.(Buffer.from(loud.buffer) as never), 0);
        return { on: (event: string, listener: (value: never) => void) => listeners.set(event, listener), stop() {} };
      },
    },
    Speaker: { open: () => Promise.reject(new Error('none')) },
  });

  test('are listed, told of when they come, and give audio', async () => {
    const names = ['Mic'];
    const cards = await soundCards({ library: library(names), pollMs: 5 });
    expect(await cards.list()).toEqual([{ id: 'Mic', name: 'Mic', direction: 'input', isDefault: true }]);
    const changed = new Promise<void>((resolve) => cards.onChange(resolve));
    names.push('Second');
    await changed;
    const [first] = await cards.list();
    const input = await cards.openInput(first!, 16_000);
    expect(await new Promise((resolve) => input.onAudio((pcm) => resolve(pcm[0])))).toBe(8000);
    input.close();
    cards.close();
  });

  test('that stumble are opened again at once, and are lost when they do nothing else', async () => {
    const streams: { say(event: string, value?: unknown): void; stopped: boolean }[] = [];
    const stumbling: SoundLibrary = {
      ...library(['Mic']),
      Microphone: {
        async open() {
          const listeners = new Map<string, (value: never) => void>();
          const stream = {
            stopped: false,
            say: (event: string, value?: unknown) => listeners.get(event)?.(value as never),
            on: (event: string, listener: (value: never) => void) => listeners.set(event, listener),
            stop() {
              stream.stopped = true;
            },
          };
          streams.push(stream);
          return stream;
        },
      },
    };
    const cards = await soundCards({ library: stumbling });
    const input = await cards.openInput((await cards.list())[0]!, 16_000);
    const lost: string[] = [];
    const heard: number[] = [];
    input.onLost(({ message }) => lost.push(message));
    input.onAudio((pcm) => heard.push(pcm[0]!));
    streams[0]!.say('error', new Error('overrun'));
    await settled();
    expect(streams.map(({ stopped }) => stopped)).toEqual([true, false]);
    streams[1]!.say('data', Buffer.from(loud.buffer));
    expect([heard, lost]).toEqual([[8000], []]);
    for (let i = 1; i <= 5; i++) {
      streams[i]!.say('error', new Error('overrun'));
      await settled();
    }
    expect(lost).toEqual(['overrun']);
    expect(streams).toHaveLength(6);
    input.close();
    cards.close();
  });

  test('without the package for them, or one that fails, there is an error that says so', async () => {
    await expect(soundCards()).rejects.toMatchObject({
      code: 'ERR_AUDIO_DEVICE',
      message: expect.stringContaining('decibri'),
    });
    const cards = await soundCards({ library: library(['Mic'], true) });
    const microphone = await Microphone.open(cards);
    expect(microphone.device).toBeUndefined();
    cards.close();
  });
});

test('a device that failed is tried again after a while, though nothing has changed', async () => {
  const clock = new VirtualClock();
  const desk = new Desk();
  desk.plug('Only', 'input');
  desk.broken.add('Only');
  const microphone = await Microphone.open(desk, { clock });
  expect(microphone.device).toBeUndefined();
  desk.broken.clear();
  await clock.run(3100);
  await settled();
  expect(microphone.device?.name).toBe('Only');
  microphone.close();
});

test('devices that cannot be listed for a moment leave the one in use alone', async () => {
  const desk = new Desk();
  desk.plug('Only', 'input');
  const microphone = await Microphone.open(desk);
  const { list } = desk;
  desk.list = () => {
    throw new Error('busy');
  };
  const errors: MediaError[] = [];
  microphone.on('error', (error) => errors.push(error));
  desk.plug('Another', 'input');
  await settled();
  expect([microphone.device?.name, errors.length]).toEqual(['Only', 1]);
  desk.list = list;
  microphone.close();
});

test('audio stops and begins without a click', () => {
  const bridge = new ClockBridge({ sampleRate: 16_000 });
  const frame = new Int16Array(320);
  const heard: number[] = [];
  const pull = () => {
    bridge.pull(frame);
    heard.push(...frame);
  };
  pull();
  for (let i = 0; i < 3; i++) bridge.push(loud);
  for (let i = 0; i < 6; i++) pull();
  for (let i = 0; i < 3; i++) bridge.push(loud);
  for (let i = 0; i < 3; i++) pull();
  const steps = heard.slice(1).map((sample, i) => Math.abs(sample - heard[i]!));
  expect(Math.max(...heard)).toBe(8000);
  expect(Math.max(...steps)).toBeLessThan(8000 / 20);
});
