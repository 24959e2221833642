import { preset } from '@offhook/tsup';

export default preset({ cli: 'src/cli.ts' }, { format: ['esm'], dts: false, platform: 'node', splitting: false });
