import type { Encoder } from '../contract/codec';
import { BandAnalysis } from './band-analysis';
import { BandwidthReport } from './bandwidth-report';
import { Lattice } from './lattice';
import { BANDWIDTH_CDF, FRAME, FRAME_LENGTH_CDF } from './lower-band-decoder';
import { PerceptualAnalysis } from './perceptual-analysis';
import { PitchAnalysis } from './pitch-analysis';
import { PitchFilter } from './pitch-filter';
import { RangeEncoder } from './range-encoder';
import { HIGH_ORDER, LOW_ORDER, SideInformation } from './side-information';
import { SideQuantizer } from './side-quantizer';
import { SpectrumCoder } from './spectrum-coder';
import { BAND, Transform } from './transform';

/** Bytes of a packet of 30 and of 60 ms at most: 53.4 kbit/s. */
export const PAYLOAD_LIMITS: Readonly<Record<30 | 60, number>> = { 30: 200, 60: 400 };
const BLOCK = 160;
const TRIES = 5;
/** What is added to each block of 10 ms against denormal numbers, by its place. */
const OFFSETS = [
  [0, Math.fround(1.23455334e-3)],
  [1, -Math.fround(2.04324239e-3)],
  [2, Math.fround(1.90854954e-3)],
  [9, Math.fround(1.84854878e-3)],
] as const;

/** Encoder of `isac/16000` at a target rate: packets of one frame of 30 ms, or of two. */
export class WidebandEncoder implements Encoder {
  readonly frameSamples: number;
  readonly #coder = new RangeEncoder();
  readonly #report = new BandwidthReport();
  readonly #bands = new BandAnalysis();
  readonly #pitch = new PitchAnalysis();
  readonly #perceptual = new PerceptualAnalysis();
  readonly #side = new SideInformation();
  readonly #quantizer = new SideQuantizer(this.#side);
  readonly #spectrum = new SpectrumCoder();
  readonly #lowLattice = new Lattice(LOW_ORDER);
  readonly #highLattice = new Lattice(HIGH_ORDER);
  readonly #pitchFilter = new PitchFilter(-1);
  readonly #transform = new Transform();
  readonly #input = new Float64Array(FRAME);
  readonly #re = new Int16Array(BAND);
  readonly #im = new Int16Array(BAND);
  readonly #snr: number;

  /**
   * @param frameDuration ms
   * @param rate bit/s aimed at
   */
  constructor(
    private readonly frameDuration: 30 | 60,
    rate: number,
  ) {
    this.frameSamples = frameDuration * 16;
    this.#snr = -23 + ((frameDuration === 30 ? 0.48 : 0.53) * rate) / 1000;
  }

  encode(pcm: Int16Array, out: Uint8Array): number {
    const coder = this.#coder;
    const frames = this.frameDuration / 30;
    coder.start();
    coder.symbol(FRAME_LENGTH_CDF, frames);
    coder.symbol(BANDWIDTH_CDF, this.#report.next());
    for (let i = 0; i < frames; i++) {
      const limit = PAYLOAD_LIMITS[this.frameDuration];
      const fits = this.#encodeFrame(pcm, i * FRAME, frames === 2 && i === 0 ? limit >> 1 : limit - 3);
      if (!fits && i === frames - 1) return 0;
    }
    const length = coder.finish();
    for (let i = 0; i < length; i++) out[i] = coder.bytes[i]!;
    return length;
  }

  #encodeFrame(pcm: Int16Array, at: number, limit: number): boolean {
    const input = this.#input;
    for (let n = 0; n < FRAME; n++) input[n] = pcm[at + n]!;
    for (let block = 0; block < FRAME; block += BLOCK) {
      for (const [place, offset] of OFFSETS) input[block + place] = Math.fround(input[block + place]! + offset);
    }
    const { low, high, earlyLow, earlyHigh } = this.#bands;
    this.#bands.run(input);
    this.#pitch.run(earlyLow);
    this.#quantizer.writePitch(this.#coder, this.#pitch.gains, this.#pitch.lags);
    const { gains, averageGain, lags, lowReflections, highReflections, lowGains, highGains } = this.#side;
    const meanGain = (gains[0]! + gains[1]! + gains[2]! + gains[3]!) / 16384;
    this.#perceptual.run(this.#pitch.filtered, earlyHigh, meanGain, this.#snr);
    this.#quantizer.writeShape(this.#coder, this.#perceptual);
    this.#coder.keep();
    this.#quantizer.writeGains(this.#coder, this.#perceptual.lowGains, this.#perceptual.highGains);
    this.#lowLattice.allZero(low, lowReflections, lowGains);
    this.#highLattice.allZero(high, highReflections, highGains);
    this.#pitchFilter.run(low, lags, gains, 1 / 4096);
    this.#transform.forward(low, high, this.#re, this.#im);
    const whole = this.#spectrum.write(this.#coder, this.#re, this.#im, averageGain);
    return this.#limit(whole, limit);
  }

  /** Makes a frame that is too long smaller, until it fits. */
  #limit(written: boolean, limit: number): boolean {
    const coder = this.#coder;
    const { lowGains, highGains } = this.#perceptual;
    let whole = written;
    for (let tries = 0; tries < TRIES; tries++) {
      if (whole && coder.length <= limit) return true;
      const used = whole ? coder.length - coder.keptLength : 600;
      const factor = ((limit - coder.keptLength) / used) * (whole ? 1 : 0.5) * (1 - (0.9 * tries) / 5);
      for (let j = 0; j < lowGains.length; j++) {
        lowGains[j]! *= factor;
        highGains[j]! *= factor;
      }
      for (let k = 0; k < BAND; k++) {
        this.#re[k] = Math.trunc(this.#re[k]! * factor);
        this.#im[k] = Math.trunc(this.#im[k]! * factor);
      }
      coder.restore();
      this.#quantizer.writeGains(coder, lowGains, highGains);
      whole = this.#spectrum.write(coder, this.#re, this.#im, this.#side.averageGain);
    }
    return whole && coder.length <= limit;
  }

  reset(): void {
    this.#report.reset();
    this.#bands.reset();
    this.#pitch.reset();
    this.#perceptual.reset();
    this.#lowLattice.reset();
    this.#highLattice.reset();
    this.#pitchFilter.reset();
  }
}
