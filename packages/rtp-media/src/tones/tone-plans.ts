/** The tones a network plays to its callers (ITU-T E.180/Q.35 says what each is for). */
export type NetworkTone = 'dial' | 'ringback' | 'busy' | 'congestion' | 'callWaiting';

/** Frequencies that sound together and their cadence. */
export interface TonePattern {
  /** Hz. */
  readonly frequencies: readonly number[];
  /** ms of tone and pause in turn, over and over; without pause when absent. */
  readonly cadence?: readonly number[];
}

/** The tones of a country. */
export type TonePlan = Readonly<Record<NetworkTone, TonePattern>>;

const tone = (frequencies: readonly number[] | number, ...cadence: number[]): TonePattern => ({
  frequencies: typeof frequencies === 'number' ? [frequencies] : frequencies,
  ...(cadence.length > 0 && { cadence }),
});

/** Where a country's own are not given: 425 Hz, in cadences that many countries have. */
const recommended: TonePlan = {
  dial: tone(425),
  ringback: tone(425, 1000, 4000),
  busy: tone(425, 500, 500),
  congestion: tone(425, 250, 250),
  callWaiting: tone(425, 200, 600, 200, 3000),
};

const plan = (own: Partial<TonePlan>): TonePlan => ({ ...recommended, ...own });

/**
 * Tone plans by ISO 3166 code of the country, as telephone equipment is commonly set up for it. They were not taken from, nor
 * checked against, an official list: the tones that countries report are in supplement 2 to the E series of ITU-T
 * Recommendations (Various tones used in national networks), which goes with ITU-T E.180; look there before relying on
 * one. Exchanges of one country differ as well: where a site wants its own, it gives its own {@link TonePlan}.
 *
 * A tone whose amplitude is modulated is given by two frequencies that beat.
 */
export const tonePlans: Readonly<Record<string, TonePlan>> = {
  AT: plan({
    dial: tone(420),
    ringback: tone(420, 1000, 5000),
    busy: tone(420, 400, 400),
    congestion: tone(420, 200, 200),
    callWaiting: tone(420, 40, 1950),
  }),
  AU: plan({
    dial: tone([413, 438]),
    ringback: tone([413, 438], 400, 200, 400, 2000),
    busy: tone(425, 375, 375),
    congestion: tone(425, 375, 375),
    callWaiting: tone(425, 200, 200, 200, 4400),
  }),
  BE: plan({
    ringback: tone(425, 1000, 3000),
    congestion: tone(425, 167, 167),
    callWaiting: tone(1400, 175, 175, 175, 3500),
  }),
  BR: plan({
    busy: tone(425, 250, 250),
    congestion: tone(425, 250, 250, 750, 250),
    callWaiting: tone(425, 50, 1000),
  }),
  CH: plan({ congestion: tone(425, 200, 200), callWaiting: tone(425, 200, 200, 200, 4000) }),
  CN: plan({
    dial: tone(450),
    ringback: tone(450, 1000, 4000),
    busy: tone(450, 350, 350),
    congestion: tone(450, 700, 700),
    callWaiting: tone(450, 400, 4000),
  }),
  CZ: plan({
    dial: tone(425, 330, 330, 660, 660),
    busy: tone(425, 330, 330),
    congestion: tone(425, 165, 165),
    callWaiting: tone(425, 330, 9000),
  }),
  DE: plan({
    busy: tone(425, 480, 480),
    congestion: tone(425, 240, 240),
    callWaiting: tone(425, 200, 200, 200, 5000),
  }),
  DK: plan({}),
  ES: plan({
    ringback: tone(425, 1500, 3000),
    busy: tone(425, 200, 200),
    congestion: tone(425, 200, 200, 200, 200, 200, 600),
    callWaiting: tone(425, 175, 175, 175, 3500),
  }),
  FI: plan({
    busy: tone(425, 300, 300),
    congestion: tone(425, 200, 200),
    callWaiting: tone(425, 150, 150, 150, 8000),
  }),
  FR: plan({
    dial: tone(440),
    ringback: tone(440, 1500, 3500),
    busy: tone(440, 500, 500),
    congestion: tone(440, 250, 250),
    callWaiting: tone(440, 300, 10_000),
  }),
  GB: plan({
    dial: tone([350, 440]),
    ringback: tone([400, 450], 400, 200, 400, 2000),
    busy: tone(400, 375, 375),
    congestion: tone(400, 400, 350, 225, 525),
    callWaiting: tone(400, 100, 4000),
  }),
  GR: plan({
    dial: tone(425, 200, 300, 700, 800),
    busy: tone(425, 300, 300),
    congestion: tone(425, 200, 200),
    callWaiting: tone(425, 150, 150, 150, 8000),
  }),
  HU: plan({
    ringback: tone(425, 1250, 3750),
    busy: tone(425, 300, 300),
    congestion: tone(425, 300, 300),
    callWaiting: tone(425, 40, 1960),
  }),
  IN: plan({
    dial: tone([375, 425]),
    ringback: tone([375, 425], 400, 200, 400, 2000),
    busy: tone(400, 750, 750),
    congestion: tone(400, 250, 250),
    callWaiting: tone(400, 200, 100, 200, 7500),
  }),
  IT: plan({
    dial: tone(425, 200, 200, 600, 1000),
    congestion: tone(425, 200, 200),
    callWaiting: tone(425, 400, 100, 250, 100, 150, 14_000),
  }),
  JP: plan({
    dial: tone(400),
    ringback: tone([384, 416], 1000, 2000),
    busy: tone(400, 500, 500),
    congestion: tone(400, 500, 500),
    callWaiting: tone([384, 416], 500, 8000),
  }),
  MX: plan({ busy: tone(425, 250, 250), callWaiting: tone(425, 200, 600, 200, 10_000) }),
  NL: plan({ callWaiting: tone(425, 500, 9500) }),
  NO: plan({ congestion: tone(425, 200, 200), callWaiting: tone(425, 200, 600, 200, 10_000) }),
  NZ: plan({
    dial: tone(400),
    ringback: tone([400, 450], 400, 200, 400, 2000),
    busy: tone(400, 500, 500),
    congestion: tone(400, 250, 250),
    callWaiting: tone(400, 200, 3000),
  }),
  PL: plan({ congestion: tone(425, 500, 500), callWaiting: tone(425, 150, 150, 150, 4000) }),
  PT: plan({ ringback: tone(425, 1000, 5000), congestion: tone(425, 200, 200) }),
  RU: plan({
    ringback: tone(425, 800, 3200),
    busy: tone(425, 350, 350),
    congestion: tone(425, 175, 175),
    callWaiting: tone(425, 200, 5000),
  }),
  SE: plan({
    ringback: tone(425, 1000, 5000),
    busy: tone(425, 250, 250),
    congestion: tone(425, 250, 750),
    callWaiting: tone(425, 200, 500, 200, 5000),
  }),
  SG: plan({
    ringback: tone([401, 449], 400, 200, 400, 2000),
    busy: tone(425, 750, 750),
    callWaiting: tone([401, 449], 300, 200, 300, 3200),
  }),
  US: plan({
    dial: tone([350, 440]),
    ringback: tone([440, 480], 2000, 4000),
    busy: tone([480, 620], 500, 500),
    congestion: tone([480, 620], 250, 250),
    callWaiting: tone(440, 300, 10_000),
  }),
  ZA: plan({
    dial: tone([383, 417]),
    ringback: tone([383, 417], 400, 200, 400, 2000),
    busy: tone(400, 500, 500),
    congestion: tone(400, 250, 250),
    callWaiting: tone([383, 417], 400, 4000),
  }),
};
