import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const cli = fileURLToPath(new URL('../../../apps/quickstart/dist/cli.js', import.meta.url));

/** A line of `--json`. */
export type Line = { readonly type: string } & Record<string, unknown>;

/** How a run of `offhook` ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of `--json`; empty when people were meant to read. */
  readonly lines: Line[];
  /** The last line of `--json`. */
  readonly result: Line & { readonly error?: { code: string; message: string; status?: number } };
  /** From start to end, in ms. */
  readonly took: number;
}

/** A run of the built command, as a person or a program would start it. */
export class Offhook {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #started = performance.now();
  readonly #watchers = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  /** Resolves when it has ended. */
  readonly ended: Promise<Ended>;

  /** @param stdin what it reads; `open`: what {@link write} says */
  constructor(args: readonly string[], stdin?: string | Uint8Array, environment: NodeJS.ProcessEnv = {}) {
    if (!existsSync(cli)) throw new Error(`${cli} is missing: build first (npx pnpm@12 build).`);
    this.#child = spawn(process.execPath, [cli, ...args], {
      env: { ...process.env, OFFHOOK_PASSWORD: undefined, ...environment },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(() => (this.#stdout += text)));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#read(() => (this.#stderr += text)));
    this.#child.stdin.on('error', () => {});
    if (stdin === undefined) this.#child.stdin.end();
    else if (stdin !== 'open') this.#child.stdin.end(stdin);
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        const took = performance.now() - this.#started;
        const lines = this.lines;
        resolve({
          code,
          stdout: this.#stdout,
          stderr: this.#stderr,
          lines,
          result: lines.at(-1) ?? { type: 'none' },
          took,
        });
        for (const watch of this.#watchers) watch();
      });
    });
    onTestFinished(async () => {
      if (this.#running) this.#child.kill('SIGKILL');
      await this.ended;
    });
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #read(append: () => void): void {
    append();
    for (const watch of this.#watchers) watch();
  }

  /** The complete lines of JSON printed so far. */
  get lines(): Line[] {
    const complete = this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1);
    return complete
      .split('\n')
      .filter((line) => line.startsWith('{"type":'))
      .map((line) => JSON.parse(line) as Line);
  }

  /** Resolves with the first line of that type that `match` accepts; rejects when the run ends without one. */
  async line(type: string, match: (line: Line) => boolean = () => true, timeout = 15_000): Promise<Line> {
    const { promise, resolve, reject } = deferred<Line>();
    const describe = () => `offhook printed no ${type}.\n${this.#stdout}\n${this.#stderr}`;
    const watch = () => {
      const found = this.lines.find((line) => line.type === type && match(line));
      if (found) resolve(found);
      else if (!this.#running) reject(new Error(describe()));
    };
    this.#watchers.add(watch);
    const timer = setTimeout(() => reject(new Error(`${timeout} ms passed; ${describe()}`)), timeout);
    watch();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(watch);
    }
  }

  /** Writes to its standard input, which was left open. */
  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Sends a signal, as Ctrl-C or a supervisor would. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Starts `offhook` and lets it run. */
export const start = (...args: string[]) => new Offhook(args);

/** Runs `offhook` to its end. */
export const run = (...args: string[]) => new Offhook(args).ended;

/** Runs `offhook` to its end with something on its standard input. */
export const runWith = (stdin: string | Uint8Array, ...args: string[]) => new Offhook(args, stdin).ended;
