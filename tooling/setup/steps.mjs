import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A step that failed: what it printed, and the exit code to leave with. */
class StepError extends Error {
  constructor(message, output, exitCode) {
    super(message);
    this.output = output;
    this.exitCode = exitCode;
  }
}

/** Ends the process with a clear word when Node.js is older than `major.minor`. */
export function requireNode(major, minor) {
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  console.error(`Offhook needs Node.js ${major}.${minor} or newer; this is ${process.versions.node}.`);
  process.exit(2);
}

/** Runs one step and shows its name and how long it takes: live on a terminal, one line elsewhere. */
export async function step(name, work) {
  const started = Date.now();
  const line = (mark) => `${mark} ${name} (${Math.round((Date.now() - started) / 1000)} s)`;
  const live = process.stdout.isTTY;
  if (!live) console.log(`… ${name}`);
  const ticker = live ? setInterval(() => process.stdout.write(`\r${line('…')}`), 200) : undefined;
  try {
    await work();
    clearInterval(ticker);
    console.log(`${live ? '\r' : ''}${line('✓')}`);
  } catch (error) {
    clearInterval(ticker);
    console.log(`${live ? '\r' : ''}${line('✗')}`);
    throw error;
  }
}

/** Runs pnpm, fetched by npx when it is not installed; its output is kept back unless it fails or `show` is set. */
export function pnpm(args, { show = false } = {}) {
  const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
  return run(`pnpm ${args.join(' ')}`, npx, ['--yes', 'pnpm@12', ...args], show);
}

/** Runs a script of this repository with this Node.js, its input and output being the person's own. */
export function node(name, args) {
  return run(name, process.execPath, args, true);
}

function run(name, command, args, show) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && command.endsWith('.cmd'),
      env: {
        ...process.env,
        TURBO_TELEMETRY_DISABLED: '1',
        TURBO_NO_UPDATE_NOTIFIER: '1',
        COREPACK_ENABLE_STRICT: '0',
      },
    });
    let output = '';
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (output += data));
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.on('error', (error) => reject(new StepError(`${name} could not start: ${error.message}`, output, 1)));
    child.on('close', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      if (code === 0) resolve();
      else reject(new StepError(show ? '' : `${name} failed (${signal ?? `exit code ${code}`}).`, output, code ?? 1));
    });
  });
}
