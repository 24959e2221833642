import { MediaError } from '../platform/errors';

/** A recording decoded to mono. */
export interface WavAudio {
  /** Hz. */
  sampleRate: number;
  /** Channels in the file; they are mixed into one. */
  channels: number;
  /** Mono samples. */
  samples: Int16Array;
}

/** Bytes of the header that {@link wavHeader} writes. */
export const WAV_HEADER_BYTES = 44;

const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;

interface Format {
  tag: number;
  channels: number;
  sampleRate: number;
  bits: number;
  blockAlign: number;
}

/**
 * Decodes a WAV file: PCM of 8, 16, 24 or 32 bits or floating point of 32 or 64, one or two channels or more, any rate.
 * A file cut short, or whose sizes were never filled in, is read as far as it goes.
 *
 * @throws MediaError `ERR_WAV_FORMAT` when the bytes are no such file
 */
export function readWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || chunkName(view, 0) !== 'RIFF' || chunkName(view, 8) !== 'WAVE') {
    throw notWav('it does not begin with RIFF and WAVE');
  }
  let format: Format | undefined;
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    const name = chunkName(view, offset);
    const size = view.getUint32(offset + 4, true);
    const start = offset + 8;
    if (name === 'fmt ') {
      format = parseFormat(view, start, Math.min(size, bytes.length - start));
    } else if (name === 'data') {
      if (!format) throw notWav('its audio comes before its format');
      // Writers that stream leave 0 or the largest number here.
      const known = size !== 0 && size !== 0xffff_ffff;
      const end = known ? Math.min(bytes.length, start + size) : bytes.length;
      return decode(view, start, end, format);
    }
    offset = start + size + (size & 1);
  }
  throw notWav(format ? 'it has no audio' : 'it has no format');
}

function chunkName(view: DataView, offset: number): string {
  return String.fromCharCode(
    view.getUint8(offset),
    view.getUint8(offset + 1),
    view.getUint8(offset + 2),
    view.getUint8(offset + 3),
  );
}

function parseFormat(view: DataView, start: number, size: number): Format {
  if (size < 16) throw notWav('its format is cut short');
  const format: Format = {
    tag: view.getUint16(start, true),
    channels: view.getUint16(start + 2, true),
    sampleRate: view.getUint32(start + 4, true),
    blockAlign: view.getUint16(start + 12, true),
    bits: view.getUint16(start + 14, true),
  };
  if (format.tag === EXTENSIBLE && size >= 26) format.tag = view.getUint16(start + 24, true);
  if (format.channels < 1 || format.channels > 32) throw notWav(`it says it has ${format.channels} channels`);
  if (format.sampleRate < 1000 || format.sampleRate > 384_000) {
    throw notWav(`it says its sample rate is ${format.sampleRate} Hz`);
  }
  if (format.blockAlign !== (format.channels * format.bits) / 8) throw notWav('its sizes contradict each other');
  return format;
}

function decode(view: DataView, start: number, end: number, format: Format): WavAudio {
  const { channels, blockAlign, sampleRate } = format;
  const sample = sampleReader(view, format);
  const bytes = blockAlign / channels;
  const count = Math.floor((end - start) / blockAlign);
  const samples = new Int16Array(count);
  for (let i = 0, at = start; i < count; i++, at += blockAlign) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += sample(at + channel * bytes);
    samples[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum / channels)));
  }
  return { sampleRate, channels, samples };
}

/** Reads one sample on the scale of 16 bits. */
function sampleReader(view: DataView, { tag, bits }: Format): (at: number) => number {
  if (tag === PCM) {
    if (bits === 8) return (at) => (view.getUint8(at) - 128) * 256;
    if (bits === 16) return (at) => view.getInt16(at, true);
    if (bits === 24) return (at) => (view.getInt16(at + 1, true) * 256 + view.getUint8(at)) / 256;
    if (bits === 32) return (at) => view.getInt32(at, true) / 65_536;
  }
  if (tag === FLOAT) {
    if (bits === 32) return (at) => finite(view.getFloat32(at, true)) * 32_767;
    if (bits === 64) return (at) => finite(view.getFloat64(at, true)) * 32_767;
  }
  const name = tag === ALAW ? 'A-law' : tag === MULAW ? 'µ-law' : `format ${tag}`;
  throw notWav(`it holds ${name} with ${bits} bits`);
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function notWav(why: string): MediaError {
  return new MediaError(
    'ERR_WAV_FORMAT',
    `This is no WAV that can be played: ${why}. Use PCM of 8 to 32 bits or floating point.`,
  );
}

/**
 * The header of a 16-bit file that holds so many bytes of audio.
 *
 * @param channels mono when absent
 */
export function wavHeader(sampleRate: number, dataBytes: number, channels = 1): Uint8Array {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const text = (at: number, name: string): void => {
    for (let i = 0; i < 4; i++) header[at + i] = name.charCodeAt(i);
  };
  const size = Math.min(dataBytes, 0xffff_ffff - 36);
  text(0, 'RIFF');
  view.setUint32(4, 36 + size, true);
  text(8, 'WAVE');
  text(12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2 * channels, true);
  view.setUint16(32, 2 * channels, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, size, true);
  return header;
}

/** A whole mono 16-bit WAV file. */
export function encodeWav(samples: Int16Array, sampleRate: number): Uint8Array {
  const bytes = new Uint8Array(WAV_HEADER_BYTES + samples.length * 2);
  bytes.set(wavHeader(sampleRate, samples.length * 2));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) view.setInt16(WAV_HEADER_BYTES + i * 2, samples[i]!, true);
  return bytes;
}
