export { type ConformanceCheck, type ConformanceOptions, codecConformance } from './testing/conformance';
export { measureSnr, speechLike } from './testing/signals';
