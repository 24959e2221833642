import type { Codec } from '@offhook/codecs';

/** Longest piece of audio that a payload may be, in ms: what decoders are given room for. */
const LONGEST_MS = 120;

/** Encodes samples; the last frame is filled up with silence. A frame that need not be sent is an empty payload. */
export function encodeAudio(codec: Codec, pcm: Int16Array, ptime: number, remoteFmtp?: string): Uint8Array[] {
  const encoder = codec.createEncoder({ frameDuration: ptime, ...(remoteFmtp !== undefined && { remoteFmtp }) });
  try {
    const length = encoder.frameSamples * codec.channels;
    const frame = new Int16Array(length);
    const out = new Uint8Array(codec.maxPayloadBytes(ptime));
    const payloads: Uint8Array[] = [];
    for (let at = 0; at < pcm.length; at += length) {
      frame.fill(0);
      frame.set(pcm.subarray(at, at + length));
      payloads.push(out.slice(0, encoder.encode(frame, out)));
    }
    return payloads;
  } finally {
    encoder.close?.();
  }
}

/** What decoding gave. */
export interface Decoded {
  /** Interleaved. */
  readonly pcm: Int16Array;
  /** Packets that were not there. */
  readonly lost: number;
  /** Packets that were no audio of the codec. */
  readonly refused: number;
}

/**
 * Decodes payloads; an empty one, one that `isLost`, and one that is none are concealed.
 *
 * @param ptime ms of what is missing, before anything was decoded that tells
 */
export function decodeAudio(
  codec: Codec,
  payloads: readonly Uint8Array[],
  ptime: number,
  options: { fmtp?: string | undefined; isLost?: () => boolean } = {},
): Decoded {
  const { fmtp, isLost = () => false } = options;
  const { channels, sampleRate } = codec;
  const decoder = codec.createDecoder(fmtp === undefined ? {} : { localFmtp: fmtp, remoteFmtp: fmtp });
  try {
    const room = new Int16Array(((sampleRate * LONGEST_MS) / 1000) * channels);
    const pieces: Int16Array[] = [];
    let samples = Math.round((sampleRate * ptime) / 1000);
    let lost = 0;
    let refused = 0;
    const here = payloads.map((payload) => payload.length > 0 && !isLost());
    payloads.forEach((payload, index) => {
      let decoded = here[index] ? decoder.decode(payload, room) : -1;
      if (decoded < 0) {
        if (here[index]) refused++;
        else lost++;
        decoded = decoder.conceal(room, samples, here[index + 1] ? payloads[index + 1] : undefined);
      } else samples = decoded;
      pieces.push(room.slice(0, decoded * channels));
    });
    return { pcm: joined(pieces), lost, refused };
  } finally {
    decoder.close?.();
  }
}

function joined(pieces: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** A share of losses, always the same for a seed. */
export function losing(share: number, seed: number): () => boolean {
  let state = seed >>> 0;
  return () => {
    // mulberry32, public domain.
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 < share;
  };
}
