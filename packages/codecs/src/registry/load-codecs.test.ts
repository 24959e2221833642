import { describe, expect, test } from 'vitest';
import type { Codec } from '../contract/codec';
import { defineCodec } from '../contract/define-codec';
import { CodecError } from '../contract/errors';
import { CodecRegistry } from './codec-registry';
import { defaultRegistry } from './default-registry';
import { loadCodecs } from './load-codecs';

const plain = (changes: Partial<Record<keyof Codec, unknown>> = {}): Codec => ({
  name: 'X-ONE',
  sampleRate: 8000,
  clockRate: 8000,
  channels: 1,
  frameDurations: [20],
  defaultFrameDuration: 20,
  maxPayloadBytes: () => 33,
  createEncoder: () => ({ frameSamples: 160, encode: () => 1, reset() {} }),
  createDecoder: () => ({ decode: () => -1, conceal: (_out: Int16Array, samples: number) => samples, reset() {} }),
  ...(changes as Partial<Codec>),
});
const one = plain();
const two = plain({ name: 'X-TWO' });

/** Loads modules that are made up, by their names. */
const loading = (modules: Record<string, unknown>, registry = new CodecRegistry(), names = Object.keys(modules)) =>
  loadCodecs(registry, names, { importModule: async (name) => modules[name] });

const namesOf = (codecs: readonly Codec[]) => codecs.map(({ name }) => name);

describe('a plug-in is found in a module', () => {
  test.each<[string, unknown, string[]]>([
    ['as default', { default: one }, ['X-ONE']],
    ['as `codec`', { codec: one, version: 3 }, ['X-ONE']],
    ['as `codecs`', { codecs: [one, two] }, ['X-ONE', 'X-TWO']],
    ['as what a function `codecs` returns', { codecs: () => new Set([two, one]) }, ['X-TWO', 'X-ONE']],
    ['as what a function `codecs` promises', { codecs: async () => [two] }, ['X-TWO']],
    ['as a default array', { default: [one, two] }, ['X-ONE', 'X-TWO']],
    ['by names of its own', { one, again: one, createTwo: () => two }, ['X-ONE']],
    ['of CommonJS', { default: { codec: two, __esModule: true } }, ['X-TWO']],
    ['of CommonJS, by a name of its own', { default: { two } }, ['X-TWO']],
    ['by name and as default', { default: one, one }, ['X-ONE']],
  ])('%s', async (_, module, wanted) => {
    const registry = new CodecRegistry();
    expect(namesOf(await loading({ module }, registry))).toEqual(wanted);
    expect(namesOf(registry.list())).toEqual(wanted);
  });

  test('of this package’s own', async () => {
    const registry = new CodecRegistry();
    await loadCodecs(registry, ['@offhook/codecs/opus'], { importModule: () => import('../opus') });
    expect(namesOf(registry.list())).toEqual(['opus']);
  });

  test('by a URL, without any help', async () => {
    const url = `data:text/javascript,${encodeURIComponent(`export default {
      name: 'X-URL', sampleRate: 8000, clockRate: 8000, channels: 1, frameDurations: [20], defaultFrameDuration: 20,
      maxPayloadBytes: () => 33,
      createEncoder: () => ({ frameSamples: 160, encode: () => 1, reset() {} }),
      createDecoder: () => ({ decode: () => -1, conceal: (out, samples) => samples, reset() {} }),
    }`)}`;
    expect(namesOf(await loadCodecs(new CodecRegistry(), [url]))).toEqual(['X-URL']);
  });
});

describe('a plug-in is registered', () => {
  test('after what is there, or by name only', async () => {
    const registry = defaultRegistry();
    await loading({ module: { one } }, registry);
    await loadCodecs(registry, ['two'], { importModule: async () => ({ two }), byName: true });
    expect(namesOf(registry.list())).toEqual(['PCMU', 'PCMA', 'X-ONE']);
    expect(registry.get('x-two')).toMatchObject({ name: 'X-TWO' });
  });

  test('once, however often it is named', async () => {
    const registry = new CodecRegistry();
    const modules = { a: { default: one }, b: { codec: defineCodec(two) } };
    const [first] = await loading(modules, registry, ['a', 'b', 'a']);
    const [again] = await loading(modules, registry);
    expect(again).toBe(first);
    expect(namesOf(registry.all())).toEqual(['X-ONE', 'X-TWO']);
  });

  test('with its encoder and decoder closed again that were made to see whether they can be', async () => {
    const made: string[] = [];
    const closing = (what: string) => {
      made.push(what);
      return { close: () => made.push(`${what} closed`) };
    };
    const codec = plain({
      createEncoder: () => ({ ...one.createEncoder(), ...closing('encoder') }),
      createDecoder: () => ({ ...one.createDecoder(), ...closing('decoder') }),
    });
    await loading({ module: { codec } });
    expect(made).toEqual(['encoder', 'encoder closed', 'decoder', 'decoder closed']);
  });

  test('not at all when one of them is wrong', async () => {
    const registry = new CodecRegistry();
    await expect(loading({ good: { one }, bad: {} }, registry)).rejects.toThrow(CodecError);
    expect(registry.all()).toEqual([]);
  });
});

