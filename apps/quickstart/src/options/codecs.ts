import { defaultRegistry } from '@offhook/codecs';
import { type Command, InvalidArgumentError } from 'commander';

/** Adds `--codec`. */
export function addCodecOption(command: Command): Command {
  return command.option(
    '--codec <name>',
    `codec to use, the preferred first when repeated: ${known().join(', ')} (default: all)`,
    codec,
  );
}

const known = () =>
  defaultRegistry()
    .list()
    .map(({ name }) => name);

/** Collects codec names from an option that may be given more than once, or with commas. */
export function codec(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!defaultRegistry().get(name)) throw new InvalidArgumentError(`It must be one of ${known().join(', ')}.`);
  }
  return [...before, ...names];
}
