import { defineCodec } from '@offhook/codecs';
import { FRAME_BYTES, FRAME_SAMPLES } from './frame';
import { GsmDecoder } from './gsm-decoder';
import { GsmEncoder } from './gsm-encoder';

/** Frames of 20 ms in a packet. */
const framesIn = (frameDuration: number) => frameDuration / 20;

/** GSM 06.10 full rate (ETSI EN 300 961): 13.2 kbit/s at 8 kHz, `GSM/8000`, payload type 3 (RFC 3551 §4.5.8). */
export const gsm = defineCodec({
  name: 'GSM',
  payloadType: 3,
  sampleRate: 8000,
  clockRate: 8000,
  channels: 1,
  frameDurations: [20, 40, 60, 80, 100, 120],
  defaultFrameDuration: 20,
  maxPayloadBytes: (frameDuration) => framesIn(frameDuration) * FRAME_BYTES,
  createEncoder: ({ frameDuration }) => new GsmEncoder(framesIn(frameDuration) * FRAME_SAMPLES),
  createDecoder: () => new GsmDecoder(),
});

export default gsm;
