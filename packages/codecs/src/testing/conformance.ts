import type { Codec, Decoder, Encoder } from '../contract/codec';
import { measureSnr, speechLike } from './signals';

/** One promise of the contract, and how to try it. */
export interface ConformanceCheck {
  /** What is promised, as a sentence. */
  readonly name: string;
  /** Tries it. @throws Error that says what was found instead */
  run(): void;
}

/** What a codec may be held to beyond the contract. */
export interface ConformanceOptions {
  /** Least signal-to-noise ratio in dB of speech through encoder and decoder; 20 when absent, 0 to leave it out. */
  minimumSnr?: number;
  /** Samples per channel that encoding and decoding delay the audio; 0 when absent. */
  delay?: number;
}

/**
 * The checks every codec must pass, for any test runner:
 *
 * ```ts
 * for (const check of codecConformance(myCodec)) test(check.name, () => check.run());
 * ```
 */
export function codecConformance(codec: Codec, options: ConformanceOptions = {}): ConformanceCheck[] {
  const { minimumSnr = 20, delay = 0 } = options;
  const checks: ConformanceCheck[] = [];
  const check = (name: string, run: () => void) => checks.push({ name: `${codec.name}: ${name}`, run });

  for (const duration of codec.frameDurations) {
    check(`a frame of ${duration} ms is encoded within its limit and decoded to its length`, () => {
      const encoder = codec.createEncoder({ frameDuration: duration });
      equal(encoder.frameSamples, (codec.sampleRate * duration) / 1000, 'frameSamples');
      const coder = new Stream(codec, encoder, codec.createDecoder());
      const speech = speechLike(encoder.frameSamples * codec.channels * 50, codec.sampleRate);
      for (let frame = 0; frame < 50; frame++) {
        const bytes = coder.encode(speech, frame);
        if (bytes > codec.maxPayloadBytes(duration))
          throw new Error(`${bytes} bytes exceed maxPayloadBytes(${duration})`);
        if (bytes > 0) equal(coder.decode(bytes), encoder.frameSamples, 'samples decoded');
      }
    });
  }

  check('a frame duration it does not list is refused with ERR_CODEC_OPTIONS', () => {
    try {
      codec.createEncoder({ frameDuration: 7.3 });
    } catch (error) {
      equal((error as { code?: string }).code, 'ERR_CODEC_OPTIONS', 'code');
      return;
    }
    throw new Error('createEncoder accepted 7.3 ms');
  });

  if (minimumSnr > 0) {
    check(`speech comes back with at least ${minimumSnr} dB of signal-to-noise ratio`, () => {
      const { original, decoded } = roundTrip(codec, 100);
      const snr = measureSnr(original, decoded, delay * codec.channels);
      if (!(snr >= minimumSnr)) throw new Error(`${snr.toFixed(1)} dB`);
    });
  }

  check('two streams at once do not disturb each other', () => {
    const alone = roundTrip(codec, 20).decoded;
    const first = Stream.of(codec);
    const second = Stream.of(codec);
    const { frameSamples } = first.encoder;
    const speech = speechLike(frameSamples * codec.channels * 20, codec.sampleRate);
    const other = speech.map((sample) => -sample >> 1);
    const decoded = new Int16Array(speech.length);
    for (let frame = 0; frame < 20; frame++) {
      first.through(speech, frame, decoded);
      second.through(other, frame, new Int16Array(speech.length));
    }
    same(decoded, alone);
  });

  check('reset makes encoder and decoder new', () => {
    const stream = Stream.of(codec);
    const speech = speechLike(stream.encoder.frameSamples * codec.channels * 20, codec.sampleRate);
    const once = new Int16Array(speech.length);
    const again = new Int16Array(speech.length);
    for (let frame = 0; frame < 20; frame++) stream.through(speech, frame, once);
    stream.encoder.reset();
    stream.decoder.reset();
    for (let frame = 0; frame < 20; frame++) stream.through(speech, frame, again);
    same(again, once);
  });

  check('concealment gives as many samples as asked for, and falls silent within a second', () => {
    const stream = Stream.of(codec);
    const frame = stream.encoder.frameSamples;
    const speech = speechLike(frame * codec.channels * 20, codec.sampleRate);
    const decoded = new Int16Array(speech.length);
    for (let at = 0; at < 20; at++) stream.through(speech, at, decoded);
    const out = new Int16Array(frame * codec.channels);
    for (let lost = 0; lost < codec.sampleRate / frame; lost++)
      equal(stream.decoder.conceal(out, frame), frame, 'samples concealed');
    const loudest = out.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    if (loudest > 1000) throw new Error(`still at ${loudest} after a second of loss`);
  });

  check('no payload makes the decoder throw or write beyond its output', () => {
    const decoder = codec.createDecoder();
    const room = (codec.sampleRate * codec.channels * 120) / 1000;
    const out = new Int16Array(room);
    let state = 12345;
    const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
    for (let trial = 0; trial < 2000; trial++) {
      const payload = Uint8Array.from({ length: random() % 1500 }, random);
      const samples = decoder.decode(payload, out);
      if (samples < -1 || samples * codec.channels > room) throw new Error(`decode answered ${samples}`);
    }
    equal(decoder.decode(new Uint8Array(0), out), -1, 'samples of an empty payload');
  });

  check('its own format parameters are acceptable to itself', () => {
    if (!codec.fmtp) return;
    if (codec.fmtp.negotiate(codec.fmtp.offer()) === false) throw new Error('it refuses its own offer');
    const answer = codec.fmtp.negotiate(codec.fmtp.offer());
    if (answer && codec.fmtp.negotiate(answer.local) === false) throw new Error('it refuses its own answer');
  });

  return checks;
}

