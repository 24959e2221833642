import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadResampler, toneLevelDbfs, toneSource } from '@offhook/rtp-media';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';
import { shareOfTone } from '../testing/tone-share';

beforeAll(() => loadResampler());

const RATE = 16_000;
const tone = (ms: number, hz = 440): Int16Array =>
  Int16Array.from({ length: (RATE * ms) / 1000 }, (_, i) => 10_000 * Math.sin((2 * Math.PI * hz * i) / RATE));

/** What is heard at 8 kHz, all of it. */
function ear() {
  const heard: number[] = [];
  return { sink: { sampleRate: 8000, write: (frame: Int16Array) => void heard.push(...frame) }, heard };
}

async function talking() {
  const lab = new MemoryLab();
  const rig = await lab.talking();
  const atPeer = ear();
  rig.peer.audio.addSink(atPeer.sink);
  return { lab, ...rig, heard: atPeer.heard };
}

describe('what a bot says', () => {
  test('is played in order, with marks that tell how far it has come', async () => {
    const { lab, call, heard } = await talking();
    const player = call.audio.play({ sampleRate: RATE });
    const marks: string[] = [];
    player.on('mark', (name, end) => marks.push(`${name} ${end}`));
    player.push(tone(200, 440));
    const first = player.mark('first');
    player.push(tone(200, 1000));
    const second = player.mark('second');
    await lab.clock.advance(240);
    expect(marks).toEqual(['first played']);
    expect(await first).toBe('played');
    await lab.clock.advance(400);
    expect(await second).toBe('played');
    expect(player.playedMs).toBeCloseTo(400, 0);
    expect(shareOfTone(Int16Array.from(heard.slice(0, 3200)), 440)).toBeGreaterThan(0.2);
  });

  test('stops within a packet when somebody interrupts', async () => {
    const { lab, call, heard } = await talking();
    const player = call.audio.play({ sampleRate: RATE });
    player.push(tone(5000));
    const end = player.mark('end');
    await lab.clock.advance(1000);
    const missed = player.clear();
    expect(await end).toBe('cleared');
    expect(missed).toBeGreaterThan(3900);
    // What is in the peer's jitter buffer is still heard.
    await lab.clock.advance(200);
    heard.length = 0;
    await lab.clock.advance(500);
    expect(Math.max(...heard.map(Math.abs))).toBeLessThan(20);
    player.push(tone(200));
    await lab.clock.advance(400);
    expect(Math.max(...heard.map(Math.abs))).toBeGreaterThan(5000);
  });

  test('is held back to the pace of the call', async () => {
    const { lab, call } = await talking();
    const player = call.audio.play({ sampleRate: RATE, maxQueueMs: 200 });
    let written = false;
    let drained = 0;
    player.on('drained', () => drained++);
    void player.write(tone(1000)).then(() => {
      written = true;
    });
    await lab.clock.advance(500);
    expect(written).toBe(false);
    await lab.clock.advance(600);
    expect(written).toBe(true);
    await lab.clock.advance(600);
    expect(drained).toBe(1);
    player.end();
    expect(player.push(tone(20))).toBe(false);
  });

  test('may come by a Web stream', async () => {
    const { lab, call, heard } = await talking();
    const writer = call.audio.writable({ sampleRate: RATE }).getWriter();
    await writer.write(tone(300));
    await writer.close();
    await lab.clock.advance(600);
    expect(toneLevelDbfs(Int16Array.from(heard.slice(1200, 2800)), 8000, 440)).toBeGreaterThan(-25);
    expect(call.audio.source).toBeUndefined();
  });
});

