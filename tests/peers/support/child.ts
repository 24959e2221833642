import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** A program started by a test, with all it printed. */
export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** Everything printed so far on both streams. */
  readonly output: () => string;
  /** Resolves with the first match of `pattern` in the output; rejects when the program ends or `timeout` ms pass. */
  waitFor(pattern: RegExp, timeout?: number): Promise<RegExpMatchArray>;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
  /** Ends the program: `signal` first, SIGKILL when it has not ended 3 s later. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a program for the current test and makes sure it is gone when the test is over. */
export function start(command: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Child {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, ...options.env },
    stdio: 'pipe',
    // A group of its own, so that what it has started itself ends with it.
    detached: true,
  });
  let text = '';
  const listeners = new Set<() => void>();
  const onData = (data: Buffer) => {
    text += data.toString('utf8');
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  child.stdin.on('error', () => {});
  const exited = new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      text += `\n${error.message}`;
      resolve(null);
    });
    child.on('close', (code) => resolve(code));
    // A process of its own that outlives it may keep the pipes open: nothing more is to be waited for then.
    child.on('exit', (code) => setTimeout(() => resolve(code), 1_000).unref());
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // It has gone by itself.
    }
  };
  const result: Child = {
    process: child,
    output: () => text,
    exited,
    waitFor(pattern, timeout = 15_000) {
      return new Promise((resolve, reject) => {
        const settle = (end: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          end();
        };
        const look = () => {
          const match = text.match(pattern);
          if (match) settle(() => resolve(match));
        };
        const fail = (why: string) => settle(() => reject(new Error(`${command}: ${why} before ${pattern}\n${text}`)));
        const timer = setTimeout(() => fail(`${timeout} ms passed`), timeout);
        listeners.add(look);
        exited.then((code) => {
          look();
          fail(`ended with ${code}`);
        });
        look();
      });
    },
    async stop(signal = 'SIGTERM') {
      if (running()) {
        signalGroup(signal);
        const timer = setTimeout(() => signalGroup('SIGKILL'), 3_000);
        await exited;
        clearTimeout(timer);
      }
      if (child.pid !== undefined) signalGroup('SIGKILL');
      return exited;
    },
  };
  onTestFinished(async () => {
    await result.stop();
  });
  return result;
}
