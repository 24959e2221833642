import type { Codec } from '@offhook/codecs';
import { usageError } from '../command-error';

/**
 * How payloads stand in a file: `plain`, one after the other, for codecs whose payloads all have one size; `length`, each behind its length in
 * bytes as 16-bit little-endian number, of which 0 stands for a packet that is not there.
 */
export type Framing = 'plain' | 'length';

/** The framing that everybody expects of a codec: what FFmpeg's raw formats have where that is enough. */
export function usualFraming(codec: Codec, ptime: number): Framing {
  return payloadSize(codec, ptime) === undefined ? 'length' : 'plain';
}

/** The bytes of every payload of this duration; undefined when they differ. */
export function payloadSize(codec: Codec, ptime: number): number | undefined {
  const largest = codec.maxPayloadBytes(ptime);
  const encoder = codec.createEncoder({ frameDuration: ptime });
  try {
    const pcm = new Int16Array(encoder.frameSamples * codec.channels);
    const out = new Uint8Array(largest);
    // Silence and a square wave: nothing lies further apart.
    const silence = encoder.encode(pcm, out);
    for (let i = 0; i < pcm.length; i++) pcm[i] = i % 20 < 10 ? 20_000 : -20_000;
    return silence === largest && encoder.encode(pcm, out) === largest ? largest : undefined;
  } finally {
    encoder.close?.();
  }
}

/** Puts payloads together. @throws CommandError when one is longer than its length field can say */
export function joinPayloads(payloads: readonly Uint8Array[], framing: Framing): Uint8Array {
  const prefix = framing === 'length' ? 2 : 0;
  const bytes = new Uint8Array(payloads.reduce((sum, payload) => sum + prefix + payload.length, 0));
  let at = 0;
  for (const payload of payloads) {
    if (prefix > 0) {
      bytes[at] = payload.length & 0xff;
      bytes[at + 1] = payload.length >> 8;
    }
    bytes.set(payload, at + prefix);
    at += prefix + payload.length;
  }
  return bytes;
}

/**
 * Takes payloads apart.
 *
 * @throws CommandError when the file does not end where a payload does
 */
export function splitPayloads(bytes: Uint8Array, framing: Framing, size: number | undefined): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  if (framing === 'plain') {
    if (size === undefined) {
      throw usageError('The payloads of this codec differ in size: they need --framing length to be told apart.');
    }
    if (bytes.length % size !== 0) {
      throw usageError(
        `The file has ${bytes.length} bytes, which is no multiple of the ${size} of a frame; is --ptime right?`,
      );
    }
    for (let at = 0; at < bytes.length; at += size) payloads.push(bytes.subarray(at, at + size));
    return payloads;
  }
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
    if (at + 2 + length > bytes.length) {
      throw usageError(`The file ends within payload ${payloads.length + 1}, at byte ${at}: is it length-prefixed?`);
    }
    payloads.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return payloads;
}
