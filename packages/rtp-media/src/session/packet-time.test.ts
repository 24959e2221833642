import { createL16, ilbc, l16x48, pcmu } from '@offhook/codecs';
import { opus } from '@offhook/codecs/opus';
import { expect, test } from 'vitest';
import { packetTime } from './packet-time';

test.each([
  [opus, {}, 20],
  [opus, { ptime: 60 }, 60],
  [opus, { ptime: 10 }, 10],
  // RFC 7587 §6.1: no shorter ones, and no longer ones (RFC 4566 §6).
  [opus, { ptime: 5, minptime: 10 }, 10],
  [opus, { ptime: 2.5, minptime: 3 }, 5],
  [opus, { ptime: 60, maxptime: 40 }, 40],
  [opus, { maxptime: 10 }, 10],
  [opus, { maxptime: 120 }, 20],
  [opus, { minptime: 40 }, 40],
  // What cannot be kept both: the longest it can take.
  [opus, { ptime: 20, minptime: 60, maxptime: 40 }, 40],
  [opus, { minptime: 11, maxptime: 19 }, 10],
  [pcmu, { maxptime: 15 }, 10],
  [pcmu, { ptime: 1000 }, pcmu.frameDurations.at(-1)],
  // As near to one as to the other: what is usual.
  [pcmu, { ptime: 15 }, 20],
  [pcmu, { ptime: 25 }, 20],
  // A codec that has nothing so short.
  [ilbc, { maxptime: 20 }, 30],
  [ilbc, { ptime: 20 }, 30],
  [l16x48, {}, 10],
  [createL16({ sampleRate: 44_100 }), { ptime: 20 }, 10],
])('%# packets of %o', (codec, wishes, duration) => {
  expect(packetTime(codec, wishes)).toBe(duration);
});
