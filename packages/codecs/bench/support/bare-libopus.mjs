// libopus in WebAssembly without anything around it: PCM and payloads lie in its memory already, and nobody looks at what comes out.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { timesRealTime } from '../../dist/testing.js';

const file = createRequire(import.meta.url).resolve('@evan/opus/wasm/simd.wasm');
const RATE = 48_000;
const FRAME = 960;
const ROOM = 4000;
const VOIP = 2048;
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const SET_FORCE_CHANNELS = 4022;

/**
 * @param {Int16Array} pcm 48 kHz, mono
 * @param {Uint8Array[]} payloads of 20 ms
 * @param {{ bitrate: number, complexity: number, seconds: number }} options
 * @returns {{ encode(): number, decode(): number }} each gives times real time
 */
export function bareLibopus(pcm, payloads, { bitrate, complexity, seconds }) {
  const nothing = () => 0;
  const { exports: opus } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
    env: { emscripten_notify_memory_growth: nothing },
    wasi_snapshot_preview1: { fd_seek: nothing, fd_write: nothing, fd_close: nothing, proc_exit: nothing },
  });
  opus._initialize();
  const encoder = opus.malloc(opus.opus_encoder_get_size(1));
  const decoder = opus.malloc(opus.opus_decoder_get_size(1));
  opus.opus_encoder_init(encoder, RATE, 1, VOIP);
  opus.opus_decoder_init(decoder, RATE, 1);
  opus.opus_encoder_ctl_set(encoder, SET_BITRATE, bitrate);
  opus.opus_encoder_ctl_set(encoder, SET_COMPLEXITY, complexity);
  opus.opus_encoder_ctl_set(encoder, SET_FORCE_CHANNELS, 1);
  const out = opus.malloc(FRAME * 2 + ROOM);
  const samples = opus.malloc(pcm.byteLength);
  const addresses = payloads.map((payload) => opus.malloc(payload.length));
  const lengths = payloads.map((payload) => payload.length);
  new Int16Array(opus.memory.buffer).set(pcm, samples >> 1);
  for (const [i, payload] of payloads.entries()) new Uint8Array(opus.memory.buffer).set(payload, addresses[i]);
  const frames = Math.floor(pcm.length / FRAME);
  const encode = (turn) => opus.opus_encode(encoder, samples + (turn % frames) * FRAME * 2, FRAME, out, ROOM);
  const decode = (turn) => {
    const i = turn % lengths.length;
    return opus.opus_decode(decoder, addresses[i], lengths[i], out, FRAME, 0);
  };
  for (const work of [encode, decode]) if (work(0) <= 0) throw new Error(`libopus answered ${work(0)}.`);
  return {
    encode: () => timesRealTime(encode, 20, seconds),
    decode: () => timesRealTime(decode, 20, seconds),
  };
}
