/** Used memory once nothing is left to collect, as V8 counts it with what lies beside its heap, and as the system does. In bytes. */
async function settled() {
  // What finalisers and microtasks let go of in the first collection goes in the second.
  for (let turn = 0; turn < 2; turn++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

/**
 * Makes objects and tells what memory is used, as the process that forked this one asks.
 *
 * @param {(count: number) => Promise<void>} make resolves once all of them stand
 */
export function measured(make) {
  process.on('message', async ({ make: count, measure }) => {
    try {
      if (count !== undefined) await make(count);
      process.send(measure ? await settled() : {});
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
}

/** Runs `one` for each number below `count`, with at most `atOnce` under way. */
export async function each(count, one, atOnce = 20) {
  let next = 0;
  const worker = async () => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
