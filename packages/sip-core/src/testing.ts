export { MemoryNetwork, type MemoryNetworkOptions } from './testing/memory-network';
export { seededRandom, seededRandomBytes } from './testing/seeded-random';
export { VirtualClock } from './testing/virtual-clock';
