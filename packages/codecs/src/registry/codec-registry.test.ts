import { describe, expect, test } from 'vitest';
import type { Codec } from '../contract/codec';
import { defineCodec } from '../contract/define-codec';
import { pcma, pcmu } from '../g711/g711';
import { fullRegistry } from '../opus/full-registry';
import { CodecRegistry } from './codec-registry';
import { defaultRegistry } from './default-registry';

const linear = (clockRate: number, channels: 1 | 2 = 1): Codec => ({
  ...pcmu,
  name: 'L16',
  sampleRate: clockRate,
  clockRate,
  channels,
});

describe('the registry', () => {
  test('finds codecs by name in any case, and by rate and channels where there are several', () => {
    const registry = new CodecRegistry([linear(8000), linear(16000), linear(16000, 2)].map(defineCodec));
    expect(registry.get('l16')).toMatchObject({ clockRate: 8000 });
    expect(registry.get('L16', 16000)).toMatchObject({ clockRate: 16000, channels: 1 });
    expect(registry.get('L16', 16000, 2)).toMatchObject({ channels: 2 });
    expect(registry.get('L16', 44100)).toBeUndefined();
    expect(registry.get('G729')).toBeUndefined();
  });

  test('finds codecs by what a=rtpmap says', () => {
    const registry = fullRegistry();
    expect(registry.find('pcmu')).toBe(pcmu);
    expect(registry.find('G722/8000')).toMatchObject({ name: 'G722' });
    expect(registry.find('opus/48000/2')).toMatchObject({ name: 'opus' });
    expect(registry.find('L16/44100')).toMatchObject({ payloadType: 11, channels: 1 });
    expect(registry.find('L16/44100/2')).toMatchObject({ payloadType: 10, channels: 2 });
    for (const stranger of ['', 'L16/44101', 'L16/16000/2', 'PCMU/8k']) expect(registry.find(stranger)).toBeUndefined();
  });

  test('keeps the order of registration, and its list cannot change it', () => {
    const registry = new CodecRegistry([pcma]).register(pcmu);
    (registry.list() as Codec[]).pop();
    expect(registry.list()).toEqual([pcma, pcmu]);
  });

  test('takes a codec once', () => {
    expect(() => defaultRegistry().register(pcmu)).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_DUPLICATE', message: expect.stringContaining('PCMU/8000') }),
    );
  });

  test('lets nothing in that breaks the contract, defined or not', () => {
    expect(() => new CodecRegistry([{ ...pcmu, frameDurations: [] }])).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_DEFINITION' }),
    );
    const registry = new CodecRegistry([linear(8000)]);
    expect(() => registry.get('L16')!.createEncoder({ frameDuration: 5 })).toThrowError(
      expect.objectContaining({ code: 'ERR_CODEC_OPTIONS' }),
    );
  });

  test('has some by name only: found when asked for, not listed', () => {
    const registry = new CodecRegistry([pcma]).register(pcmu, { byName: true });
    expect(registry.list()).toEqual([pcma]);
    expect(registry.all()).toEqual([pcma, pcmu]);
    expect(registry.get('pcmu')).toBe(pcmu);
    expect(() => registry.register(pcmu)).toThrowError(expect.objectContaining({ code: 'ERR_CODEC_DUPLICATE' }));
    expect(defaultRegistry().get('L16', 16_000)).toMatchObject({ sampleRate: 16_000 });
  });

  test('a copy has the same codecs, and its own from then on', () => {
    const registry = new CodecRegistry([pcma]).register(pcmu, { byName: true });
    const copy = registry.copy().register(defineCodec(linear(8000)));
    expect(copy.list()).toEqual([pcma, copy.get('L16')]);
    expect(copy.get('pcmu')).toBe(pcmu);
    expect(registry.all()).toEqual([pcma, pcmu]);
  });

  test('the full one has Opus before the others', () => {
    expect(
      fullRegistry()
        .list()
        .map(({ name }) => name),
    ).toEqual(['opus', 'G722', 'PCMU', 'PCMA']);
    expect(fullRegistry().get('l16', 48_000)).toBeDefined();
    expect(fullRegistry().get('opus', 48_000, 2)).toMatchObject({ channels: 1 });
  });

  test('one made by default is nobody else’s', () => {
    defaultRegistry().register(defineCodec(linear(32_000)));
    expect(
      defaultRegistry()
        .list()
        .map(({ name }) => name),
    ).toEqual(['PCMU', 'PCMA']);
  });
});
