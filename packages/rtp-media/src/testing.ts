export { correlate, correlateSegments } from './analysis/correlate';
export { levelDbfs, signalToNoise, toneLevelDbfs } from './analysis/level';
export type { MemoryPath } from './testing/memory-rtp-network';
export { MemoryRtpNetwork, MemoryRtpTransport } from './testing/memory-rtp-network';
export { seededRandom, seededRandomBytes } from './testing/seeded-random';
export { DriftingClock, VirtualClock } from './testing/virtual-clock';
export { voice } from './testing/voice';
