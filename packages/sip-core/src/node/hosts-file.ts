import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How long the file is trusted to be the same, in ms. */
const FRESH = 2_000;

/** @internal The names in the system's hosts file, read again when it has changed. */
export class HostsFile {
  readonly #path: string;
  #names: ReadonlySet<string> = new Set();
  #changed = -1;
  #checked = Number.NEGATIVE_INFINITY;

  constructor(path = systemPath()) {
    this.#path = path;
  }

  /** Whether the file has this name, whatever the address. */
  async has(name: string): Promise<boolean> {
    const now = performance.now();
    if (now - this.#checked > FRESH) {
      this.#checked = now;
      await this.#read().catch(() => {
        this.#names = new Set();
        this.#changed = -1;
      });
    }
    return this.#names.has(name.toLowerCase());
  }

  async #read(): Promise<void> {
    const { mtimeMs } = await stat(this.#path);
    if (mtimeMs === this.#changed) return;
    const text = await readFile(this.#path, 'utf8');
    const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
    this.#names = new Set(lines.flatMap((line) => line.toLowerCase().split(/\s+/).slice(1)));
    this.#changed = mtimeMs;
  }
}

function systemPath(): string {
  return process.platform === 'win32'
    ? join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';
}
