import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CodecRegistry, loadCodecs } from '@offhook/codecs';
import { EndpointError } from '../errors/endpoint-error';

// Node.js file: looks modules up in the file system.

/**
 * Loads codec plug-ins by name. A package is looked for as if a module in the working directory imported it, then beside this package; a
 * path is one from the working directory, of a file or of a package's folder.
 *
 * @param registry where the codecs go, after those that are there
 * @param modules package names, paths or URLs
 * @param folder what names and relative paths are seen from; the working directory when absent
 * @returns by what `import()` finds the modules from anywhere
 * @throws EndpointError `ERR_CODEC_PLUGIN`
 */
export async function loadCodecPlugins(
  registry: CodecRegistry,
  modules: readonly string[],
  folder: string = process.cwd(),
): Promise<readonly string[]> {
  const found = new Set<string>();
  try {
    await loadCodecs(registry, modules, {
      async importModule(name) {
        const place = await locate(name, folder);
        found.add(place);
        try {
          return await import(/* @vite-ignore */ place);
        } catch (cause) {
          // Only a package is still under its name: it was not seen from the folder, nor now from here.
          if (place !== name || !isNotFound(cause, name)) throw cause;
          const advice = 'install it there, or begin a path with ./';
          throw new Error(`there is no package ${name} to be seen from ${folder}; ${advice}`, { cause });
        }
      },
    });
  } catch (cause) {
    throw new EndpointError('ERR_CODEC_PLUGIN', (cause as Error).message, { cause });
  }
  return [...found];
}

function isNotFound(error: unknown, name: string): boolean {
  const { code, message = '' } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}

async function locate(name: string, folder: string): Promise<string> {
  if (isAbsolute(name) || /^\.{1,2}([/\\]|$)/.test(name)) return pathToFileURL(fileOf(resolve(folder, name))).href;
  if (/^[a-z][a-z0-9+.-]+:/i.test(name)) return name;
  const { resolve: resolveModule } = await import('import-meta-resolve');
  try {
    return resolveModule(name, pathToFileURL(join(folder, 'module.mjs')).href);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return name;
  }
}

/** The main file of a package whose folder is named; any other path is that of a file. */
function fileOf(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? createRequire(join(path, 'module.cjs')).resolve(path) : path;
}
