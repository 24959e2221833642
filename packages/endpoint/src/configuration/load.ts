import { readFile } from 'node:fs/promises';
import { Configuration } from './configuration';
import { ConfigurationError, problem } from './configuration-error';

/**
 * Reads a configuration from a file: JSON where it begins with a brace, else XML; in UTF-8, or UTF-16 with a byte order mark.
 *
 * @throws ConfigurationError with all that is wrong; what reading the file throws
 */
export async function loadConfiguration(path: string | URL): Promise<Configuration> {
  const text = decode(await readFile(path));
  if (!/^\s*\{/.test(text)) return Configuration.fromXml(text);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const what = `is no JSON: ${cause instanceof Error ? cause.message : cause}`;
    throw new ConfigurationError([problem('', undefined, 'well-formed JSON', undefined, what)], cause);
  }
  return Configuration.fromJson(json);
}

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}
