import { preset } from '@offhook/tsup';

export default preset({ index: 'src/index.ts', browser: 'src/browser.ts', configuration: 'src/configuration.ts' });
