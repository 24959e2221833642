export type { ConformanceCheck, ConformanceOptions } from './testing/check';
export { codecConformance } from './testing/conformance';
export { measureSnr, seededRandom, speechLike } from './testing/signals';
export { measureSpeed, type Speed, type SpeedOptions, timesRealTime } from './testing/speed';
