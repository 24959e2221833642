import type { FuzzTarget } from '../../../tooling/fuzz/target';
import { framing } from './framing';
import { growth } from './growth';
import { addresses, bodies, headers } from './headers';
import { messages } from './messages';
import { stack } from './stack';
import { stun } from './stun';

/** All of sip-core that takes bytes from strangers. */
export const targets: readonly FuzzTarget[] = [messages, headers, addresses, bodies, growth, framing, stun, stack];
