import type { Codec } from '../contract/codec';

/** Names a module may export its codecs by, the first that is there counts. */
const NAMES = ['codecs', 'codec', 'default'] as const;

/**
 * The codecs a module exports, not looked at any further.
 *
 * @throws Error that says which export is something else
 */
export async function exportedCodecs(module: unknown): Promise<readonly Codec[]> {
  if (!isObject(module)) throw new Error(`is ${kindOf(module)}, not a module`);
  const name = NAMES.find((each) => module[each] !== undefined);
  if (name === undefined) return named(module);
  const value = module[name];
  if (name === 'codecs') return listOf(await listed(value), name);
  if (Array.isArray(value)) return listOf(value, name);
  if (looksLikeCodec(value)) return [value];
  // What a CommonJS module exports arrives as the default, with all its names inside.
  if (name === 'default' && isObject(value) && isNest(value)) return exportedCodecs(value);
  throw new Error(`exports ${kindOf(value)} as \`${name}\`, not a codec: ${adviceFor(value)}`);
}

function named(module: Record<string, unknown>): readonly Codec[] {
  const found = new Set(Object.values(module).filter(looksLikeCodec));
  if (found.size > 0) return [...found];
  throw new Error('exports no codec: export one as `default` or `codec`, or several as `codecs`');
}

async function listed(value: unknown): Promise<unknown> {
  if (typeof value !== 'function') return value;
  try {
    return await value();
  } catch (cause) {
    throw new Error(`has a function \`codecs\` that failed: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

function listOf(value: unknown, name: string): readonly Codec[] {
  if (!isObject(value) || typeof value[Symbol.iterator as unknown as string] !== 'function') {
    throw new Error(`has ${kindOf(value)} as \`${name}\`, not an array of codecs`);
  }
  const list = [...(value as unknown as Iterable<unknown>)];
  if (list.length === 0) throw new Error(`has no codec in \`${name}\``);
  const stranger = list.findIndex((each) => !looksLikeCodec(each));
  if (stranger < 0) return list as Codec[];
  throw new Error(
    `has ${kindOf(list[stranger])} as \`${name}[${stranger}]\`, not a codec: ${adviceFor(list[stranger])}`,
  );
}

/** Something meant to be a codec: the rest is for `defineCodec` to say. */
function looksLikeCodec(value: unknown): value is Codec {
  return isObject(value) && ('createEncoder' in value || 'createDecoder' in value);
}

const isNest = (value: Record<string, unknown>): boolean =>
  NAMES.some((each) => value[each] !== undefined) || Object.values(value).some(looksLikeCodec);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const adviceFor = (value: unknown): string =>
  typeof value === 'function' ? 'export what it makes' : 'export what `defineCodec` returns';
