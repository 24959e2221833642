import { targets as codecs } from '../../packages/codecs/fuzz/targets';
import { targets as media } from '../../packages/rtp-media/fuzz/targets';
import { targets as signalling } from '../../packages/sip-core/fuzz/targets';
import type { FuzzTarget } from './target';

/** All that takes bytes from strangers. */
export const targets: readonly FuzzTarget[] = [...signalling, ...media, ...codecs];
