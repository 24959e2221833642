import { describe, expect, test } from 'vitest';
import type { Encoder } from '../contract/codec';
import { codecConformance, measureSnr, speechLike } from '../testing';
import { createOpus, opus } from './opus-codec';

/** Frames of 20 ms of speech, encoded. */
function packets(encoder: Encoder, frames: number): Uint8Array[] {
  const { frameSamples } = encoder;
  const speech = speechLike(frames * frameSamples, frameSamples * 50);
  const out = new Uint8Array(4000);
  return Array.from({ length: frames }, (_, i) =>
    out.slice(0, encoder.encode(speech.subarray(i * frameSamples, (i + 1) * frameSamples), out)),
  );
}

const total = (payloads: Uint8Array[]) => payloads.reduce((sum, { length }) => sum + length, 0);
/** Configuration number and stereo flag of the table-of-contents byte (RFC 6716 §3.1). */
const configuration = (payload: Uint8Array) => payload[0]! >> 3;
const isStereo = (payload: Uint8Array) => (payload[0]! & 4) !== 0;

describe('Opus', () => {
  test('is opus/48000/2 whatever its PCM, with 2.5 to 120 ms a packet (RFC 7587 §4.1, §7)', () => {
    for (const codec of [opus, createOpus({ sampleRate: 16000 }), createOpus({ channels: 2 })]) {
      expect(codec).toMatchObject({ name: 'opus', clockRate: 48000, rtpmapChannels: 2 });
      expect(codec.payloadType).toBeUndefined();
      expect([codec.frameDurations.at(0), codec.frameDurations.at(-1)]).toEqual([2.5, 120]);
    }
    expect(opus).toMatchObject({ sampleRate: 48000, channels: 1 });
  });

  test.each([
    [{ sampleRate: 44100 }, 'sampleRate'],
    [{ channels: 3 }, 'channels'],
    [{ bitrate: 5999 }, 'bitrate'],
    [{ complexity: 11 }, 'complexity'],
    [{ application: 'music' }, 'application'],
    [{ maxAverageBitrate: 600_000 }, 'maxAverageBitrate'],
    [{ minPacketTime: 0 }, 'minPacketTime'],
    [{ expectedLoss: Number.NaN }, 'expectedLoss'],
  ])('refuses %o and says what it may be', (options, name) => {
    expect(() => createOpus(options as object)).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_OPTIONS', message: expect.stringContaining(name) }),
    );
  });

  test('what is closed encodes and decodes nothing, and may be closed again', () => {
    const encoder = opus.createEncoder();
    const decoder = opus.createDecoder();
    for (const half of [encoder, decoder, encoder, decoder]) half.close!();
    const pcm = new Int16Array(5760).fill(1);
    expect(encoder.encode(new Int16Array(960), new Uint8Array(1276))).toBe(0);
    expect(decoder.decode(Uint8Array.of(0xf8, 0xff, 0xfe), pcm)).toBe(-1);
    expect(decoder.conceal(pcm, 960)).toBe(960);
    expect(pcm.subarray(0, 960).every((sample) => sample === 0)).toBe(true);
    encoder.reset();
    decoder.reset();
  });

  test('a thousand encoders and decoders come and go without memory growing', () => {
    const memory = () => process.memoryUsage().arrayBuffers;
    const round = () => {
      for (let i = 0; i < 500; i++) for (const half of [opus.createEncoder(), opus.createDecoder()]) half.close!();
    };
    round();
    const before = memory();
    round();
    expect(memory() - before).toBeLessThan(1 << 20);
  });
});

describe('an encoder does what the peer’s format parameters ask for (RFC 7587 §6.1)', () => {
  test.each([
    [8000, 0],
    [12000, 4],
    [16000, 8],
  ])('maxplaybackrate=%d limits the bandwidth', (rate, lowest) => {
    // SILK's configurations come in fours: narrow-, medium- and wideband.
    const encoder = opus.createEncoder({ remoteFmtp: `maxplaybackrate=${rate}` });
    for (const payload of packets(encoder, 50)) expect(configuration(payload) & ~3).toBe(lowest);
  });

  test('maxaveragebitrate limits the bit rate', () => {
    const generous = total(packets(opus.createEncoder(), 100));
    const limited = total(packets(opus.createEncoder({ remoteFmtp: 'maxaveragebitrate=12000' }), 100));
    expect((limited * 8) / 2).toBeLessThan(14_000);
    expect(generous).toBeGreaterThan(limited * 1.3);
  });

  test('cbr=1 makes all packets equally long', () => {
    const lengths = (remoteFmtp: string) =>
      new Set(packets(opus.createEncoder({ remoteFmtp }), 50).map(({ length }) => length)).size;
    expect(lengths('cbr=1')).toBe(1);
    expect(lengths('cbr=0')).toBeGreaterThan(1);
  });

  test('stereo goes out only when it is preferred', () => {
    const stereo = createOpus({ channels: 2, application: 'audio', bitrate: 96_000 });
    const left = speechLike(960 * 20, 48000);
    const both = new Int16Array(left.length * 2);
    for (let i = 0; i < left.length; i++) both[2 * i] = left[i]!;
    const sent = (remoteFmtp?: string) => {
      const encoder = stereo.createEncoder({ ...(remoteFmtp !== undefined && { remoteFmtp }) });
      const out = new Uint8Array(4000);
      encoder.encode(both.subarray(0, 1920), out);
      for (let i = 0; i < 20; i++) encoder.encode(both.subarray(i * 1920, (i + 1) * 1920), out);
      return isStereo(out);
    };
    expect([sent(), sent('stereo=0'), sent('stereo=1')]).toEqual([false, false, true]);
  });

  test('usedtx=1: next to nothing goes out through silence, and the decoder keeps quiet', () => {
    const run = (remoteFmtp: string) => {
      const encoder = opus.createEncoder({ remoteFmtp });
      const decoder = opus.createDecoder();
      const pcm = new Int16Array(5760);
      const out = new Uint8Array(1276);
      for (const payload of packets(encoder, 25)) decoder.decode(payload, pcm);
      let sent = 0;
      for (let frame = 0; frame < 200; frame++) {
        const bytes = encoder.encode(new Int16Array(960), out);
        if (bytes > 0) sent++;
        const samples = bytes > 0 ? decoder.decode(out.subarray(0, bytes), pcm) : decoder.conceal(pcm, 960);
        expect(samples).toBe(960);
      }
      return { sent, loudest: Math.max(...pcm.subarray(0, 960).map(Math.abs)) };
    };
    const { sent, loudest } = run('usedtx=1');
    expect(sent).toBeGreaterThan(5);
    expect(sent).toBeLessThan(60);
    expect(loudest).toBeLessThan(100);
    expect(run('usedtx=0').sent).toBe(200);
  });
});

