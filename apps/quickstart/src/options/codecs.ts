import type { Codec } from '@offhook/codecs';
import { fullRegistry } from '@offhook/codecs/opus';
import { type Command, InvalidArgumentError } from 'commander';

/** Adds `--codec`. */
export function addCodecOption(command: Command): Command {
  return command.option(
    '--codec <name>',
    `codec to use, the preferred first when repeated: ${known().join(', ')} (default: opus, G722, PCMU, PCMA)`,
    codec,
  );
}

const registry = fullRegistry();

const known = () => [...new Set(registry.all().map(({ name }) => name))];

/** The codec of a name with or without a clock rate behind a slash (`opus`, `L16/16000`). */
export function findCodec(name: string): Codec | undefined {
  const [encoding = '', rate] = name.split('/');
  return registry.get(encoding, rate === undefined ? undefined : Number(rate));
}

/** Collects codec names from an option that may be given more than once, or with commas. */
export function codec(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!findCodec(name)) throw new InvalidArgumentError(`It must be one of ${known().join(', ')}.`);
  }
  return [...before, ...names];
}
