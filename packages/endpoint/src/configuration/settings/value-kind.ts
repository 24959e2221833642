/**
 * What values a setting takes. One description serves text (XML), JSON values, the JSON Schema and the tables in the documentation, so that these
 * cannot disagree.
 *
 * @typeParam Value The TypeScript type of a value.
 */
export interface ValueKind<Value> {
  /** What a value is. A list stands for a setting that may be repeated. */
  readonly type: 'boolean' | 'integer' | 'number' | 'string' | 'list';
  /** What may be given, to complete "give …". */
  readonly allowed: string;
  /** Least number. */
  readonly minimum?: number;
  /** Greatest number. */
  readonly maximum?: number;
  /** Zero is taken, too, though it is less than the least. */
  readonly orZero?: true;
  /** The only values there are; text is compared without regard to case, and becomes the value as it is spelled here. */
  readonly values?: readonly (string | number)[];
  /** What text has to match from end to end; without flags, as a JSON Schema has none. */
  readonly pattern?: RegExp;
  /** A value that differs from what is used when nothing is said. */
  readonly example: Value;
  /** Values never stand in messages. */
  readonly secret?: true;
}

/** @internal On or off: 1 or 0 as text. */
export const flag = (example: boolean): ValueKind<boolean> => ({ type: 'boolean', allowed: '0 or 1', example });

/** @internal */
export const integer = (minimum: number, maximum: number, example: number, allowed?: string): ValueKind<number> => ({
  type: 'integer',
  allowed: allowed ?? `a whole number from ${minimum} to ${maximum}`,
  minimum,
  maximum,
  example,
});

/** @internal */
export const oneOf = <const Value extends string | number>(
  values: readonly Value[],
  example: NoInfer<Value>,
  allowed?: string,
): ValueKind<Value> => ({
  type: typeof values[0] === 'number' ? 'integer' : 'string',
  allowed: allowed ?? `one of ${values.join(', ')}`,
  values,
  example,
});

/** @internal */
export const text = (example: string, allowed = 'text', pattern?: RegExp): ValueKind<string> => ({
  type: 'string',
  allowed,
  example,
  ...(pattern && { pattern }),
});

/** @internal */
export const secret = (example: string): ValueKind<string> => ({ ...text(example), secret: true });

/** @internal */
export const list = (example: readonly string[], allowed: string): ValueKind<readonly string[]> => ({
  type: 'list',
  allowed,
  example,
});

const PORT = '(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5]?[0-9]{1,4})';
const HOST = '(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?)';

/** @internal A host with or without a port. */
export const hostPort = (example: string): ValueKind<string> =>
  text(example, 'a host with or without a port, such as pbx.example.com:5060', new RegExp(`^${HOST}(?::${PORT})?$`));

/** @internal A host without a port. */
export const host = (example: string): ValueKind<string> =>
  text(example, 'a host, such as pbx.example.com', new RegExp(`^${HOST}$`));

/** @internal `user@host:port`, with or without parameters. */
export const userAtHost = (example: string): ValueKind<string> =>
  text(
    example,
    'user@host:port, with ;transport=… behind it if need be',
    new RegExp(`^(?:sips?:)?[^\\s@:;<>"]+@${HOST}(?::${PORT})?(?:;[^\\s]+)?$`),
  );

/** @internal A port of UDP or TCP; 0 stands for what is used when nothing is said. */
export const port = (example: number, zero = 'the default'): ValueKind<number> =>
  integer(0, 65_535, example, `a port from 1 to 65535, or 0 for ${zero}`);

/** Anything a setting can be set to. */
export type SettingValue = boolean | number | string | readonly string[];

/** @internal Whether a JSON value is one of the kind. */
export function accepts(kind: ValueKind<unknown>, value: unknown): value is SettingValue {
  switch (kind.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '');
    case 'string':
      if (typeof value !== 'string') return false;
      return (kind.values?.includes(value) ?? true) && (kind.pattern?.test(value) ?? true);
    default:
      if (typeof value !== 'number' || !Number.isFinite(value)) return false;
      if (kind.type === 'integer' && !Number.isInteger(value)) return false;
      if (kind.values) return kind.values.includes(value);
      if (kind.orZero && value === 0) return true;
      return value >= (kind.minimum ?? Number.NEGATIVE_INFINITY) && value <= (kind.maximum ?? Number.POSITIVE_INFINITY);
  }
}

/** @internal The value that a text stands for; undefined when it stands for none. */
export function readText(kind: ValueKind<unknown>, given: string): SettingValue | undefined {
  const trimmed = given.trim();
  switch (kind.type) {
    case 'boolean':
      return trimmed === '1' ? true : trimmed === '0' ? false : undefined;
    case 'list':
      return trimmed === '' ? [] : [trimmed];
    case 'string': {
      const value = kind.values?.find((each) => `${each}`.toLowerCase() === trimmed.toLowerCase()) ?? trimmed;
      return accepts(kind, value) ? value : undefined;
    }
    default: {
      const value = /^-?\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : Number.NaN;
      return accepts(kind, value) ? value : undefined;
    }
  }
}

/** @internal A value as the file has it; several for a list. */
export function writeText(value: SettingValue): string[] {
  if (typeof value === 'boolean') return [value ? '1' : '0'];
  return typeof value === 'object' ? [...value] : [`${value}`];
}

/** @internal What a JSON Schema says of the kind (draft 2020-12). */
export function schemaOf(kind: ValueKind<unknown>): Record<string, unknown> {
  if (kind.type === 'list') return { type: 'array', items: { type: 'string', minLength: 1 } };
  if (kind.orZero) {
    return { type: kind.type, anyOf: [{ const: 0 }, { minimum: kind.minimum, maximum: kind.maximum }] };
  }
  return {
    type: kind.type,
    ...(kind.values && { enum: [...kind.values] }),
    ...(kind.minimum !== undefined && { minimum: kind.minimum }),
    ...(kind.maximum !== undefined && { maximum: kind.maximum }),
    ...(kind.pattern && { pattern: kind.pattern.source }),
  };
}
