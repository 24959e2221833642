import { preset } from '@offhook/tsup';

export default preset({ index: 'src/index.ts', node: 'src/node.ts', testing: 'src/testing.ts' });
