import { pcma, pcmu } from '../g711/g711';
import { g722 } from '../g722/g722';
import { ilbc } from '../ilbc/ilbc';
import { l16x8, l16x16, l16x44, l16x44Stereo, l16x48 } from '../l16/l16';
import { CodecRegistry } from './codec-registry';

/**
 * A new registry with the codecs of this package that need no WebAssembly: PCMU and PCMA to be offered, and for whoever asks
 * for them by name G.722 (`G722`), iLBC (`iLBC`), and L16 at 8, 16, 44.1 and 48 kHz (`L16/16000`), at 44.1 in stereo, too (`L16/44100/2`).
 */
export function defaultRegistry(): CodecRegistry {
  const registry = new CodecRegistry([pcmu, pcma]);
  for (const codec of [g722, ilbc, l16x8, l16x16, l16x44, l16x44Stereo, l16x48])
    registry.register(codec, { byName: true });
  return registry;
}
