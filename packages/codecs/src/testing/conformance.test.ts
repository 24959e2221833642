import { describe, expect, test } from 'vitest';
import type { Codec, Decoder, Encoder } from '../contract/codec';
import { defineCodec } from '../contract/define-codec';
import { codecConformance } from './conformance';

/** Plain 16-bit samples, least significant byte first: the simplest codec there is. */
class Writer implements Encoder {
  constructor(readonly frameSamples: number) {}
  encode(pcm: Int16Array, out: Uint8Array): number {
    for (let i = 0; i < pcm.length; i++) {
      out[2 * i] = pcm[i]! & 0xff;
      out[2 * i + 1] = pcm[i]! >> 8;
    }
    return pcm.length * 2;
  }
  reset(): void {}
}

class Reader implements Decoder {
  decode(payload: Uint8Array, out: Int16Array): number {
    const samples = payload.length >> 1;
    if (samples === 0 || samples > out.length) return -1;
    for (let i = 0; i < samples; i++) out[i] = payload[2 * i]! | (payload[2 * i + 1]! << 8);
    return samples;
  }
  conceal(out: Int16Array, samples: number): number {
    out.fill(0, 0, samples);
    return samples;
  }
  reset(): void {}
}

const plain: Codec = {
  name: 'X-PLAIN',
  sampleRate: 8000,
  clockRate: 8000,
  channels: 1,
  frameDurations: [10, 20],
  defaultFrameDuration: 20,
  maxPayloadBytes: (frameDuration) => frameDuration * 16,
  createEncoder: ({ frameDuration = 20 } = {}) => new Writer(frameDuration * 8),
  createDecoder: () => new Reader(),
};

/** Names of the checks that a codec fails. */
const failures = (changes: Partial<Codec>) =>
  codecConformance(defineCodec({ ...plain, ...changes }))
    .filter(({ run }) => {
      try {
        run();
        return false;
      } catch {
        return true;
      }
    })
    .map(({ name }) => name.replace('X-PLAIN: ', ''));

/** A decoder that does something else; `plainly` does what it should. */
const decoding = (
  decode: (payload: Uint8Array, out: Int16Array, plainly: Decoder['decode']) => number,
): Partial<Codec> => ({
  createDecoder: () => {
    const reader = new Reader();
    const plainly = reader.decode.bind(reader);
    reader.decode = (payload, out) => decode(payload, out, plainly);
    return reader;
  },
});

