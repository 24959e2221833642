import type { CodecFmtp } from '../contract/codec';
import { LEAST_BITRATE, MOST_BITRATE, type OpusSettings } from './opus-options';

/** What a receiver of Opus wants (RFC 7587 §6.1); defaults where its `a=fmtp` is silent or makes no sense. */
export interface OpusWishes {
  /** Hz of the highest rate it can play. */
  maxPlaybackRate: number;
  /** Most bit/s on average; undefined for no limit. */
  maxAverageBitrate: number | undefined;
  /** It prefers stereo over mono. */
  stereo: boolean;
  /** It prefers a constant bit rate. */
  constantBitrate: boolean;
  /** It can make use of forward error correction. */
  inbandFec: boolean;
  /** It prefers that nothing is sent through silence. */
  dtx: boolean;
}

/** Reads a peer's format parameters. Names are compared without regard to case; of a repeated one the first counts. */
export function parseOpusFmtp(fmtp: string | undefined): OpusWishes {
  const parameters = new Map<string, string>();
  // A line longer than this says nothing about Opus.
  for (const part of (fmtp ?? '').slice(0, 1000).split(';')) {
    const at = part.indexOf('=');
    if (at < 0) continue;
    const name = part.slice(0, at).trim().toLowerCase();
    if (!parameters.has(name)) parameters.set(name, part.slice(at + 1).trim());
  }
  const flag = (name: string) => parameters.get(name) === '1';
  const number = (name: string, least: number, most: number) => {
    const text = parameters.get(name);
    if (text === undefined || !/^\d{1,9}$/.test(text)) return undefined;
    return Math.min(most, Math.max(least, Number(text)));
  };
  return {
    maxPlaybackRate: number('maxplaybackrate', 8000, 48000) ?? 48000,
    maxAverageBitrate: number('maxaveragebitrate', LEAST_BITRATE, MOST_BITRATE),
    stereo: flag('stereo'),
    constantBitrate: flag('cbr'),
    inbandFec: flag('useinbandfec'),
    dtx: flag('usedtx'),
  };
}

/**
 * Our format parameters. All but the `sprop-` ones say what we want to receive, and offer and answer are independent of each
 * other (RFC 7587 §7.1), so the answer is the offer whatever the peer says.
 */
export function opusFmtp(settings: OpusSettings): CodecFmtp {
  const { sampleRate, channels, inbandFec, dtx, constantBitrate, maxAverageBitrate, minPacketTime } = settings;
  const parameters = [
    minPacketTime !== undefined && `minptime=${minPacketTime}`,
    sampleRate < 48000 && `maxplaybackrate=${sampleRate};sprop-maxcapturerate=${sampleRate}`,
    maxAverageBitrate !== undefined && `maxaveragebitrate=${maxAverageBitrate}`,
    channels === 2 && 'stereo=1;sprop-stereo=1',
    constantBitrate && 'cbr=1',
    inbandFec && 'useinbandfec=1',
    dtx && 'usedtx=1',
  ].filter((each) => each !== false);
  const local = parameters.length > 0 ? parameters.join(';') : undefined;
  return {
    offer: () => local,
    negotiate: () => (local === undefined ? {} : { local }),
  };
}
