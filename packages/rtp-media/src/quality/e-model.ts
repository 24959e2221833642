/** What a codec costs (ITU-T G.107 §7.5, G.113). */
export interface EquipmentImpairment {
  /** Impairment of the codec without loss, Ie. */
  ie: number;
  /** Robustness against packet loss, Bpl. */
  bpl: number;
}

/** What the E-model computes with, beside the parameters of transmission planning. */
export interface EModelInputs extends Partial<EquipmentImpairment> {
  /** Share of packets lost or discarded, 0 to 1; 0 when absent. */
  packetLoss?: number;
  /** Mean length of loss runs over that of random loss, 1 or more; 1 when absent (G.107 §7.5). */
  burstRatio?: number;
  /** One-way delay from mouth to ear in ms; 0 when absent. */
  delayMs?: number;
  /** What users put up with for the advantage of access, A, 0 to 20; 0 when absent. */
  advantage?: number;
}

/** Parameters of transmission planning, with the defaults of G.107 table 2. */
export interface PlanningParameters {
  /** Send loudness rating in dB, SLR. */
  sendLoudness: number;
  /** Receive loudness rating in dB, RLR. */
  receiveLoudness: number;
  /** Sidetone masking rating in dB, STMR. */
  sidetoneMasking: number;
  /** D-value of the telephone at the send side, Ds. */
  sendD: number;
  /** D-value of the telephone at the receive side, Dr. */
  receiveD: number;
  /** Talker echo loudness rating in dB, TELR. */
  talkerEchoLoudness: number;
  /** Weighted echo path loss in dB, WEPL. */
  echoPathLoss: number;
  /** Quantising distortion units, qdu. */
  quantizingDistortion: number;
  /** Circuit noise in dBm0p, Nc. */
  circuitNoise: number;
  /** Noise floor at the receive side in dBmp, Nfor. */
  noiseFloor: number;
  /** Room noise at the send side in dB(A), Ps. */
  sendRoomNoise: number;
  /** Room noise at the receive side in dB(A), Pr. */
  receiveRoomNoise: number;
  /** Sensitivity to delay, sT. */
  delaySensitivity: number;
  /** Least delay in ms that is perceived, mT. */
  perceivedDelayMs: number;
}

/** The defaults of G.107 table 2, with which a G.711 call without loss and delay has an R of 93.2. */
export const DEFAULT_PLANNING: Readonly<PlanningParameters> = {
  sendLoudness: 8,
  receiveLoudness: 2,
  sidetoneMasking: 15,
  sendD: 3,
  receiveD: 3,
  talkerEchoLoudness: 65,
  echoPathLoss: 110,
  quantizingDistortion: 1,
  circuitNoise: -70,
  noiseFloor: -64,
  sendRoomNoise: 35,
  receiveRoomNoise: 35,
  delaySensitivity: 1,
  perceivedDelayMs: 100,
};

/** Greatest R of the wideband scale: a call in wideband without impairments (G.107.1 §7.2). */
export const WIDEBAND_BEST = 129;
/** R of the wideband scale over that of the narrowband scale of equal quality (G.107.1 annex A). */
export const WIDEBAND_SCALE = 1.29;

/**
 * Transmission rating factor R of a narrowband call (ITU-T G.107 §7), about 0 to 100.
 *
 * @param planning what differs from {@link DEFAULT_PLANNING}
 */
export function rFactor(inputs: EModelInputs = {}, planning: Partial<PlanningParameters> = {}): number {
  const plan = { ...DEFAULT_PLANNING, ...planning };
  const delay = inputs.delayMs ?? 0;
  const noise = totalNoise(plan);
  const ro = 15 - 1.5 * (plan.sendLoudness + noise);
  const ist = sidetoneImpairment(plan, delay);
  const is = loudnessImpairment(plan, noise) + ist + quantizingImpairment(plan, ro);
  const id = talkerEcho(plan, noise, delay, ist) + listenerEcho(plan, ro, delay) + delayImpairment(delay, plan);
  return ro - is - id - effectiveImpairment(inputs) + (inputs.advantage ?? 0);
}

/**
 * R of a wideband call (ITU-T G.107.1 §7), about 0 to 129, with impairments of the wideband scale. Echo is taken for
 * cancelled, and loudness and noise for those the recommendation takes for granted.
 */
export function wideRFactor(inputs: EModelInputs = {}): number {
  const delay = delayImpairment(inputs.delayMs ?? 0, DEFAULT_PLANNING);
  return WIDEBAND_BEST - delay - effectiveImpairment(inputs) + (inputs.advantage ?? 0);
}