const nowhere = () => {
  throw new Error('Cannot find package "x"\nimported from here');
};

describe('every mistake has a sentence of its own', () => {
  test.each<[string, unknown, string]>([
    ['no module', undefined, 'is undefined, not a module'],
    ['nothing in it', {}, 'exports no codec: export one as `default` or `codec`, or several as `codecs`'],
    [
      'something else in it',
      { version: 1 },
      'exports no codec: export one as `default` or `codec`, or several as `codecs`',
    ],
    [
      'a function that makes it',
      { default: () => one },
      'exports a function as `default`, not a codec: export what it makes',
    ],
    ['a class', { codec: class {} }, 'exports a function as `codec`, not a codec: export what it makes'],
    [
      'another object',
      { default: { name: 'X' } },
      'exports an object as `default`, not a codec: export what `defineCodec` returns',
    ],
    ['a name', { codec: 'GSM' }, 'exports a string as `codec`, not a codec: export what `defineCodec` returns'],
    ['one as many', { codecs: one }, 'has an object as `codecs`, not an array of codecs'],
    ['a string as many', { codecs: 'GSM' }, 'has a string as `codecs`, not an array of codecs'],
    ['none of many', { codecs: [] }, 'has no codec in `codecs`'],
    [
      'a stranger among many',
      { codecs: [one, 7] },
      'has a number as `codecs[1]`, not a codec: export what `defineCodec` returns',
    ],
    [
      'a function among many',
      { default: [() => one] },
      'has a function as `default[0]`, not a codec: export what it makes',
    ],
    ['many that fail', { codecs: nowhere }, 'has a function `codecs` that failed: Cannot find package "x"'],
    [
      'no name',
      { codec: plain({ name: '' }) },
      'does not work: Codec (unnamed): its name must be an encoding name as in a=rtpmap, such as PCMU',
    ],
    [
      'a payload type that is dynamic',
      { codec: plain({ payloadType: 96 }) },
      'does not work: Codec X-ONE: a static payload type is a whole number from 0 to 95; leave it out for a dynamic one',
    ],
    [
      'a frame that is none',
      { codec: plain({ frameDurations: [20.01] }) },
      'does not work: Codec X-ONE: a frame of 20.01 ms is no whole number of samples at 8000 Hz',
    ],
    [
      'no decoder',
      { codec: plain({ createDecoder: undefined }) },
      'does not work: Codec X-ONE: createDecoder must be a function',
    ],
    [
      'an encoder that fails',
      { codec: plain({ createEncoder: nowhere }) },
      'does not work: Codec X-ONE: createEncoder failed: Cannot find package "x"',
    ],
    [
      'an encoder of another length',
      { codec: plain({ sampleRate: 16000 }) },
      'does not work: Codec X-ONE: its encoder says frameSamples 160, but 20 ms at 16000 Hz are 320',
    ],
    [
      'a decoder that is none',
      { codec: plain({ createDecoder: () => ({}) }) },
      'does not work: Codec X-ONE: what createDecoder returned has no function decode',
    ],
    [
      'one that is there',
      { codec: plain({ name: 'pcmu' }) },
      'brings pcmu/8000, which is registered already; leave one of them out',
    ],
  ])('%s', async (_, module, sentence) => {
    await expect(loading({ './plug-in.mjs': module }, defaultRegistry())).rejects.toMatchObject({
      name: 'CodecError',
      code: 'ERR_CODEC_PLUGIN',
      message: `The codec plug-in ./plug-in.mjs ${sentence}.`,
    });
  });

  test('two that bring the same', async () => {
    const other = plain();
    await expect(loading({ a: { one }, b: { other } })).rejects.toThrow(
      'The codec plug-in b brings X-ONE/8000, which a brings too; leave one of them out.',
    );
  });

  test('one that cannot be loaded, with the error underneath', async () => {
    const importModule = async () => nowhere();
    await expect(loadCodecs(new CodecRegistry(), ['x'], { importModule })).rejects.toMatchObject({
      message: 'The codec plug-in x cannot be loaded: Cannot find package "x".',
      cause: expect.objectContaining({ message: expect.stringContaining('imported from here') }),
    });
  });

  test.each([
    ['', 'an empty name'],
    [undefined, 'undefined'],
    [{}, 'object'],
  ])('one without a name: %o', async (name, given) => {
    await expect(loadCodecs(new CodecRegistry(), [name as string])).rejects.toThrow(
      `A codec plug-in is named by its module: give a package, a path or a URL, not ${given}.`,
    );
  });
});