describe('forward error correction (RFC 6716 §2.1.7)', () => {
  /** A frame in which a syllable has just begun, which nothing before it foretells; and one in the middle. */
  const ONSET = 34;
  const MIDDLE = 37;
  const encode = (fmtp: string | undefined, loss: number) => {
    const encoder = opus.createEncoder({ ...(fmtp !== undefined && { remoteFmtp: fmtp }) });
    encoder.expectLoss!(loss);
    return packets(encoder, 60);
  };
  /** How well the lost frames are made up for, in dB, beside a decoder that lost nothing. */
  const recovered = (payloads: Uint8Array[], last: number, steps: number[], withNext: boolean) => {
    const lost = steps.reduce((sum, step) => sum + step, 0) / 960;
    const first = last + 1 - lost;
    const whole = opus.createDecoder();
    const broken = opus.createDecoder();
    const wanted = new Int16Array(960 * lost);
    const found = new Int16Array(960 * lost);
    const pcm = new Int16Array(5760);
    for (let i = 0; i <= last + 1; i++) {
      whole.decode(payloads[i]!, pcm);
      if (i >= first && i <= last) wanted.set(pcm.subarray(0, 960), (i - first) * 960);
      if (i < first) broken.decode(payloads[i]!, pcm);
    }
    let at = 0;
    for (const [step, samples] of steps.entries()) {
      broken.conceal(pcm, samples, withNext && step === steps.length - 1 ? payloads[last + 1]! : undefined);
      found.set(pcm.subarray(0, samples), at);
      at += samples;
    }
    expect(broken.decode(payloads[last + 1]!, pcm)).toBe(960);
    // Of several, only the last can be told.
    const from = 960 * (lost - 1) + 480;
    return measureSnr(wanted.subarray(from), found.subarray(from));
  };

  test.each([
    ['a lost packet comes back from the next one', ONSET, [960], 6],
    ['of three lost packets the last comes back', MIDDLE, [2880], 3],
    ['its end comes back when its beginning had to be concealed already', ONSET, [480, 480], 3],
  ])('%s', (_title, last, steps, gain) => {
    const payloads = encode('useinbandfec=1', 0.2);
    const without = recovered(payloads, last, steps, false);
    expect(recovered(payloads, last, steps, true)).toBeGreaterThan(without + gain);
  });

  test('a decoder knows which packets carry it, and how much of the past it is', () => {
    const decoder = opus.createDecoder();
    const carrying = (payloads: Uint8Array[]) => payloads.map((payload) => decoder.corrects!(payload));
    expect(new Set(carrying(encode('useinbandfec=1', 0)))).toEqual(new Set([0]));
    const some = carrying(encode('useinbandfec=1', 0.2));
    expect(some.filter((samples) => samples === 960).length).toBeGreaterThan(20);
    for (const bytes of [[], [8], [8, 255], [0xff, 0xff, 0xff], [9, 255, 255], [11, 255, 255]]) {
      expect(decoder.corrects!(Uint8Array.from(bytes))).toBe(0);
    }
    // 10, 40 and 60 ms of SILK in mono, and 20 ms in stereo by its second channel.
    const one = (toc: number, flags: number) => decoder.corrects!(Uint8Array.of(toc << 2, flags, 0));
    expect([one(0, 0x40), one(4, 0x20), one(6, 0x10), one(6, 0xef)]).toEqual([480, 1920, 2880, 0]);
    expect([one(3, 0x10), one(3, 0x20), one(3, 0x40)]).toEqual([960, 0, 960]);
  });

  test('it is sent only when the peer wants it and loses packets', () => {
    expect(encode('useinbandfec=1', 0)).toEqual(encode(undefined, 0));
    expect(encode('useinbandfec=1', 0.2)).not.toEqual(encode(undefined, 0.2));
  });
});

for (const check of codecConformance(opus, { minimumSnr: 0 })) test(check.name, () => check.run(), 20_000);

describe('for music, in stereo', () => {
  const music = createOpus({ application: 'audio', channels: 2, bitrate: 128_000 });
  for (const check of codecConformance(music, { minimumSnr: 20, delay: 312 })) {
    test(check.name, () => check.run(), 20_000);
  }
});
