import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Codec, CodecRegistry } from '@offhook/codecs';
import { MediaError } from '../platform/errors';

// Node.js file: loads modules by path.

/**
 * All codecs of `@offhook/codecs`, Opus included, with the codecs of modules: all that a module exports, or, where it exports `codecs`, that array or
 * what that function returns or promises.
 *
 * @param modules `file:` URLs, absolute paths, or names of packages this package can see
 * @throws MediaError `ERR_CODEC_MODULE`
 */
export async function loadCodecs(modules: readonly string[]): Promise<CodecRegistry> {
  // Only who has workers pays for its WebAssembly.
  const { fullRegistry } = await import('@offhook/codecs/opus');
  const registry = fullRegistry();
  for (const name of modules) {
    try {
      for (const codec of await codecsOf(name)) registry.register(codec, { byName: true });
    } catch (cause) {
      const message = `Cannot load codecs from ${name}: ${(cause as Error).message}.`;
      throw new MediaError('ERR_CODEC_MODULE', message, { cause });
    }
  }
  return registry;
}

async function codecsOf(name: string): Promise<Iterable<Codec>> {
  const module = (await import(isAbsolute(name) ? pathToFileURL(name).href : name)) as Record<string, unknown>;
  const { codecs } = module;
  const exported = typeof codecs === 'function' ? await codecs() : (codecs ?? Object.values(module));
  const found = (exported as unknown[]).filter(isCodec);
  if (found.length === 0) throw new Error('it exports no codec');
  // A codec may be exported by name and as default.
  return new Set(found);
}

function isCodec(value: unknown): value is Codec {
  const { name, clockRate, createEncoder } = (value ?? {}) as Partial<Codec>;
  return typeof name === 'string' && typeof clockRate === 'number' && typeof createEncoder === 'function';
}
