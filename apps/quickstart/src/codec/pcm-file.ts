import type { Codec } from '@offhook/codecs';
import { encodeWav, loadResampler, readWav, resample, wavHeader } from '@offhook/rtp-media';
import { usageError } from '../command-error';

/** What raw samples are that no header tells of. */
export interface RawFormat {
  /** Hz; the codec's when absent. */
  readonly rate?: number | undefined;
  /** The codec's when absent. */
  readonly channels?: number | undefined;
}

/**
 * The samples of a WAV file, or raw 16-bit little-endian ones, as a codec takes them: at its rate, with its channels, interleaved.
 *
 * @throws CommandError, MediaError `ERR_WAV_FORMAT`
 */
export async function readPcm(bytes: Uint8Array, codec: Codec, raw: RawFormat): Promise<Int16Array> {
  const isWav = bytes.length >= 4 && String.fromCharCode(...bytes.subarray(0, 4)) === 'RIFF';
  if (isWav) {
    const { samples, sampleRate } = readWav(bytes);
    return spread(await atRate(samples, sampleRate, codec.sampleRate), codec.channels);
  }
  const { rate = codec.sampleRate, channels = codec.channels } = raw;
  if (bytes.length % (2 * channels) !== 0) {
    throw usageError(`Raw samples of 16 bits and ${channels} channel(s) are not ${bytes.length} bytes.`);
  }
  const samples = new Int16Array(bytes.length / 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(i * 2, true);
  if (channels === codec.channels && rate === codec.sampleRate) return samples;
  return spread(await atRate(mixed(samples, channels), rate, codec.sampleRate), codec.channels);
}

/** Samples as a file of their own: WAV, or raw 16-bit little-endian. */
export function writePcm(samples: Int16Array, codec: Codec, wav: boolean): Uint8Array {
  if (wav && codec.channels === 1) return encodeWav(samples, codec.sampleRate);
  const header = wav ? wavHeader(codec.sampleRate, samples.length * 2, codec.channels) : new Uint8Array(0);
  const bytes = new Uint8Array(header.length + samples.length * 2);
  bytes.set(header);
  const view = new DataView(bytes.buffer, header.length);
  for (let i = 0; i < samples.length; i++) view.setInt16(i * 2, samples[i]!, true);
  return bytes;
}

async function atRate(samples: Int16Array, from: number, to: number): Promise<Int16Array> {
  if (from === to) return samples;
  await loadResampler();
  return resample(samples, from, to);
}

function mixed(samples: Int16Array, channels: number): Int16Array {
  if (channels === 1) return samples;
  const mono = new Int16Array(samples.length / channels);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[i * channels + channel]!;
    mono[i] = Math.round(sum / channels);
  }
  return mono;
}

function spread(mono: Int16Array, channels: number): Int16Array {
  if (channels === 1) return mono;
  const samples = new Int16Array(mono.length * channels);
  for (let i = 0; i < samples.length; i++) samples[i] = mono[Math.floor(i / channels)]!;
  return samples;
}