describe('the conformance kit', () => {
  test('passes a codec that keeps the contract', () => {
    expect(failures({})).toEqual([]);
  });

  test('names every check after the codec', () => {
    for (const { name } of codecConformance(defineCodec(plain))) expect(name).toMatch(/^X-PLAIN: \S/);
  });

  test('finds an encoder that writes more than it said', () => {
    expect(failures({ maxPayloadBytes: (frameDuration) => frameDuration * 16 - 1 })).toContain(
      'a frame of 10 ms is encoded within its limit and decoded to its length',
    );
  });

  test('finds a decoder that gives another length', () => {
    expect(failures(decoding((payload, out, plainly) => plainly(payload, out) >> 1))).toContain(
      'a frame of 20 ms is encoded within its limit and decoded to its length',
    );
  });

  test('finds noise', () => {
    const changes = decoding((payload, out, plainly) => {
      const samples = plainly(payload, out);
      for (let i = 0; i < samples; i += 2) out[i] = 0;
      return samples;
    });
    expect(failures(changes)).toEqual(['speech comes back with at least 20 dB of signal-to-noise ratio']);
  });

  test('finds state that streams share', () => {
    let last = 0;
    const changes = decoding((payload, out, plainly) => {
      const samples = plainly(payload, out);
      out[0] = (out[0]! + last) >> 1;
      last = out[samples - 1] ?? 0;
      return samples;
    });
    expect(failures(changes)).toContain('two streams at once do not disturb each other');
  });

  test('finds a reset that forgets to forget', () => {
    const changes: Partial<Codec> = {
      createDecoder: () => {
        const reader = new Reader();
        const plainly = reader.decode.bind(reader);
        let packets = 0;
        reader.decode = (payload, out) => {
          const samples = plainly(payload, out);
          out[0] = packets++;
          return samples;
        };
        return reader;
      },
    };
    expect(failures(changes)).toContain('reset makes encoder and decoder new, also after losses');
  });

  test('finds an encoder that keeps the caller’s buffer', () => {
    const changes: Partial<Codec> = {
      createEncoder: ({ frameDuration = 20 } = {}) => {
        const writer = new Writer(frameDuration * 8);
        const plainly = writer.encode.bind(writer);
        let before: Int16Array | undefined;
        writer.encode = (pcm, out) => {
          const bytes = plainly(pcm, out);
          out[0] = (before?.at(-1) ?? 0) & 0xff;
          before = pcm;
          return bytes;
        };
        return writer;
      },
    };
    expect(failures(changes)).toContain('buffers may be used again by the caller: nothing of them is kept');
  });

  test('finds an encoder that scribbles on its input', () => {
    const changes: Partial<Codec> = {
      createEncoder: ({ frameDuration = 20 } = {}) => {
        const writer = new Writer(frameDuration * 8);
        const plainly = writer.encode.bind(writer);
        writer.encode = (pcm, out) => plainly(pcm.fill(0, 0, 1), out);
        return writer;
      },
    };
    expect(failures(changes)).toContain(
      'what it is given to read is not written to, and what it writes stays within its room',
    );
  });

  test('finds concealment that never ends, and one that stops short', () => {
    const concealing = (conceal: Decoder['conceal']): Partial<Codec> => ({
      createDecoder: () => Object.assign(new Reader(), { conceal }),
    });
    expect(failures(concealing((out, samples) => out.fill(9000, 0, samples) && samples))).toEqual([
      'before the first packet concealment is silence',
      'a stream that breaks off falls silent within a second',
    ]);
    expect(failures(concealing((out) => out.fill(0, 0, 160) && 160))).toEqual([
      'concealment gives as many samples as asked for, whatever the number',
    ]);
  });

  test('finds a decoder that throws at what the network brings', () => {
    const changes = decoding((payload, out, plainly) => {
      if (payload.length % 2 === 1) throw new RangeError('odd');
      return plainly(payload, out);
    });
    expect(failures(changes)).toEqual([
      'random payloads neither throw nor leave a trace after reset',
      'nor do payloads that were cut short, lengthened or damaged',
    ]);
  });

  test('finds a decoder that throws at what comes after a loss, or corrects what is no number', () => {
    const next = 'nor do any as the packet after a loss, and what it corrects is a number of samples';
    const having = (changes: Partial<Decoder>): Partial<Codec> => ({
      createDecoder: () => Object.assign(new Reader(), changes),
    });
    const conceal: Decoder['conceal'] = (out, samples, payload) => {
      if (payload && payload.length % 2 === 1) throw new RangeError('odd');
      out.fill(0, 0, samples);
      return samples;
    };
    expect(failures(having({ conceal }))).toEqual([next]);
    expect(failures(having({ corrects: () => Number.NaN }))).toEqual([next]);
    expect(failures(having({ corrects: () => 160 }))).toEqual([]);
  });

  test('finds a decoder that takes nothing for something', () => {
    expect(failures(decoding((payload, out, plainly) => (payload.length === 0 ? 0 : plainly(payload, out))))).toEqual([
      'an empty payload is undecodable',
    ]);
  });

  test('finds memory taken for each frame', () => {
    const kept: unknown[] = [];
    const changes = decoding((payload, out, plainly) => {
      kept[0] = new Array(64).fill(0);
      return plainly(payload, out);
    });
    expect(failures(changes)).toEqual(['encoding and decoding a frame takes at most 32 bytes of heap']);
  });

  test('finds format parameters that do not agree with themselves', () => {
    expect(failures({ fmtp: { offer: () => 'mode=1', negotiate: () => false } })).toEqual([
      'its offer is acceptable to itself, its answer too, and both halves can be made from them',
    ]);
    expect(failures({ fmtp: { offer: () => 'mode=1', negotiate: (remote) => ({ local: remote! }) } })).toEqual([
      'no format parameters of a peer make it throw or write a broken line',
    ]);
    expect(failures({ fmtp: { offer: () => 'mode=1', negotiate: () => ({ local: 'mode=1' }) } })).toEqual([]);
  });
});