describe('what a bot hears', () => {
  test('is read frame by frame until the call is over', async () => {
    const { lab, call, peer } = await talking();
    peer.audio.source = toneSource({ frequencies: [700] });
    let samples = 0;
    const done = (async () => {
      for await (const frame of call.audio.frames({ sampleRate: RATE })) samples += frame.length;
    })();
    await lab.clock.advance(2000);
    expect(samples / RATE).toBeGreaterThan(1.8);
    await lab.until(call.hangup(), 1000);
    await done;
    for await (const _ of call.audio.frames()) throw new Error('The call is over.');
  });

  test('is read by a Web stream, or given up', async () => {
    const { lab, call, peer } = await talking();
    peer.audio.source = toneSource({ frequencies: [700] });
    const reader = call.audio.readable({ sampleRate: 8000 }).getReader();
    const first = reader.read();
    await lab.clock.advance(100);
    expect((await first).value).toBeInstanceOf(Int16Array);
    await reader.cancel();
  });

  test('tells when somebody begins and ends to speak', async () => {
    const { lab, call, peer } = await talking();
    const detector = call.audio.detectSpeech();
    const events: string[] = [];
    detector.on('speechStart', () => events.push('start'));
    detector.on('speechEnd', (ms) => events.push(`end after ${Math.round(ms / 500) * 500} ms`));
    await lab.clock.advance(1000);
    const speech = peer.audio.play({ sampleRate: RATE });
    speech.push(tone(40));
    await lab.clock.advance(500);
    expect(events).toEqual([]);
    speech.push(tone(1000));
    await lab.clock.advance(500);
    expect(detector.speaking).toBe(true);
    await lab.clock.advance(2000);
    expect(events).toEqual(['start', 'end after 1000 ms']);
    detector.stop();
  });
});

describe('digits', () => {
  test.each([
    [{ max: 3 }, '1234', { digits: '123', reason: 'max' }],
    [{ terminator: '#' }, '12#', { digits: '12', reason: 'terminator' }],
    [{ firstTimeout: 500 }, '', { digits: '', reason: 'timeout' }],
    [{ interDigitTimeout: 400 }, '7', { digits: '7', reason: 'timeout' }],
  ] as const)('are collected: %o of "%s"', async (options, digits, wanted) => {
    const { lab, call, peer } = await talking();
    const collected = call.collectDigits(options);
    if (digits !== '') void peer.sendDtmf(digits).catch(() => {});
    expect(await lab.until(collected, 15_000)).toEqual(wanted);
  });

  test('until the call is over, or nobody waits any more', async () => {
    const { lab, call, peer } = await talking();
    const controller = new AbortController();
    const [given, ended] = [call.collectDigits({ signal: controller.signal }), call.collectDigits()];
    controller.abort();
    expect(await given).toEqual({ digits: '', reason: 'aborted' });
    await lab.until(peer.hangup(), 1000);
    expect(await ended).toEqual({ digits: '', reason: 'ended' });
    expect(await call.collectDigits()).toEqual({ digits: '', reason: 'ended' });
  });
});

test('a call is recorded, each side in a channel of its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { lab, call, peer } = await talking();
  call.audio.source = toneSource({ frequencies: [440], sampleRate: 8000 });
  peer.audio.source = toneSource({ frequencies: [1000] });
  await expect(call.record(join(folder, 'none', 'x.wav'))).rejects.toMatchObject({ code: 'ERR_RECORDING' });
  const file = join(folder, 'call.wav');
  const recording = await call.record(file, { sampleRate: 8000 });
  await lab.clock.advance(500);
  await recording.stop();
  const bytes = await readFile(file);
  expect(bytes.readUInt16LE(22), 'channels').toBe(2);
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset + 44, (bytes.length - 44) >> 1);
  const side = (offset: number) => samples.filter((_, i) => i % 2 === offset).slice(-2400);
  expect(toneLevelDbfs(side(0), 8000, 440)).toBeGreaterThan(-15);
  expect(toneLevelDbfs(side(0), 8000, 1000)).toBeLessThan(-40);
  expect(toneLevelDbfs(side(1), 8000, 1000)).toBeGreaterThan(-15);
  expect(toneLevelDbfs(side(1), 8000, 440)).toBeLessThan(-40);
});
