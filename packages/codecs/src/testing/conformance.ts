import type { Codec } from '../contract/codec';
import { allocationChecks } from './allocation-checks';
import type { Checks, ConformanceCheck, ConformanceOptions } from './check';
import { fmtpChecks } from './fmtp-checks';
import { frameChecks } from './frame-checks';
import { hostileChecks } from './hostile-checks';
import { lossChecks } from './loss-checks';
import { qualityChecks } from './quality-checks';
import { stateChecks } from './state-checks';

const families: readonly Checks[] = [
  frameChecks,
  qualityChecks,
  stateChecks,
  lossChecks,
  hostileChecks,
  fmtpChecks,
  allocationChecks,
];

/**
 * The checks every codec must pass, for any test runner:
 *
 * ```ts
 * for (const check of codecConformance(myCodec)) test(check.name, () => check.run());
 * ```
 *
 * @param codec made by `defineCodec`
 * @param options what this codec is held to beyond the contract
 */
export function codecConformance(codec: Codec, options: ConformanceOptions = {}): ConformanceCheck[] {
  const required = { minimumSnr: 20, delay: 0, bytesPerFrame: 32, ...options };
  return families
    .flatMap((checks) => checks(codec, required))
    .map(([promise, run]) => ({ name: `${codec.name}: ${promise}`, run }));
}
