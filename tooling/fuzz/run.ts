import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Chance, seedOf } from './chance';
import { failureOf, kindOf, reduce } from './reduce';
import { bytesOf, type FuzzTarget, type Input, textOf } from './target';
import { targets } from './targets';

const USAGE = `pnpm fuzz [--target NAME] [--count N] [--time SECONDS] [--seed S] [--from N] [--slow MS] [--out FOLDER]
pnpm fuzz --replay FILE

  --target  one target, several with commas; all when absent
  --count   inputs for each target; 20000 when absent
  --time    seconds for each target, instead of a count
  --seed    begins the chance; another one each time when absent
  --from    the first input: with --seed and --count 1, exactly one is made again
  --slow    an input that takes longer, in ms, is a failure; 2000 when absent
  --out     where inputs that fail are written; .fuzz when absent
  --replay  checks the input in such a file again

Targets:
${targets.map(({ name, promise }) => `  ${name.padEnd(10)} ${promise}`).join('\n')}`;

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    count: { type: 'string' },
    time: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
    slow: { type: 'string', default: '2000' },
    out: { type: 'string', default: '.fuzz' },
    replay: { type: 'string' },
    help: { type: 'boolean' },
  },
});

/** What nobody waits for fails too. */
let stray: Error | undefined;
process.on('unhandledRejection', (error) => {
  stray = error instanceof Error ? error : new Error(String(error));
});

if (values.help) console.log(USAGE);
else if (values.replay !== undefined) await replay(values.replay);
else await all();

async function all(): Promise<void> {
  const wanted = values.target?.split(',');
  const unknown = wanted?.filter((name) => !targets.some((target) => target.name === name)) ?? [];
  if (unknown.length > 0) {
    console.error(`No target is called ${unknown.join(', ')}.\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const seed = values.seed === undefined ? Date.now() & 0x7fff_ffff : Number(values.seed);
  console.log(`seed ${seed}`);
  let failures = 0;
  for (const target of targets) if (!wanted || wanted.includes(target.name)) failures += await fuzz(target, seed);
  if (failures > 0) process.exitCode = 1;
}

async function fuzz(target: FuzzTarget, seed: number): Promise<number> {
  const began = performance.now();
  const until = values.time === undefined ? Number.POSITIVE_INFINITY : began + 1_000 * Number(values.time);
  const first = Number(values.from);
  const count = values.count !== undefined ? Number(values.count) : values.time === undefined ? 20_000 : Infinity;
  const kinds = new Set<string>();
  let done = 0;
  for (; done < count && performance.now() < until && kinds.size < 10; done++) {
    const index = first + done;
    const input = target.make(new Chance(seedOf(seed, index)));
    const started = performance.now();
    let failure = await failureOf(target, input);
    const took = performance.now() - started;
    if (done % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (stray !== undefined) failure ??= stray;
    stray = undefined;
    const slow = failure === undefined && took > Number(values.slow);
    if (slow) failure = new Error(`It took ${Math.round(took)} ms.`);
    if (failure === undefined) continue;
    const kind = kindOf(failure);
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    await keep(target, seed, index, input, failure, slow);
  }
  const seconds = (performance.now() - began) / 1_000;
  console.log(`${target.name}: ${done} inputs in ${seconds.toFixed(1)} s, ${kinds.size} kinds of failure`);
  return kinds.size;
}

async function keep(
  target: FuzzTarget,
  seed: number,
  index: number,
  input: Input,
  failure: Error,
  slow: boolean,
): Promise<void> {
  console.error(`${target.name}, input ${index}: ${failure.stack}`);
  // What was only slow is kept whole.
  const smaller = slow ? input : await reduce(target, input, failure);
  const file = `${values.out}/${target.name}-${seed}-${index}.json`;
  mkdirSync(dirname(file), { recursive: true });
  const told = {
    target: target.name,
    seed,
    index,
    failure: failure.stack,
    input: smaller.map(textOf),
    whole: input.map(textOf),
  };
  writeFileSync(file, JSON.stringify(told, undefined, 2));
  console.error(`  ${file}`);
}

async function replay(file: string): Promise<void> {
  const { target: name, input, whole } = JSON.parse(readFileSync(file, 'utf8'));
  const target = targets.find((each) => each.name === name)!;
  for (const [which, pieces] of Object.entries({ reduced: input, whole }) as [string, string[]][]) {
    const failure = await failureOf(target, pieces.map(bytesOf));
    console.log(`${which}: ${failure?.stack ?? 'fine'}`);
    if (failure) process.exitCode = 1;
  }
}
