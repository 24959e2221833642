import type { EquipmentImpairment } from './e-model';

/** A codec as the E-model sees it. */
export interface CodecImpairment extends EquipmentImpairment {
  /** Whether `ie` and `bpl` are on the wideband scale (G.107.1); narrowband (G.107) when false. */
  wideband: boolean;
}

/** G.711 whose losses are silent (G.113 appendix I), to compare with. */
export const G711_WITHOUT_CONCEALMENT: Readonly<CodecImpairment> = { ie: 0, bpl: 4.3, wideband: false };

/**
 * By encoding name, in capitals. From ITU-T G.113: G.711 with concealment and G.729 (appendix I), the Ie of G.722 at
 * 64 kbit/s (appendix IV). G.113 has none for the others, and no Bpl for G.722 with concealment: those are estimates,
 * made from published listening tests of like codecs.
 */
const IMPAIRMENTS: Readonly<Record<string, CodecImpairment>> = {
  PCMU: { ie: 0, bpl: 25.1, wideband: false },
  PCMA: { ie: 0, bpl: 25.1, wideband: false },
  G729: { ie: 11, bpl: 19, wideband: false },
  ILBC: { ie: 11, bpl: 32, wideband: false },
  G722: { ie: 13, bpl: 15, wideband: true },
  ISAC: { ie: 8, bpl: 15, wideband: true },
  OPUS: { ie: 3, bpl: 20, wideband: true },
};

const NARROWBAND: CodecImpairment = { ie: 10, bpl: 15, wideband: false };
const WIDEBAND: CodecImpairment = { ie: 13, bpl: 15, wideband: true };
/** Linear samples: no codec, with the concealment of G.711. */
const LINEAR_NARROWBAND: CodecImpairment = { ie: 0, bpl: 25.1, wideband: false };
const LINEAR_WIDEBAND: CodecImpairment = { ie: 0, bpl: 25.1, wideband: true };

/**
 * The impairment of a codec, with concealment as this package does it. A codec not known counts as a middling one of its
 * bandwidth.
 *
 * @param name encoding name, any case; G.711 when absent
 * @param sampleRate Hz of its audio; 8000 when absent
 */
export function codecImpairment(name = 'PCMU', sampleRate = 8000): Readonly<CodecImpairment> {
  const key = name.toUpperCase();
  if (key === 'L16') return sampleRate > 8000 ? LINEAR_WIDEBAND : LINEAR_NARROWBAND;
  return IMPAIRMENTS[key] ?? (sampleRate > 8000 ? WIDEBAND : NARROWBAND);
}
