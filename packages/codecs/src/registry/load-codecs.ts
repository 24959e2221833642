import type { Codec } from '../contract/codec';
import { defineCodec, isDefinedCodec } from '../contract/define-codec';
import { CodecError } from '../contract/errors';
import { CodecRegistry } from './codec-registry';
import { exportedCodecs } from './exported-codecs';

/** How modules of codecs are loaded. */
export interface LoadCodecsOptions {
  /**
   * Imports a module by its name. `import()` from within this package when absent, which knows URLs and the packages installed beside it; hand in
   * `(name) => import(name)` of a module of yours to have names and relative paths looked up from there.
   */
  importModule?: (name: string) => Promise<unknown>;
  /** As in {@link CodecRegistry.register}; false when absent: the codecs are offered after those that are there. */
  byName?: boolean;
}

/** What was defined for plain descriptions, so that a module that is loaded again brings the same codecs. */
const definitions = new WeakMap<object, Codec>();

/**
 * Loads codecs by the names of their modules, as they stand in a configuration, and registers them. A module exports one codec as
 * `default` or `codec`, several as `codecs` (an array, or a function that returns or promises one), or each by a name of its own.
 * Each codec is put through {@link defineCodec}, and an encoder and a decoder of it are made once, so that a wrong plug-in
 * is found here and not in a call. What is registered already, and is the very same codec, is no mistake; when anything is
 * wrong, nothing is registered.
 *
 * A plug-in is code that runs with all rights of the application: take names from nobody but whoever runs it.
 *
 * @param registry where they go
 * @param modules package names, paths or URLs, as `importModule` takes them
 * @returns the codecs of all modules, in their order
 * @throws CodecError `ERR_CODEC_PLUGIN` with the module's name and what is wrong with it; the error underneath is its `cause`
 */
export async function loadCodecs(
  registry: CodecRegistry,
  modules: readonly string[],
  { importModule = importFromHere, byName = false }: LoadCodecsOptions = {},
): Promise<readonly Codec[]> {
  const loaded = new Map<Codec, string>();
  for (const name of modules) {
    for (const codec of await codecsOf(name, importModule)) if (!loaded.has(codec)) loaded.set(codec, name);
  }
  const fresh = new CodecRegistry();
  for (const [codec, name] of loaded) {
    const like = [codec.name, codec.clockRate, codec.rtpmapChannels ?? codec.channels] as const;
    const there = registry.get(...like) ?? fresh.get(...like);
    if (there === codec) continue;
    if (there) {
      const where = loaded.has(there) ? `${loaded.get(there)} brings too` : 'is registered already';
      throw wrong(name, `brings ${codec.name}/${codec.clockRate}, which ${where}; leave one of them out`);
    }
    fresh.register(codec);
  }
  for (const codec of fresh.list()) registry.register(codec, { byName });
  return [...loaded.keys()];
}

const importFromHere = (name: string): Promise<unknown> => import(/* @vite-ignore */ /* webpackIgnore: true */ name);

async function codecsOf(name: string, importModule: (name: string) => Promise<unknown>): Promise<readonly Codec[]> {
  if (typeof name !== 'string' || name.trim() === '') {
    const given = typeof name === 'string' ? 'an empty name' : typeof name;
    throw new CodecError(
      'ERR_CODEC_PLUGIN',
      `A codec plug-in is named by its module: give a package, a path or a URL, not ${given}.`,
    );
  }
  const module = await attempt(name, 'cannot be loaded', () => importModule(name));
  const exported = await attempt(name, '', () => exportedCodecs(module));
  const codecs: Codec[] = [];
  for (const each of exported) {
    const codec = await attempt(name, 'does not work', () => define(each));
    await attempt(name, 'does not work', () => tryOut(codec));
    codecs.push(codec);
  }
  return codecs;
}

function define(exported: Codec): Codec {
  if (isDefinedCodec(exported)) return exported;
  const codec = definitions.get(exported) ?? defineCodec(exported);
  definitions.set(exported, codec);
  return codec;
}

/** Makes an encoder and a decoder once: what throws now would have thrown when a call was answered. */
function tryOut(codec: Codec): void {
  for (const maker of ['createEncoder', 'createDecoder'] as const) {
    try {
      codec[maker]().close?.();
    } catch (cause) {
      if (cause instanceof CodecError) throw cause;
      throw new CodecError('ERR_CODEC_DEFINITION', `Codec ${codec.name}: ${maker} failed: ${reasonOf(cause)}.`, {
        cause,
      });
    }
  }
}

async function attempt<Result>(name: string, what: string, run: () => Result): Promise<Awaited<Result>> {
  try {
    return await run();
  } catch (cause) {
    throw wrong(name, what === '' ? reasonOf(cause) : `${what}: ${reasonOf(cause)}`, cause);
  }
}

function wrong(name: string, what: string, cause?: unknown): CodecError {
  const options = cause === undefined ? {} : { cause };
  return new CodecError('ERR_CODEC_PLUGIN', `The codec plug-in ${name} ${what}.`, options);
}

/** First line of what an error says, without its full stop. */
function reasonOf(cause: unknown): string {
  const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return line.replace(/\.$/, '');
}
