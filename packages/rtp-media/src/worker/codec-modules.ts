import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CodecRegistry, loadCodecs } from '@offhook/codecs';
import { MediaError } from '../platform/errors';

// Node.js file: loads modules by path.

/**
 * All codecs of `@offhook/codecs`, Opus included, with the codecs of modules, as `loadCodecs` of `@offhook/codecs` finds them there.
 *
 * @param modules `file:` URLs, absolute paths, or names of packages this package can see
 * @throws MediaError `ERR_CODEC_MODULE`
 */
export async function loadCodecModules(modules: readonly string[]): Promise<CodecRegistry> {
  // Only who has workers pays for its WebAssembly.
  const { fullRegistry } = await import('@offhook/codecs/opus');
  const registry = fullRegistry();
  try {
    await loadCodecs(registry, modules, {
      byName: true,
      importModule: (name) => import(/* @vite-ignore */ isAbsolute(name) ? pathToFileURL(name).href : name),
    });
  } catch (cause) {
    throw new MediaError('ERR_CODEC_MODULE', (cause as Error).message, { cause });
  }
  return registry;
}
