import base64 from '@evan/opus/wasm/simd.wasm';
import { CodecError } from '../contract/errors';

/** Requests of `opus_encoder_ctl` and `opus_decoder_ctl`, as in libopus' `opus_defines.h`. */
export const request = {
  setBitrate: 4002,
  setMaxBandwidth: 4004,
  setVbr: 4006,
  setComplexity: 4010,
  setInbandFec: 4012,
  setPacketLoss: 4014,
  setDtx: 4016,
  setForceChannels: 4022,
  getLookahead: 4027,
  resetState: 4028,
} as const;

/** Values of `OPUS_SET_MAX_BANDWIDTH`. */
export const bandwidth = {
  narrowband: 1101,
  mediumband: 1102,
  wideband: 1103,
  superWideband: 1104,
  fullband: 1105,
} as const;

/** What an encoder is tuned for: values of `OPUS_SET_APPLICATION`. */
export const application = { voip: 2048, audio: 2049, 'restricted-lowdelay': 2051 } as const;

/** 120 ms of two channels at 48 kHz: the most there may be of PCM in one packet (RFC 6716 §3.2.1). */
const PCM_SAMPLES = 5760 * 2;
/** Payloads are copied here; more than any encoder writes, and nearly as much as a datagram holds. */
const PAYLOAD_BYTES = 65_000;

/** The functions of the module, with addresses as numbers. */
interface Exports {
  memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  malloc(bytes: number): number;
  free(address: number): void;
  opus_encoder_get_size(channels: number): number;
  opus_encoder_init(encoder: number, sampleRate: number, channels: number, application: number): number;
  opus_encode(encoder: number, pcm: number, samples: number, payload: number, room: number): number;
  opus_encoder_ctl_set(encoder: number, request: number, value: number): number;
  opus_encoder_ctl_get(encoder: number, request: number): number;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(decoder: number, sampleRate: number, channels: number): number;
  opus_decode(decoder: number, payload: number, bytes: number, pcm: number, samples: number, fec: number): number;
  opus_decoder_ctl_set(decoder: number, request: number, value: number): number;
}

/** What of WebAssembly is used; the standard libraries of Node.js and of browsers type it differently. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
}

/**
 * libopus as one WebAssembly instance, shared by all encoders and decoders of a thread: calls into it run to their end, so
 * they may share the memory that PCM and payloads pass through.
 */
export class Libopus {
  readonly functions: Exports;
  /** Where PCM passes through: an address, and the same as an index of {@link samples}. */
  readonly pcm: number;
  readonly pcmIndex: number;
  /** Where payloads pass through: an address, and an index of {@link bytes}. */
  readonly payload: number;
  /** Most bytes of a payload that can be taken. */
  readonly payloadRoom = PAYLOAD_BYTES;
  #samples!: Int16Array;
  #bytes!: Uint8Array;
  /** States whose owner was forgotten without being closed. */
  readonly #forgotten: FinalizationRegistry<number>;

  constructor() {
    const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyApi };
    if (!WebAssembly) {
      throw new CodecError('ERR_CODEC_UNAVAILABLE', 'Opus needs WebAssembly; use another codec where there is none.');
    }
    let instance: { exports: unknown };
    try {
      const nothing = () => 0;
      instance = new WebAssembly.Instance(new WebAssembly.Module(decodeBase64(base64)), {
        env: { emscripten_notify_memory_growth: () => this.#look() },
        wasi_snapshot_preview1: { fd_seek: nothing, fd_write: nothing, fd_close: nothing, proc_exit: nothing },
      });
    } catch (cause) {
      throw new CodecError(
        'ERR_CODEC_UNAVAILABLE',
        `Opus needs WebAssembly with 128-bit SIMD and permission to compile it (in a page: script-src 'wasm-unsafe-eval'); this runtime says: ${String(cause)}`,
      );
    }
    const functions = instance.exports as Exports;
    this.functions = functions;
    functions._initialize();
    this.pcm = this.allocate(PCM_SAMPLES * 2);
    this.pcmIndex = this.pcm >> 1;
    this.payload = this.allocate(PAYLOAD_BYTES);
    this.#look();
    this.#forgotten = new FinalizationRegistry((address) => functions.free(address));
  }

  /** The memory as 16-bit samples; another array after memory has grown. */
  get samples(): Int16Array {
    return this.#samples;
  }

  /** The memory as bytes; another array after memory has grown. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Makes room. @throws CodecError `ERR_CODEC_UNAVAILABLE` when there is none */
  allocate(bytes: number): number {
    const address = this.functions.malloc(bytes);
    if (address !== 0) return address;
    throw new CodecError('ERR_CODEC_UNAVAILABLE', 'Opus has no memory left; close encoders and decoders not in use.');
  }

  /** Frees a state when its owner is collected, should nobody have done it before. */
  own(owner: object, address: number): void {
    this.#forgotten.register(owner, address, owner);
  }

  /** Frees a state. */
  release(owner: object, address: number): void {
    this.#forgotten.unregister(owner);
    this.functions.free(address);
  }

  #look(): void {
    const { buffer } = this.functions.memory;
    this.#samples = new Int16Array(buffer);
    this.#bytes = new Uint8Array(buffer);
  }
}

let shared: Libopus | undefined;

/**
 * The instance of this thread; compiled when it is first asked for, in a few milliseconds.
 *
 * @throws CodecError `ERR_CODEC_UNAVAILABLE` when the runtime cannot run it
 */
export function libopus(): Libopus {
  shared ??= new Libopus();
  return shared;
}

function decodeBase64(text: string): Uint8Array {
  const { atob } = globalThis as { atob?: (text: string) => string };
  if (!atob) throw new Error('there is no atob');
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
