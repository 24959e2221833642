// What a media worker runs: see MediaWorkers. It has nothing to import from it.
import { parentPort } from 'node:worker_threads';
import { WorkerHost } from './worker/worker-host';

if (parentPort) new WorkerHost(parentPort);
