import { preset } from '@offhook/tsup';

export default preset({ index: 'src/index.ts', testing: 'src/testing.ts', worker: 'src/worker.ts' });
