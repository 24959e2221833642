import type { Logger } from '@offhook/sip-core';
import { LOG_LEVELS, type LogLevel, logLine } from './log-line';

/**
 * A logger that writes lines of JSON to standard error.
 *
 * @param level what is written: this and what is graver
 */
export function consoleLogger(level: LogLevel = 'info'): Logger {
  const least = LOG_LEVELS.indexOf(level);
  const isLevelEnabled = (name: string): boolean => {
    const rank = LOG_LEVELS.indexOf(name as LogLevel);
    return rank >= 0 && rank <= least;
  };
  const at = (name: LogLevel) => (data: object, message: string) => {
    if (isLevelEnabled(name)) console.error(logLine(new Date(), name, data, message));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), isLevelEnabled };
}
