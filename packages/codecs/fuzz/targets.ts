import type { FuzzTarget } from '../../../tooling/fuzz/target';
import { payloads } from './payloads';

/** All of codecs that takes bytes from strangers. */
export const targets: readonly FuzzTarget[] = [payloads];
