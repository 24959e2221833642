import type { Logger } from './logger';
import { eachSecret } from './secrets';

/** Names of properties whose values are never shown. */
const SECRET_NAMES =
  /^(?:.*pass(?:word|wd|phrase)?|.*secret|.*token|ha1|a1|c?nonce|response|credentials?|(?:proxy-?)?authorization|.*keys?|salt|crypto|inline|pfx)$/i;
/** Deeper than this nobody looks. */
const MOST_DEPTH = 6;
const MASK = '***';

/** A text in which secrets are masked. */
export function redactText(text: string): string {
  const places: [start: number, end: number][] = [];
  eachSecret(text, (start, end) => places.push([start, end]));
  if (places.length === 0) return text;
  places.sort(([a], [b]) => a - b);
  let result = '';
  let from = 0;
  for (const [start, end] of places) {
    if (end <= from) continue;
    result += `${text.slice(from, Math.max(start, from))}${MASK}`;
    from = end;
  }
  return result + text.slice(from);
}

/**
 * A copy of a value fit for a log: secrets in texts are masked, properties that are named like secrets are too, bytes become their
 * number, errors stay errors down to their causes.
 */
export function redactValue(value: unknown, depth = 0, seen = new Map<object, unknown>()): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Date || value instanceof RegExp) return value;
  if (depth >= MOST_DEPTH) return '[…]';
  if (value instanceof Error) return redactError(value, depth, seen);
  if (Array.isArray(value) || value instanceof Set) {
    const items: unknown[] = [];
    seen.set(value, items);
    for (const item of value) items.push(redactValue(item, depth + 1, seen));
    return items;
  }
  const copy: Record<string, unknown> = {};
  seen.set(value, copy);
  // What writes itself, such as a URI or a header value, is shown as it is written.
  const written = writesItself(value);
  if (written !== undefined) return redactText(written);
  const entries = value instanceof Map ? value : Object.entries(value);
  for (const [name, item] of entries) copy[String(name)] = redactProperty(String(name), item, depth, seen);
  return copy;
}

function writesItself(value: object): string | undefined {
  const written = (value as { toString?: unknown }).toString;
  if (typeof written !== 'function' || written === Object.prototype.toString || value instanceof Map) return undefined;
  try {
    return String(value);
  } catch {
    return '[unreadable]';
  }
}

function redactProperty(name: string, value: unknown, depth: number, seen: Map<object, unknown>): unknown {
  if (value !== undefined && value !== null && SECRET_NAMES.test(name)) return MASK;
  return redactValue(value, depth + 1, seen);
}

/** An error that looks like the one it stands for, and is one of its class. */
function redactError(error: Error, depth: number, seen: Map<object, unknown>): Error {
  const copy = Object.create(Object.getPrototypeOf(error)) as Error & Record<string, unknown>;
  seen.set(error, copy);
  const hidden = (name: string, value: unknown) =>
    Object.defineProperty(copy, name, { value, enumerable: false, writable: true, configurable: true });
  hidden('message', redactText(error.message));
  if (error.stack !== undefined) hidden('stack', redactText(error.stack));
  if (error.cause !== undefined) hidden('cause', redactValue(error.cause, depth + 1, seen));
  for (const [name, value] of Object.entries(error)) {
    if (name !== 'message' && name !== 'stack' && name !== 'cause') {
      copy[name] = redactProperty(name, value, depth, seen);
    }
  }
  return copy;
}

const REDACTING = Symbol('redacting');

/**
 * A logger that hands on what it is given without passwords, digest responses, tokens and keys, whether they stand in texts, in
 * objects, or in errors and their causes. All logs of a `SipStack` go through one.
 */
export function redactingLogger(logger: Logger): Logger {
  if ((logger as { [REDACTING]?: true })[REDACTING]) return logger;
  const level = (name: 'debug' | 'info' | 'warn' | 'error') => (data: object, message: string) => {
    if (logger.isLevelEnabled?.(name) === false) return;
    logger[name](redactValue(data) as object, redactText(message));
  };
  const redacting = {
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
    isLevelEnabled: (name: string) => logger.isLevelEnabled?.(name) !== false,
    [REDACTING]: true as const,
  };
  return redacting;
}
