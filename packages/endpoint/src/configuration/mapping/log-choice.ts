import type { LogExpiry, LogFilesOptions, LogSegment } from '../../tracing/log-files';
import type { LoggingSettings } from './further-settings';

const BYTES: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };
const HOUR = 3_600_000;

/**
 * The options of `LogFiles` that a configuration asks for; undefined when it wants no file. `log_segment` is written `10 MB`, `500 KB` or `1 hr`, a number alone being KB;
 * `log_expire` `7 day` or `5 file`, a number alone being files; both may be `false`.
 */
export function logFilesOptions({
  enabled,
  type,
  file,
  level,
  segment,
  expire,
}: LoggingSettings): LogFilesOptions | undefined {
  if (!enabled || type !== 'file') return undefined;
  const kept = segmentOf(segment);
  const gone = expiryOf(expire);
  return { path: file, level, ...(kept && { segment: kept }), ...(gone && { expire: gone }) };
}

function segmentOf(text: string | undefined): LogSegment | undefined {
  if (text === undefined) return undefined;
  if (/^(false|no|off|0)$/i.test(text)) return { bytes: Number.POSITIVE_INFINITY };
  const [, digits, unit = 'kb'] = /^(\d+)\s*(kb|mb|gb|hr)?$/i.exec(text.trim()) ?? [];
  const amount = Number(digits);
  return unit.toLowerCase() === 'hr' ? { ms: amount * HOUR } : { bytes: amount * BYTES[unit.toLowerCase()]! };
}

function expiryOf(text: string | undefined): LogExpiry | undefined {
  if (text === undefined) return undefined;
  if (/^(false|no|off|0)$/i.test(text)) return { files: Number.POSITIVE_INFINITY };
  const [, digits, unit = 'file'] = /^(\d+)\s*(files?|days?)?$/i.exec(text.trim()) ?? [];
  const amount = Number(digits);
  return /^day/i.test(unit) ? { ms: amount * 24 * HOUR } : { files: amount };
}
