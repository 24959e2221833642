import { Session } from 'node:inspector/promises';

/**
 * What a work allocates, by V8's sampling heap profiler: sampled every so many bytes, dead objects included.
 *
 * @param {number} count by which all is divided
 * @param {() => Promise<unknown>} work
 */
export async function allocations(count, work) {
  const inspector = new Session();
  inspector.connect();
  await inspector.post('HeapProfiler.startSampling', {
    samplingInterval: 1024,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await work();
  const { profile } = await inspector.post('HeapProfiler.stopSampling');
  inspector.disconnect();
  const sites = new Map();
  let bytes = 0;
  const visit = (node) => {
    const { functionName, url, lineNumber } = node.callFrame;
    const own = node.selfSize / count;
    // Ourselves apart: starting and stopping the profiler.
    if (own > 0 && !url.startsWith('node:inspector')) {
      const site = `${functionName || '(anonymous)'} ${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`;
      sites.set(site, (sites.get(site) ?? 0) + own);
      bytes += own;
    }
    for (const child of node.children) visit(child);
  };
  visit(profile.head);
  const top = [...sites].map(([site, each]) => ({ site, bytes: each })).sort((a, b) => b.bytes - a.bytes);
  return { bytes, top };
}
