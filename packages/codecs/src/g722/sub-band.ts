/** Limits a value to 16 bits: the arithmetic of ITU-T G.722 §6.2. */
export function saturate(value: number): number {
  if (value > 32767) return 32767;
  if (value < -32768) return -32768;
  return value;
}

/**
 * The adaptive predictor of one sub-band: two poles and six zeros that follow the signs of what was (ITU-T G.722 §3.6, in the
 * fixed-point form of §6.2.1.4 and §6.2.2.3; the Recommendation's names in capitals). Encoder and decoder run it alike.
 */
export class SubBand {
  /** Predicted value of the sample to come (SL, SH). */
  prediction = 0;
  /** Logarithm of the quantizer's scale factor (NBL, NBH). */
  logScale = 0;
  /** The quantizer's scale factor (DETL, DETH). */
  scale: number;

  /** What the zeros contribute to the prediction (SZ). */
  private zeros = 0;
  /** Signal as reconstructed one sample ago, doubled and limited (RLT1). */
  private past = 0;
  /** Signs of what the zeros alone left over, one and two samples ago (PLT1, PLT2): 0 or -1. */
  private sign1 = 0;
  private sign2 = 0;
  private a1 = 0;
  private a2 = 0;
  private b1 = 0;
  private b2 = 0;
  private b3 = 0;
  private b4 = 0;
  private b5 = 0;
  private b6 = 0;
  /** Differences as quantized, doubled, one to six samples ago (DLT1 to DLT6); of 14 bits, they do not overflow. */
  private d1 = 0;
  private d2 = 0;
  private d3 = 0;
  private d4 = 0;
  private d5 = 0;
  private d6 = 0;

  /** @param initialScale 32 in the lower sub-band, 8 in the higher (§6.2.1.3) */
  constructor(private readonly initialScale: number) {
    this.scale = initialScale;
  }

  /**
   * Adapts to the quantized difference of this sample, and predicts the next.
   *
   * @param d in the lower sub-band that of the four-bit quantizer (DLT), in the higher the only one (DH)
   */
  adapt(d: number): void {
    const { prediction, zeros, sign1, past } = this;
    const { d1, d2, d3, d4, d5 } = this;

    // PARREC: only the sign of the partly reconstructed signal counts.
    const sign0 = (zeros + d) >> 31;

    // Signs agree or not as a coin falls, so what depends on them is computed without a branch: 0 where they agree, else -1.
    const differs1 = sign0 ^ sign1;
    const differs2 = sign0 ^ this.sign2;

    // UPPOL2, UPPOL1. Products with 32512 and 32640 are by 127/128 and 255/256.
    let quadruple = saturate(this.a1 << 2);
    quadruple = (quadruple ^ ~differs1) - ~differs1;
    if (quadruple > 32767) quadruple = 32767;
    let a2 = ((this.a2 * 127) >> 7) + (quadruple >> 7) + 128 + (differs2 & -256);
    if (a2 > 12288) a2 = 12288;
    else if (a2 < -12288) a2 = -12288;
    const limit = 15360 - a2;
    let a1 = ((this.a1 * 255) >> 8) + 192 + (differs1 & -384);
    if (a1 > limit) a1 = limit;
    else if (a1 < -limit) a1 = -limit;

    // UPZERO: by 128 up where signs agree, down where not; nowhere when there is no difference.
    // A sign as all or no bits negates: x ^ -1 is -x - 1.
    const step = ((d >> 31) | ((0 - d) >>> 31)) << 7;
    const b1 = ((this.b1 * 255) >> 8) + (step ^ (d1 >> 31)) - (d1 >> 31);
    const b2 = ((this.b2 * 255) >> 8) + (step ^ (d2 >> 31)) - (d2 >> 31);
    const b3 = ((this.b3 * 255) >> 8) + (step ^ (d3 >> 31)) - (d3 >> 31);
    const b4 = ((this.b4 * 255) >> 8) + (step ^ (d4 >> 31)) - (d4 >> 31);
    const b5 = ((this.b5 * 255) >> 8) + (step ^ (d5 >> 31)) - (d5 >> 31);
    const b6 = ((this.b6 * 255) >> 8) + (step ^ (this.d6 >> 31)) - (this.d6 >> 31);

    // FILTEZ.
    const d0 = d << 1;
    const sum =
      (Math.imul(b1, d0) >> 15) +
      (Math.imul(b2, d1) >> 15) +
      (Math.imul(b3, d2) >> 15) +
      (Math.imul(b4, d3) >> 15) +
      (Math.imul(b5, d4) >> 15) +
      (Math.imul(b6, d5) >> 15);
    const nextZeros = saturate(sum);

    // RECONS, FILTEP, PREDIC.
    const now = saturate(saturate(prediction + d) << 1);
    const poles = (Math.imul(a1, now) >> 15) + (Math.imul(a2, past) >> 15);
    this.prediction = saturate(saturate(poles) + nextZeros);

    this.zeros = nextZeros;
    this.past = now;
    this.sign2 = sign1;
    this.sign1 = sign0;
    this.a1 = a1;
    this.a2 = a2;
    this.b1 = b1;
    this.b2 = b2;
    this.b3 = b3;
    this.b4 = b4;
    this.b5 = b5;
    this.b6 = b6;
    this.d6 = d5;
    this.d5 = d4;
    this.d4 = d3;
    this.d3 = d2;
    this.d2 = d1;
    this.d1 = d0;
  }

  reset(): void {
    Object.assign(this, new SubBand(this.initialScale));
  }
}
