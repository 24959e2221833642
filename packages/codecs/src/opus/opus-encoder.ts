import type { Encoder } from '../contract/codec';
import { CodecError } from '../contract/errors';
import { application, bandwidth, type Libopus, libopus, request } from './libopus';
import { parseOpusFmtp } from './opus-fmtp';
import type { OpusSettings } from './opus-options';

/** A payload this short says only that nothing is to be sent (libopus, `opus_encode`; RFC 7587 §3.1.3). */
const SILENT_BYTES = 2;
/** Value of `OPUS_SET_FORCE_CHANNELS` that leaves the choice to the encoder. */
const AUTO = -1000;

/** Opus encoder: what the peer's format parameters ask for, within what the application has set. */
export class OpusEncoder implements Encoder {
  readonly frameSamples: number;
  /** Samples by which encoder and decoder together delay the audio. */
  readonly lookahead: number;
  readonly #library: Libopus;
  #state: number;
  readonly #length: number;
  readonly #dtx: boolean;
  readonly #expectedLoss: number;

  /**
   * @param frameDuration ms of a frame: 2.5, 5, 10, 20, 40, 60, 80, 100 or 120
   * @param remoteFmtp the peer's format parameters
   * @throws CodecError `ERR_CODEC_UNAVAILABLE`
   */
  constructor(settings: OpusSettings, frameDuration: number, remoteFmtp: string | undefined) {
    const { sampleRate, channels } = settings;
    this.#library = libopus();
    this.frameSamples = (sampleRate * frameDuration) / 1000;
    this.#length = this.frameSamples * channels;
    const { functions } = this.#library;
    this.#state = this.#library.allocate(functions.opus_encoder_get_size(channels));
    this.#library.own(this, this.#state);
    const failure = functions.opus_encoder_init(this.#state, sampleRate, channels, application[settings.application]);
    if (failure < 0) throw new CodecError('ERR_CODEC_UNAVAILABLE', `Opus made no encoder (libopus error ${failure}).`);

    const peer = parseOpusFmtp(remoteFmtp);
    this.#dtx = peer.dtx;
    this.#expectedLoss = settings.expectedLoss;
    this.#set(request.setBitrate, Math.min(settings.bitrate, peer.maxAverageBitrate ?? settings.bitrate));
    this.#set(request.setMaxBandwidth, bandwidthFor(peer.maxPlaybackRate));
    this.#set(request.setVbr, settings.constantBitrate || peer.constantBitrate ? 0 : 1);
    this.#set(request.setForceChannels, peer.stereo ? AUTO : 1);
    this.#set(request.setComplexity, settings.complexity);
    this.#set(request.setInbandFec, settings.inbandFec && peer.inbandFec ? 1 : 0);
    this.#set(request.setDtx, peer.dtx ? 1 : 0);
    this.expectLoss(settings.expectedLoss);
    this.lookahead = functions.opus_encoder_ctl_get(this.#state, request.getLookahead);
  }

  encode(pcm: Int16Array, out: Uint8Array): number {
    const library = this.#library;
    if (this.#state === 0 || pcm.length !== this.#length) return 0;
    library.samples.set(pcm, library.pcmIndex);
    const room = Math.min(out.length, library.payloadRoom);
    const { payload } = library;
    const bytes = library.functions.opus_encode(this.#state, library.pcm, this.frameSamples, payload, room);
    if (bytes < 0 || (this.#dtx && bytes <= SILENT_BYTES)) return 0;
    const memory = library.bytes;
    for (let i = 0; i < bytes; i++) out[i] = memory[payload + i]!;
    return bytes;
  }

  expectLoss(fraction: number): void {
    if (this.#state !== 0) this.#set(request.setPacketLoss, Math.round(Math.min(1, Math.max(0, fraction)) * 100));
  }

  reset(): void {
    if (this.#state === 0) return;
    this.#set(request.resetState, 0);
    this.expectLoss(this.#expectedLoss);
  }

  close(): void {
    if (this.#state !== 0) this.#library.release(this, this.#state);
    this.#state = 0;
  }

  #set(what: number, value: number): void {
    this.#library.functions.opus_encoder_ctl_set(this.#state, what, value);
  }
}

/** The audio bandwidth that a playback rate has use for (RFC 7587 §3.1.2, RFC 6716 §2 table 1). */
function bandwidthFor(rate: number): number {
  if (rate < 12000) return bandwidth.narrowband;
  if (rate < 16000) return bandwidth.mediumband;
  if (rate < 24000) return bandwidth.wideband;
  if (rate < 48000) return bandwidth.superWideband;
  return bandwidth.fullband;
}
