import { pcma, pcmu } from '../g711/g711';
import { CodecRegistry } from './codec-registry';

/** A new registry with every codec of this package. */
export function defaultRegistry(): CodecRegistry {
  return new CodecRegistry([pcmu, pcma]);
}
