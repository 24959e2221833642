import type { Codec } from '../contract/codec';
import type { Check } from './check';

const hostile = [
  '',
  ';',
  '=',
  '\0',
  'a=b;;c=;=d',
  'mode=',
  'mode=99999999999999999999999',
  'ptime=-1;maxptime=NaN',
  '%s%n',
  'x'.repeat(10_000),
  'a=1;'.repeat(5000),
];

/** Format parameters agree with themselves, and take any text. */
export function fmtpChecks(codec: Codec): Check[] {
  const { fmtp } = codec;
  if (!fmtp) return [];
  return [
    [
      'its offer is acceptable to itself, its answer too, and both halves can be made from them',
      () => {
        const offer = fmtp.offer();
        const answer = fmtp.negotiate(offer);
        if (answer === false) throw new Error('it refuses its own offer');
        const answered = fmtp.negotiate(answer.local);
        if (answered === false) throw new Error('it refuses its own answer');
        for (const remoteFmtp of [offer, answer.local]) {
          codec.createEncoder({ ...(remoteFmtp !== undefined && { remoteFmtp }) });
          codec.createDecoder({
            ...(remoteFmtp !== undefined && { remoteFmtp }),
            ...(answered.local !== undefined && { localFmtp: answered.local }),
          });
        }
      },
    ],
    [
      'a peer without format parameters gets an answer',
      () => {
        const answer = fmtp.negotiate(undefined);
        if (answer !== false) checkLine(answer.local);
      },
    ],
    [
      'no format parameters of a peer make it throw or write a broken line',
      () => {
        for (const remote of hostile) {
          const answer = fmtp.negotiate(remote);
          if (answer !== false) checkLine(answer.local);
        }
      },
    ],
    [
      'whatever a peer says, it takes frames of some duration, and encoders make them',
      () => {
        for (const remote of [undefined, fmtp.offer(), ...hostile]) {
          const durations = fmtp.frameDurations?.(remote);
          if (durations === undefined || fmtp.negotiate(remote) === false) continue;
          if (durations.length === 0) throw new Error(`it has no frame duration for "${remote?.slice(0, 40)}"`);
          for (const frameDuration of durations) codec.createEncoder({ frameDuration, remoteFmtp: remote ?? '' });
        }
      },
    ],
  ];
}

function checkLine(local: string | undefined): void {
  if (local === undefined) return;
  if (local === '' || /[\r\n\0]/.test(local)) throw new Error(`"${local.slice(0, 40)}" cannot stand in an a=fmtp line`);
}
