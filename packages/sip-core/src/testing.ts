export { MemoryNetwork, type MemoryNetworkOptions } from './testing/memory-network';
export { ScriptedMedia } from './testing/scripted-media';
export { seededRandom, seededRandomBytes } from './testing/seeded-random';
export { VirtualClock } from './testing/virtual-clock';
