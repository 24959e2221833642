import { preset } from '@offhook/tsup';

/** libopus is part of the output, so that it loads wherever the code does, bundled or not. */
const wasm = { loader: { '.wasm': 'base64' as const }, noExternal: [/\.wasm$/] };

export default preset(
  { index: 'src/index.ts', isac: 'src/isac.ts', opus: 'src/opus.ts', testing: 'src/testing.ts' },
  wasm,
);
