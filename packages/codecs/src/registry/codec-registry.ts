import type { Codec } from '../contract/codec';
import { defineCodec, isDefinedCodec } from '../contract/define-codec';
import { CodecError } from '../contract/errors';

/** The codecs an application has, found by name and rate. */
export class CodecRegistry {
  readonly #codecs: Codec[] = [];
  readonly #byName = new Set<Codec>();

  /**
   * @param codecs registered in this order
   * @throws CodecError as {@link register}
   */
  constructor(codecs: Iterable<Codec> = []) {
    for (const codec of codecs) this.register(codec);
  }

  /**
   * Adds a codec. One that did not come out of {@link defineCodec} is put through it.
   *
   * @param byName true for one that is there for whoever asks for it by name, but is no part of {@link list}
   * @returns this registry
   * @throws CodecError `ERR_CODEC_DUPLICATE` when one of the same name, clock rate and channels is there,
   *   `ERR_CODEC_DEFINITION` when it breaks the contract
   */
  register(codec: Codec, { byName = false }: { byName?: boolean } = {}): this {
    const plugin = isDefinedCodec(codec) ? codec : defineCodec(codec);
    if (this.get(plugin.name, plugin.clockRate, plugin.rtpmapChannels ?? plugin.channels)) {
      throw new CodecError(
        'ERR_CODEC_DUPLICATE',
        `${plugin.name}/${plugin.clockRate} is registered already; register each codec once, or make a registry of your own.`,
      );
    }
    this.#codecs.push(plugin);
    if (byName) this.#byName.add(plugin);
    return this;
  }

  /**
   * Finds a codec.
   *
   * @param name encoding name, in any case
   * @param clockRate RTP clock rate in Hz; any when absent
   * @param channels 1 or 2, as in `a=rtpmap`; any when absent
   * @returns the first that fits, undefined when none does
   */
  get(name: string, clockRate?: number, channels?: number): Codec | undefined {
    const wanted = name.toLowerCase();
    return this.#codecs.find(
      (codec) =>
        codec.name.toLowerCase() === wanted &&
        (clockRate === undefined || codec.clockRate === clockRate) &&
        (channels === undefined || (codec.rtpmapChannels ?? codec.channels) === channels),
    );
  }

  /**
   * Finds a codec by what `a=rtpmap` says of it, or a part: `PCMU`, `L16/16000`, `L16/44100/2`.
   *
   * @param text encoding name, and behind slashes a clock rate in Hz and a number of channels
   * @returns as {@link get}
   */
  find(text: string): Codec | undefined {
    const [name = '', rate, channels] = text.split('/');
    return this.get(
      name,
      rate === undefined ? undefined : Number(rate),
      channels === undefined ? undefined : Number(channels),
    );
  }

  /** The codecs to offer when nobody names any, in the order they were registered. */
  list(): readonly Codec[] {
    return this.#codecs.filter((codec) => !this.#byName.has(codec));
  }

  /** All codecs, those that are there by name only among them, in the order they were registered. */
  all(): readonly Codec[] {
    return [...this.#codecs];
  }

  /** A registry with the same codecs, in the same order, that may be changed by itself. */
  copy(): CodecRegistry {
    const copy = new CodecRegistry();
    for (const codec of this.#codecs) copy.register(codec, { byName: this.#byName.has(codec) });
    return copy;
  }
}
