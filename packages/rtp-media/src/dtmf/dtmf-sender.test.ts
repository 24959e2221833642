import { describe, expect, test } from 'vitest';
import { DtmfSender, type EventPacket } from './dtmf-sender';

/** Runs ticks of 20 ms until the sender is done, and notes each packet with the tick it went out at. */
function run(sender: DtmfSender, { clockRate = 8000, tickMs = 20, most = 10_000 } = {}) {
  const packets: (EventPacket & { tick: number })[] = [];
  for (let tick = 0; tick < most && sender.active; tick++) {
    const packet = sender.tick(tickMs, clockRate);
    if (packet) packets.push({ ...packet, tick });
  }
  return packets;
}

describe('sending telephone events (RFC 4733 §2.5.1)', () => {
  test('every packet of a digit has the timestamp of its beginning, whatever frames were skipped (§2.5.1.2)', () => {
    const sender = new DtmfSender();
    void sender.send('159#');
    const skips = [0, 0, 3, 0, 1, 0, 8, 0, 0, 2, 5, 0];
    const begun: number[][] = [];
    let time = 0;
    for (let tick = 0; tick < 200; tick++) {
      const passed = 20 * (skips[tick % skips.length]! + 1);
      time += passed;
      const packet = sender.tick(passed, 8000, 20);
      if (!packet) continue;
      if (packet.first) begun.push([]);
      begun.at(-1)!.push(time - packet.ageMs);
      expect(packet.duration).toBeLessThanOrEqual(160 * 8);
    }
    expect(begun).toHaveLength(4);
    for (const times of begun) expect(new Set(times).size).toBe(1);
  });

  test('a digit: marker first, duration growing, the end three times, all under one timestamp', async () => {
    const sender = new DtmfSender();
    const done = sender.send('5', { durationMs: 100 });
    const packets = run(sender);
    expect(packets.map(({ first }) => first)).toEqual([true, false, false, false, false, false, false]);
    expect(packets.map(({ duration }) => duration)).toEqual([160, 320, 480, 640, 800, 800, 800]);
    expect(packets.map(({ end }) => end)).toEqual([false, false, false, false, true, true, true]);
    expect(packets.map(({ ageMs }) => ageMs)).toEqual([0, 20, 40, 60, 80, 100, 120]);
    expect(packets.every(({ event, volume }) => event === 5 && volume === 10)).toBe(true);
    await done;
    expect(sender.sent).toBe(1);
  });

  test('digits follow each other after the pause, strings after strings', async () => {
    const sender = new DtmfSender();
    const order: string[] = [];
    const first = sender.send('1#', { durationMs: 60, gapMs: 70 }).then(() => order.push('first'));
    const second = sender.send('d!', { durationMs: 60, gapMs: 70, levelDbm0: -20 }).then(() => order.push('second'));
    const packets = run(sender);
    await Promise.all([first, second]);
    const starts = packets.filter((packet) => packet.first);
    expect(starts.map(({ event }) => event)).toEqual([1, 11, 15, 16]);
    expect(starts.map(({ volume }) => volume)).toEqual([10, 10, 20, 20]);
    // 60 ms of tone, then at least 70 ms of pause.
    expect(starts.map(({ tick }) => tick * 20)).toEqual([0, 140, 280, 420]);
    expect(order).toEqual(['first', 'second']);
  });

  test('a duration that is no multiple of the tick ends exactly', () => {
    const sender = new DtmfSender();
    void sender.send('1', { durationMs: 50 });
    expect(run(sender).map(({ duration }) => duration)).toEqual([160, 320, 400, 400, 400]);
  });

  test('durations are in the clock of the event, whatever its rate', () => {
    const sender = new DtmfSender();
    void sender.send('1', { durationMs: 40 });
    expect(run(sender, { clockRate: 48_000 }).map(({ duration }) => duration)).toEqual([960, 1920, 1920, 1920]);
  });

  test('an event longer than 65535 units goes on in segments that adjoin (§2.5.1.3)', () => {
    const sender = new DtmfSender();
    void sender.send('8', { durationMs: 20_000 });
    const packets = run(sender);
    const startOf = (packet: { tick: number; ageMs: number }) => Math.round((packet.tick * 20 - packet.ageMs) * 8);
    const segments = [...new Set(packets.map(startOf))];
    expect(segments).toEqual([0, 65_535, 131_070]);
    for (const [i, start] of segments.entries()) {
      const durations = packets.filter((packet) => startOf(packet) === start).map(({ duration }) => duration);
      expect(Math.max(...durations)).toBe(i < 2 ? 65_535 : 160_000 - 131_070);
    }
    expect(packets.filter(({ first }) => first)).toHaveLength(1);
    expect(packets.filter(({ end }) => end).map(({ duration }) => duration)).toEqual([28_930, 28_930, 28_930]);
  });

  test('ticks that were skipped count as time', () => {
    const sender = new DtmfSender();
    void sender.send('1', { durationMs: 160 });
    expect(sender.tick(20, 8000)).toMatchObject({ duration: 160, end: false });
    expect(sender.tick(100, 8000)).toMatchObject({ duration: 960, end: false });
    expect(sender.tick(500, 8000)).toMatchObject({ duration: 1280, end: true });
  });

  test('aborting ends the digit on the wire, after 40 ms at least, and gives up the rest', async () => {
    const sender = new DtmfSender();
    const abort = new AbortController();
    const done = sender.send('123', { durationMs: 30_000, signal: abort.signal });
    for (let i = 0; i < 10; i++) sender.tick(20, 8000);
    abort.abort(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
    const packets = run(sender);
    expect(packets.map(({ event, end, duration }) => [event, end, duration])).toEqual(Array(3).fill([1, true, 1600]));
    const next = new AbortController();
    const short = sender.send('4', { signal: next.signal });
    run(sender, { most: 4 });
    next.abort(new Error('enough'));
    await expect(short).rejects.toThrow('enough');
    expect(run(sender).at(-1)).toMatchObject({ event: 4, end: true });
  });

  test('a comma is a pause; one that is given up holds nothing up', async () => {
    const sender = new DtmfSender();
    const done = sender.send('1,,2', { durationMs: 60, gapMs: 60, pauseMs: 500 });
    const starts = run(sender).filter(({ first }) => first);
    await done;
    expect(starts.map(({ event, tick }) => [event, tick * 20])).toEqual([
      [1, 0],
      [2, 60 + 60 + 1000],
    ]);
    const abort = new AbortController();
    const given = sender.send(',,,,3', { signal: abort.signal });
    run(sender, { most: 5 });
    abort.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    void sender.send('4');
    expect(run(sender)[0]).toMatchObject({ event: 4, tick: 1 });
  });

  test.each([
    ['12x', {}, 'ERR_DTMF_DIGIT'],
    ['1', { durationMs: 10 }, 'ERR_MEDIA_ARGUMENT'],
    ['1', { gapMs: Number.NaN }, 'ERR_MEDIA_ARGUMENT'],
    ['1', { levelDbm0: 3 }, 'ERR_MEDIA_ARGUMENT'],
    ['1', { pauseMs: 0 }, 'ERR_MEDIA_ARGUMENT'],
  ])('refuses %j with %j', async (digits, options, code) => {
    const sender = new DtmfSender();
    await expect(sender.send(digits, options)).rejects.toMatchObject({ code });
    expect(sender.active).toBe(false);
  });

  test('no digits are sent at once', async () => {
    await new DtmfSender().send('');
  });
});
