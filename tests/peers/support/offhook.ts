import { fileURLToPath } from 'node:url';
import { type Child, start } from './child';

const cli = fileURLToPath(new URL('../../../apps/quickstart/dist/cli.js', import.meta.url));

/** One line of `offhook … --json`. */
export interface Line {
  type: string;
  [field: string]: unknown;
}

/** The built `offhook` command, run with `--json` for the current test. */
export interface Offhook {
  readonly child: Child;
  /** Every line so far. */
  lines(): Line[];
  /** Resolves with the first line of this type, past or to come. */
  line(type: string, timeout?: number): Promise<Line>;
  /** Resolves with the last line, the result, once the command has ended. */
  readonly result: Promise<Line & { ok: boolean; exitCode: number }>;
}

/** Starts `offhook ARGS --json`. */
export function startOffhook(...args: string[]): Offhook {
  const child = start(process.execPath, [cli, ...args, '--json']);
  const lines = () =>
    child
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line);
  return {
    child,
    lines,
    async line(type, timeout = 15_000) {
      await child.waitFor(new RegExp(`^\\{"type":"${type}".*\\}$`, 'm'), timeout);
      return lines().find((line) => line.type === type)!;
    },
    result: child.exited.then((code) => {
      const last = lines().at(-1);
      if (last?.type !== 'result') throw new Error(`offhook ${args.join(' ')} ended with ${code}\n${child.output()}`);
      return last as Line & { ok: boolean; exitCode: number };
    }),
  };
}
