// Options that every benchmark understands beside its own.
import { parseArgs } from 'node:util';

/**
 * What the command line says, with numbers as numbers.
 *
 * - `--json` prints one object a line;
 * - `--smoke` does so little that it only shows that the benchmark runs: what it prints then says nothing about speed.
 *
 * @template {Record<string, string | number>} T
 * @param {T} defaults the options of this benchmark
 * @param {Partial<T>} [smoke] what `--smoke` makes of them
 * @returns {T & { json: boolean, smoke: boolean, child?: string }}
 */
export function benchOptions(defaults, smoke = {}) {
  const options = { json: { type: 'boolean' }, smoke: { type: 'boolean' }, child: { type: 'string' } };
  for (const name of Object.keys(defaults)) options[name] = { type: 'string' };
  const { values } = parseArgs({ options });
  const found = { ...defaults, ...(values.smoke ? smoke : {}), json: false, smoke: false, ...values };
  for (const [name, value] of Object.entries(defaults)) {
    if (typeof value !== 'number') continue;
    found[name] = Number(found[name]);
    if (!Number.isFinite(found[name])) throw new TypeError(`--${name} takes a number, such as ${value}.`);
  }
  return found;
}
