import type { Clock } from '../platform/clock';

/** Seconds from 1900, where NTP time begins, to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;

/**
 * Wall-clock time in NTP format (RFC 3550 §4) that advances with the monotonic clock, so that a correction of the system
 * time during a call does not show up as a round trip.
 */
export class NtpTime {
  readonly #clock: Clock;
  readonly #origin: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#origin = clock.date() - clock.now();
  }

  /** 64-bit NTP timestamp. */
  now(): bigint {
    const ms = this.#origin + this.#clock.now();
    const seconds = Math.floor(ms / 1000);
    const fraction = Math.floor(((ms - seconds * 1000) / 1000) * 0x1_0000_0000);
    return (BigInt(seconds + NTP_EPOCH_SECONDS) << 32n) | BigInt(fraction);
  }
}

/** The middle 32 bits of an NTP timestamp, in units of 1/65536 s, as LSR and DLSR count (RFC 3550 §6.4.1). */
export function middleOfNtp(ntp: bigint): number {
  return Number((ntp >> 16n) & 0xffff_ffffn);
}
