import { bytesOf, type FuzzTarget, textOf } from '../../../tooling/fuzz/target';
import { addresses, headers, known } from './headers';
import { messages } from './messages';
import { FRAGMENTS } from './mutate';

/** As long as a header line may be. */
const LONGEST = 8_000;

/**
 * Values as long as they may be, made of one or two things over and over: what reads them in more than a few milliseconds looks back at each
 * of them. The runner counts what takes longer than `--slow` as a failure; how long it took decides no unit test.
 */
export const growth: FuzzTarget = {
  name: 'growth',
  promise: 'The longest values that are taken, repetitive as can be, are read or refused in no time.',
  usual: 100,
  make(chance) {
    const unit = chance.some(1, 2, () => chance.pick([...FRAGMENTS, 'a', 'x=y', '1'])).join('');
    const start = chance.pick([
      '',
      'sip:',
      '<sip:a@b',
      '"',
      'SIP/2.0/UDP h',
      '<sip:a@b>;x="',
      'Digest a="',
      '1 INVITE',
      '<',
    ]);
    const value = start + unit.replaceAll(/[\r\n\0]/g, ' ').repeat(LONGEST / unit.length);
    return [chance.pick(known).name, value.slice(0, LONGEST) + chance.pick(['', '"', '>', ';', 'x'])].map(bytesOf);
  },
  check([name, value]) {
    headers.check([name!, value!]);
    addresses.check([value!]);
    const text = textOf(value!);
    for (const header of ['Via', 'From', 'Contact', 'CSeq', 'Route', 'X']) {
      const lines = [
        'Via: SIP/2.0/UDP h',
        'To: <sip:a@b>',
        'From: <sip:a@b>',
        'Call-ID: 1',
        'CSeq: 1 INVITE',
        'Contact: <sip:a@b>',
      ];
      const others = lines.filter((line) => !line.startsWith(header));
      messages.check([bytesOf(['INVITE sip:a SIP/2.0', ...others, `${header}: ${text}`, '', ''].join('\r\n'))]);
    }
  },
};
