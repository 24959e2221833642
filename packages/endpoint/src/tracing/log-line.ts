/** Levels of the original: each with those before it. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

/** @internal The levels, the gravest first. */
export const LOG_LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug'];

/** @internal A line of JSON, without its end. */
export function logLine(time: Date, level: LogLevel, data: object, message: string): string {
  const line = { time: time.toISOString(), level, msg: message };
  try {
    return JSON.stringify({ ...line, ...data }, plain);
  } catch {
    // What has no text, such as a circle, is left out.
    return JSON.stringify(line);
  }
}

/** Errors say what they are; other objects as they are. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) {
    const { name, message, code, status } = value as Error & { code?: unknown; status?: unknown };
    return { name, message, ...(code !== undefined && { code }), ...(status !== undefined && { status }) };
  }
  return typeof value === 'bigint' ? String(value) : value;
}