/** An encoder and a decoder in a row. */
class Stream {
  private readonly payload: Uint8Array;
  private readonly pcm: Int16Array;

  constructor(
    private readonly codec: Codec,
    readonly encoder: Encoder,
    readonly decoder: Decoder,
  ) {
    const duration = (encoder.frameSamples * 1000) / codec.sampleRate;
    this.payload = new Uint8Array(codec.maxPayloadBytes(duration));
    this.pcm = new Int16Array((codec.sampleRate * codec.channels * 120) / 1000);
  }

  static of(codec: Codec): Stream {
    return new Stream(codec, codec.createEncoder(), codec.createDecoder());
  }

  encode(speech: Int16Array, frame: number): number {
    const length = this.encoder.frameSamples * this.codec.channels;
    return this.encoder.encode(speech.subarray(frame * length, (frame + 1) * length), this.payload);
  }

  decode(bytes: number): number {
    return this.decoder.decode(this.payload.subarray(0, bytes), this.pcm);
  }

  /** Sends one frame through and puts what comes out at the same place. */
  through(speech: Int16Array, frame: number, decoded: Int16Array): void {
    const samples = this.decode(this.encode(speech, frame));
    if (samples > 0) {
      decoded.set(
        this.pcm.subarray(0, samples * this.codec.channels),
        frame * this.encoder.frameSamples * this.codec.channels,
      );
    }
  }
}

function roundTrip(codec: Codec, frames: number): { original: Int16Array; decoded: Int16Array } {
  const stream = Stream.of(codec);
  const original = speechLike(stream.encoder.frameSamples * codec.channels * frames, codec.sampleRate);
  const decoded = new Int16Array(original.length);
  for (let frame = 0; frame < frames; frame++) stream.through(original, frame, decoded);
  return { original, decoded };
}

function equal(found: unknown, wanted: unknown, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)} instead of ${String(wanted)}`);
}

function same(found: Int16Array, wanted: Int16Array): void {
  const at = found.findIndex((sample, index) => sample !== wanted[index]);
  if (at >= 0) throw new Error(`sample ${at} is ${found[at]} instead of ${wanted[at]}`);
}
