import type { Codec } from '@offhook/codecs';

/** ms of a frame whose spectra are compared. */
const FRAME_MS = 20;

/** Speech through encoder and decoder. @param isLost says of each packet whether it gets lost; its number begins at 0 */
export function through(
  codec: Codec,
  pcm: Int16Array,
  ptime: number,
  options: { isLost?: (packet: number) => boolean; silence?: boolean; fmtp?: string } = {},
): { pcm: Int16Array; bytes: number; packets: number } {
  const { isLost = () => false, silence = false, fmtp } = options;
  const encoder = codec.createEncoder({ frameDuration: ptime, ...(fmtp !== undefined && { remoteFmtp: fmtp }) });
  const decoder = codec.createDecoder(fmtp === undefined ? {} : { localFmtp: fmtp, remoteFmtp: fmtp });
  const { frameSamples } = encoder;
  const packets = Math.floor(pcm.length / frameSamples);
  const out = new Uint8Array(codec.maxPayloadBytes(ptime));
  const payloads = Array.from({ length: packets }, (_, n) =>
    out.slice(0, encoder.encode(pcm.subarray(n * frameSamples, (n + 1) * frameSamples), out)),
  );
  const heard = new Int16Array(packets * frameSamples);
  const room = new Int16Array(Math.round(codec.sampleRate * 0.12));
  payloads.forEach((payload, n) => {
    room.fill(0, 0, frameSamples);
    if (!isLost(n)) decoder.decode(payload, room);
    else if (!silence) {
      const next = n + 1 < packets && !isLost(n + 1) ? payloads[n + 1] : undefined;
      decoder.conceal(room, frameSamples, next);
    }
    heard.set(room.subarray(0, frameSamples), n * frameSamples);
  });
  encoder.close?.();
  decoder.close?.();
  return { pcm: heard, bytes: payloads.reduce((sum, { length }) => sum + length, 0), packets };
}

/** The delay of `heard` after `original`, in samples, at which the two agree best, and the signal-to-noise ratio there in dB. */
export function fidelity(original: Int16Array, heard: Int16Array, longest: number): { delay: number; snr: number } {
  let best = { delay: 0, snr: Number.NEGATIVE_INFINITY };
  for (let delay = 0; delay <= longest; delay++) {
    let signal = 0;
    let noise = 0;
    for (let i = 0; i + delay < heard.length && i < original.length; i++) {
      const sample = original[i]!;
      const error = heard[i + delay]! - sample;
      signal += sample * sample;
      noise += error * error;
    }
    const snr = noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    if (snr > best.snr) best = { delay, snr };
  }
  return best;
}

/**
 * How far the spectra of two signals lie apart, in dB: the root mean square over bands a third of an octave wide, averaged over frames of 20 ms in
 * which the first is heard. Phase does not count, as it does not for the ear; levels below -60 dB of full scale do not either.
 */
export function spectralDistance(clean: Int16Array, heard: Int16Array, sampleRate: number): number {
  const length = (sampleRate * FRAME_MS) / 1000;
  const bands = bandsOf(sampleRate, length);
  let sum = 0;
  let frames = 0;
  for (let at = 0; at + length <= clean.length && at + length <= heard.length; at += length) {
    const before = clean.subarray(at, at + length);
    if (before.reduce((power, sample) => power + sample * sample, 0) / length < 100 ** 2) continue;
    const [a, b] = [levels(before, bands), levels(heard.subarray(at, at + length), bands)];
    const squares = a.reduce((total, level, band) => total + (level - b[band]!) ** 2, 0);
    sum += Math.sqrt(squares / a.length);
    frames++;
  }
  return sum / frames;
}

interface Band {
  readonly cosines: readonly Float64Array[];
  readonly sines: readonly Float64Array[];
}

/** The lines of a Fourier transform that fall into each band. */
function bandsOf(sampleRate: number, length: number): Band[] {
  const bands: Band[] = [];
  const window = Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length));
  const wave = (line: number, shape: (angle: number) => number) =>
    window.map((weight, i) => weight * shape((2 * Math.PI * line * i) / length));
  for (let low = 150; low < Math.min(sampleRate / 2, 7000); low *= 2 ** (1 / 3)) {
    const first = Math.ceil((low * length) / sampleRate);
    const last = Math.max(first, Math.floor((low * 2 ** (1 / 3) * length) / sampleRate));
    const lines = Array.from({ length: last - first + 1 }, (_, n) => first + n);
    bands.push({
      cosines: lines.map((line) => wave(line, Math.cos)),
      sines: lines.map((line) => wave(line, Math.sin)),
    });
  }
  return bands;
}

function levels(frame: Int16Array, bands: readonly Band[]): number[] {
  const floor = (32_768 * frame.length * 10 ** (-60 / 20)) / 4;
  return bands.map(({ cosines, sines }) => {
    let power = 0;
    for (let line = 0; line < cosines.length; line++) {
      power += product(frame, cosines[line]!) ** 2 + product(frame, sines[line]!) ** 2;
    }
    return 10 * Math.log10(power / cosines.length + floor ** 2 / 100);
  });
}

function product(frame: Int16Array, wave: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i++) sum += frame[i]! * wave[i]!;
  return sum;
}

/** A share of losses, the same in every run. */
export function losing(share: number, seed = 1): (packet: number) => boolean {
  return (packet) => {
    // A hash of the number: whether a packet is lost does not depend on how many were asked about before.
    let h = Math.imul(packet + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
    return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32 < share;
  };
}
