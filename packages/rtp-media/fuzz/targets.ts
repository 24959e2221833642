import type { FuzzTarget } from '../../../tooling/fuzz/target';
import { dtls } from './dtls';
import { candidates, red, rtcp, rtp, stun, texts, turnFrames, wav } from './parsers';
import { ice, session } from './sessions';
import { srtp } from './srtp';

/** All of rtp-media that takes bytes from strangers. */
export const targets: readonly FuzzTarget[] = [
  rtp,
  red,
  rtcp,
  srtp,
  stun,
  ice,
  turnFrames,
  candidates,
  dtls,
  session,
  wav,
  texts,
];