/** Mean opinion score, 1 to 4.5, of an R of the narrowband scale (G.107 annex B). */
export function mosOfR(r: number): number {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

/** Mean opinion score, 1 to 4.5, of an R of the wideband scale (G.107.1 annex A). Not on one scale with {@link mosOfR}. */
export function mosOfWideR(r: number): number {
  return mosOfR(r / WIDEBAND_SCALE);
}

/** Ie-eff, the codec's impairment with packets lost (§7.5). */
export function effectiveImpairment({ ie = 0, bpl = 4.3, packetLoss = 0, burstRatio = 1 }: EModelInputs): number {
  const percent = Math.min(1, Math.max(0, packetLoss)) * 100;
  return ie + ((95 - ie) * percent) / (percent / Math.max(1, burstRatio) + bpl);
}

/** Idd, the impairment of a delay that echo has no part in (§7.4). */
export function delayImpairment(
  delayMs: number,
  plan: Pick<PlanningParameters, 'delaySensitivity' | 'perceivedDelayMs'> = DEFAULT_PLANNING,
): number {
  if (delayMs <= plan.perceivedDelayMs) return 0;
  const x = Math.log2(delayMs / plan.perceivedDelayMs);
  const power = 6 * plan.delaySensitivity;
  return 25 * ((1 + x ** power) ** (1 / power) - 3 * (1 + (x / 3) ** power) ** (1 / power) + 2);
}

/** No: all noise at the point where send and receive loudness meet (§7.2). */
function totalNoise(plan: PlanningParameters): number {
  const { sendLoudness, receiveLoudness, sendRoomNoise, receiveRoomNoise, sendD, circuitNoise } = plan;
  const overall = sendLoudness + receiveLoudness;
  const sent = sendRoomNoise - sendLoudness - sendD - 100 + 0.004 * (sendRoomNoise - overall - sendD - 14) ** 2;
  const listenerSidetone = plan.sidetoneMasking + plan.receiveD;
  const room = receiveRoomNoise + 10 * Math.log10(1 + 10 ** ((10 - listenerSidetone) / 10));
  const received = receiveLoudness - 121 + room + 0.008 * (room - 35) ** 2;
  const floor = plan.noiseFloor + receiveLoudness;
  return 10 * Math.log10(power(circuitNoise) + power(sent) + power(received) + power(floor));
}

function power(db: number): number {
  return 10 ** (db / 10);
}

/** Iolr: too little overall loudness rating (§7.3). */
function loudnessImpairment(plan: PlanningParameters, noise: number): number {
  const overall = plan.sendLoudness + plan.receiveLoudness;
  const x = (overall + 0.2 * (64 + noise - plan.receiveLoudness)) / 8;
  return 20 * ((1 + x ** 8) ** (1 / 8) - x);
}

/** Ist: sidetone that is not the best (§7.3). */
function sidetoneImpairment(plan: PlanningParameters, delayMs: number): number {
  const echo = Math.exp(-delayMs / 4) * power(-plan.talkerEchoLoudness);
  const rating = -10 * Math.log10(power(-plan.sidetoneMasking) + echo);
  return (
    12 * (1 + ((rating - 13) / 6) ** 8) ** (1 / 8) -
    28 * (1 + ((rating + 1) / 19.4) ** 35) ** (1 / 35) -
    13 * (1 + ((rating - 3) / 33) ** 13) ** (1 / 13) +
    29
  );
}

/** Iq: quantising distortion (§7.3). */
function quantizingImpairment(plan: PlanningParameters, ro: number): number {
  const q = 37 - 15 * Math.log10(plan.quantizingDistortion);
  const g = 1.07 + 0.258 * q + 0.0602 * q * q;
  const y = (ro - 100) / 15 + 46 / 8.4 - g / 9;
  const z = 46 / 30 - g / 40;
  return 15 * Math.log10(1 + 10 ** y + 10 ** z);
}

/** Idte: one's own voice coming back (§7.4). */
function talkerEcho(plan: PlanningParameters, noise: number, delayMs: number, ist: number): number {
  const masked =
    plan.talkerEchoLoudness -
    40 * Math.log10((1 + delayMs / 10) / (1 + delayMs / 150)) +
    6 * Math.exp(-0.3 * delayMs ** 2);
  const rating = plan.sidetoneMasking < 9 ? masked + ist / 2 : masked;
  const re = 80 + 2.5 * (rating - 14);
  const half = (-1.5 * (noise - plan.receiveLoudness) - re) / 2;
  const idte = (half + Math.sqrt(half ** 2 + 100) - 1) * (1 - Math.exp(-delayMs));
  return plan.sidetoneMasking > 20 ? Math.hypot(idte, ist) : idte;
}

/** Idle: the other voice coming twice, with the round trip of the four-wire loop taken as twice the delay (§7.4). */
function listenerEcho(plan: PlanningParameters, ro: number, delayMs: number): number {
  const rle = 10.5 * (plan.echoPathLoss + 7) * (2 * delayMs + 1) ** -0.25;
  const half = (ro - rle) / 2;
  return half + Math.sqrt(half ** 2 + 169);
}
