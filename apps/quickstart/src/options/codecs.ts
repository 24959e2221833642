import type { Codec, CodecRegistry } from '@offhook/codecs';
import { fullRegistry } from '@offhook/codecs/opus';
import { loadCodecPlugins } from '@offhook/endpoint';
import type { Command } from 'commander';
import { usageError } from '../command-error';

/** Which codecs may be used, as given on the command line. */
export interface CodecOptions {
  readonly codec?: readonly string[];
  readonly codecPlugin?: readonly string[];
}

/** Adds `--codec` and `--codec-plugin`. {@link useCodecs} looks at what they say. */
export function addCodecOption(command: Command, preferred = 'opus, G722, PCMU, PCMA'): Command {
  command.option(
    '--codec <name>',
    `codec to use, the preferred first when repeated: ${known().join(', ')} (default: ${preferred})`,
    names,
  );
  return addCodecPluginOption(command);
}

/** Adds `--codec-plugin`. */
export function addCodecPluginOption(command: Command): Command {
  const text = 'package, file or folder that brings further codecs; may be repeated';
  return command.option('--codec-plugin <module>', text, collect);
}

const registry = fullRegistry();

const known = () => [...new Set(registry.all().map(({ name }) => name))];

/** The codec of a name with or without a clock rate and channels behind slashes (`opus`, `L16/16000`, `L16/44100/2`). */
export function findCodec(name: string): Codec | undefined {
  return registry.find(name);
}

/**
 * Loads the plug-ins, then looks up every codec that is named: before anything is sent.
 *
 * @returns all codecs there are
 */
export async function useCodecs({ codec = [], codecPlugin = [] }: CodecOptions): Promise<CodecRegistry> {
  await loadCodecPlugins(registry, codecPlugin);
  const stranger = codec.find((name) => !findCodec(name));
  if (stranger === undefined) return registry;
  throw usageError(`There is no codec ${stranger}: name one of ${known().join(', ')}, or load it by --codec-plugin.`);
}

/** Collects codec names from an option that may be given more than once, or with commas. */
const names = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(',').map((name) => name.trim()),
];

const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];
