export { fullRegistry } from './opus/full-registry';
export { createOpus, opus } from './opus/opus-codec';
export type { OpusOptions } from './opus/opus-options';
