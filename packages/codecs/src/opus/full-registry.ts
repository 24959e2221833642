import { g722 } from '../g722/g722';
import { CodecRegistry } from '../registry/codec-registry';
import { defaultRegistry } from '../registry/default-registry';
import { opus } from './opus-codec';

/**
 * A new registry with every codec there is, the widest to be offered first: Opus, G.722, PCMU, PCMA; what
 * `defaultRegistry()` of `@offhook/codecs` has by name only is here by name only, too.
 */
export function fullRegistry(): CodecRegistry {
  const others = defaultRegistry();
  const registry = new CodecRegistry([opus, g722, ...others.list()]);
  for (const codec of others.all()) {
    if (!registry.all().includes(codec)) registry.register(codec, { byName: true });
  }
  return registry;
}
