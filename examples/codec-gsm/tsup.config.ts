import { preset } from '@offhook/tsup';

export default preset({ index: 'src/index.ts' });
