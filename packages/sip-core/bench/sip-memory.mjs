// What an idle line, dialog or subscription holds in memory, at the side of the user agent that made it and at its server's.
// Each side is a process of its own; they talk over UDP. After some objects that warm the code up and once their transactions
// are gone, memory is collected and measured, N more are made, and it is measured again: the difference over N. Beside it
// sip.js, whose far end is a text in its own process. Build first, then:
//
//   node packages/sip-core/bench/sip-memory.mjs [--json] [--count 2000] [--rounds 3]
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { median, report } from '../../../tooling/bench/report.mjs';

const { count, rounds, linger } = benchOptions(
  { count: 2000, rounds: 3, linger: 4 },
  { count: 50, rounds: 1, linger: 0.1 },
);
const WARM = Math.min(500, count);

/** A process that makes objects and measures itself. */
async function start(name, ...args) {
  const file = fileURLToPath(new URL(`./support/memory/${name}.mjs`, import.meta.url));
  const child = fork(file, args, { execArgv: ['--expose-gc'] });
  const next = () =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`${name} ${args.join(' ')} ended with ${code}.`));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        if (message.error) reject(new Error(message.error));
        else resolve(message);
      });
    });
  const { port } = await next();
  const ask = (question) => {
    child.send(question);
    return next();
  };
  return {
    port,
    make: (number) => ask({ make: number }),
    measure: () => ask({ measure: true }),
    stop: () => child.disconnect(),
  };
}

/** Bytes an object, of each process: heap and resident. The last one makes them. */
async function grow(processes) {
  const maker = processes.at(-1);
  const measure = async () => {
    await new Promise((resolve) => setTimeout(resolve, linger * 1000));
    return Promise.all(processes.map((each) => each.measure()));
  };
  try {
    await maker.make(WARM);
    const before = await measure();
    await maker.make(count);
    const after = await measure();
    return after.map(({ heap, rss }, index) => ({
      heap: (heap - before[index].heap) / count,
      rss: (rss - before[index].rss) / count,
    }));
  } finally {
    for (const each of processes) each.stop();
  }
}

const kinds = {
  line: { client: 'sip-memory-line', server: 'sip-memory-binding' },
  dialog: { client: 'sip-memory-dialog-caller', server: 'sip-memory-dialog-callee' },
  subscription: { client: 'sip-memory-subscriber', server: 'sip-memory-notifier' },
};

for (const [kind, names] of Object.entries(kinds)) {
  const found = { client: [], server: [], theirs: [] };
  // Memory does not mind what else runs at the same time.
  await Promise.all(
    Array.from({ length: rounds }, async () => {
      const server = await start('offhook', 'server', kind);
      const client = await start('offhook', 'client', kind, String(server.port));
      const [[atServer, atClient], [theirs]] = await Promise.all([
        grow([server, client]),
        grow([await start('sip-js', kind)]),
      ]);
      found.server.push(atServer);
      found.client.push(atClient);
      found.theirs.push(theirs);
    }),
  );
  const middle = (who, figure) => median(found[who].map((one) => one[figure]));
  const more = (who) => ({ rss: middle(who, 'rss'), count });
  report({
    name: names.client,
    ours: middle('client', 'heap'),
    unit: 'bytes',
    yardstick: middle('theirs', 'heap'),
    yardstickName: 'sip.js 0.21',
    less: true,
    more: { ...more('client'), yardstickRss: middle('theirs', 'rss') },
  });
  report({ name: names.server, ours: middle('server', 'heap'), unit: 'bytes', less: true, more: more('server') });
}
