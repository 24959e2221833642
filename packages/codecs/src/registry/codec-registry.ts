import type { Codec } from '../contract/codec';
import { CodecError } from '../contract/errors';

/** The codecs an application has, found by name and rate. */
export class CodecRegistry {
  readonly #codecs: Codec[] = [];

  /** @param codecs registered in this order */
  constructor(codecs: Iterable<Codec> = []) {
    for (const codec of codecs) this.register(codec);
  }

  /**
   * Adds a codec.
   *
   * @throws CodecError `ERR_CODEC_DUPLICATE` when one of the same name, clock rate and channels is there
   */
  register(codec: Codec): this {
    if (this.get(codec.name, codec.clockRate, codec.channels)) {
      throw new CodecError('ERR_CODEC_DUPLICATE', `${codec.name}/${codec.clockRate} is registered already.`);
    }
    this.#codecs.push(codec);
    return this;
  }

  /**
   * Finds a codec.
   *
   * @param name encoding name, in any case
   * @param clockRate RTP clock rate in Hz; any when absent
   * @param channels 1 or 2; any when absent
   */
  get(name: string, clockRate?: number, channels?: number): Codec | undefined {
    const wanted = name.toLowerCase();
    return this.#codecs.find(
      (codec) =>
        codec.name.toLowerCase() === wanted &&
        (clockRate === undefined || codec.clockRate === clockRate) &&
        (channels === undefined || codec.channels === channels),
    );
  }

  /** All codecs, in the order they were registered. */
  list(): readonly Codec[] {
    return [...this.#codecs];
  }
}
