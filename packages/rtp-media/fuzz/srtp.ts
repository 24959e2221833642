import type { FuzzTarget } from '../../../tooling/fuzz/target';
import { SrtpKey } from '../src/srtp/srtp-key';
import { SrtpProtector } from '../src/srtp/srtp-protector';
import { SRTP_SUITES, type SrtpSuite } from '../src/srtp/srtp-suites';
import { SrtpUnprotector } from '../src/srtp/srtp-unprotector';
import { mutateOctets } from './octets';
import { rtcpPacket, rtpPacket } from './packets';

const suites = Object.keys(SRTP_SUITES) as SrtpSuite[];

const keyOf = (suite: SrtpSuite) =>
  new SrtpKey({
    suite,
    masterKey: new Uint8Array(SRTP_SUITES[suite].keyBytes).fill(1),
    masterSalt: new Uint8Array(SRTP_SUITES[suite].saltBytes).fill(2),
  });

/** The suite, a packet that was protected, and what became of it under way. */
export const srtp: FuzzTarget = {
  name: 'srtp',
  promise: 'What was changed under way does not open, and never throws; what was not opens once.',
  usual: 1_500,
  make: (chance) => {
    const index = chance.below(suites.length);
    const isRtcp = chance.is(0.3);
    const sender = new SrtpProtector(keyOf(suites[index]!));
    const plain = isRtcp ? rtcpPacket(chance) : rtpPacket(chance);
    const sealed = isRtcp ? sender.protectRtcp(plain) : sender.protectRtp(plain);
    if (typeof sealed === 'string') throw new Error(`Our own packet is refused: ${sealed}.`);
    const whole = new Uint8Array(sealed);
    return [Uint8Array.of(index, isRtcp ? 1 : 0), whole, mutateOctets(whole, chance, [plain, whole])];
  },
  check([head, whole, changed]) {
    const receiver = new SrtpUnprotector(keyOf(suites[head![0]!]!));
    const open = (packet: Uint8Array) => {
      const copy = new Uint8Array(packet);
      return head![1] === 1 ? receiver.unprotectRtcp(copy) : receiver.unprotectRtp(copy);
    };
    const isSame = Buffer.compare(whole!, changed!) === 0;
    if (typeof open(changed!) !== 'string' && !isSame) throw new Error('A forged packet is taken.');
    if (isSame) return;
    if (typeof open(whole!) === 'string') throw new Error('A forged packet keeps the good one out.');
    if (open(whole!) !== 'replay') throw new Error('A packet is taken twice.');
  },
};
