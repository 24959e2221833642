import type { CodecRegistry } from '@offhook/codecs';
import { fullRegistry } from '@offhook/codecs/opus';
import type { CodecCapability } from '@offhook/sdp';
import { codecCapabilities } from './codec-capabilities';
import { loadCodecPlugins } from './codec-plugins';

/** What an endpoint is told about codecs. */
export interface CodecSetOptions {
  /** Codecs by name, the preferred first; what the registry lists when absent. */
  codecs?: readonly string[];
  /** Modules of further codecs. */
  codecPlugins?: readonly string[];
  /** The codecs there are; all of `@offhook/codecs` when absent. */
  registry?: CodecRegistry;
}

/** The codecs of an endpoint: those that are there from the beginning, and those of plug-ins, which have to be loaded. */
export class CodecSet {
  readonly registry: CodecRegistry;
  readonly #names: readonly string[] | undefined;
  readonly #plugins: readonly string[];
  #capabilities: readonly CodecCapability[] = [];
  #modules: readonly string[] = [];
  #loading: Promise<void> | undefined;

  /** @throws EndpointError `ERR_CODEC_UNKNOWN`, `ERR_OPTION`; of what plug-ins may bring, only {@link load} can tell */
  constructor({ codecs, codecPlugins = [], registry = fullRegistry() }: CodecSetOptions) {
    this.#names = codecs;
    this.#plugins = codecPlugins;
    // One of the application is not changed by what this endpoint loads.
    this.registry = codecPlugins.length > 0 ? registry.copy() : registry;
    if (codecPlugins.length === 0) this.#capabilities = codecCapabilities(registry, codecs);
  }

  /** By what the modules of plug-ins are found from anywhere; none before {@link load}. */
  get modules(): readonly string[] {
    return this.#modules;
  }

  /**
   * Loads the plug-ins, once; after a failure again.
   *
   * @throws EndpointError `ERR_CODEC_PLUGIN`, `ERR_CODEC_UNKNOWN`, `ERR_OPTION`
   */
  async load(): Promise<void> {
    if (this.#plugins.length === 0) return;
    this.#loading ??= this.#load();
    try {
      await this.#loading;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }

  async #load(): Promise<void> {
    this.#modules = await loadCodecPlugins(this.registry, this.#plugins);
    this.#capabilities = codecCapabilities(this.registry, this.#names);
  }

  /**
   * What may be offered and accepted.
   *
   * @param names for one call; those of the endpoint when absent
   * @throws EndpointError `ERR_CODEC_UNKNOWN`, `ERR_OPTION`
   */
  capabilities(names?: readonly string[]): readonly CodecCapability[] {
    return names ? codecCapabilities(this.registry, names) : this.#capabilities;
  }
}
