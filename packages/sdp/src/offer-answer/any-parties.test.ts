import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SdpError } from '../errors';
import { agree, g722, ilbc, l16, opus, pcma, pcmu } from '../testing/parties';
import { seededRandomBytes } from '../testing/seeded-random';
import type { OfferAnswerOptions } from './capabilities';
import { mirrored } from './direction';
import { OfferAnswer } from './offer-answer';

const candidate = (address: string) => `1 1 UDP 2130706431 ${address} 40000 typ host`;
const others = [pcma, g722, l16, opus, ilbc];

/** Whoever there may be: all have PCMU, since codecs are what two may well not have in common. */
const party = (address: string): fc.Arbitrary<OfferAnswerOptions> =>
  fc
    .record({
      codecs: fc.subarray(others).chain((some) => fc.shuffledSubarray([pcmu, ...some], { minLength: some.length + 1 })),
      rtcpMux: fc.constantFrom(false as const, 'offer' as const),
      feedback: fc.boolean(),
      reducedSize: fc.boolean(),
      rtcpXr: fc.constantFrom([], ['voip-metrics']),
      comfortNoise: fc.boolean(),
      bundle: fc.boolean(),
      telephoneEvent: fc.constantFrom(false as const, {}, { payloadType: 96 }),
      priority: fc.constantFrom('config' as const, 'offer' as const),
      direction: fc.constantFrom('sendrecv' as const, 'sendonly' as const, 'recvonly' as const, 'inactive' as const),
      hasIce: fc.boolean(),
      trickle: fc.boolean(),
      lite: fc.boolean(),
      hasDtls: fc.boolean(),
      policy: fc.constantFrom('disabled' as const, 'optional' as const, 'elective' as const, 'mandatory' as const),
      bestEffort: fc.boolean(),
      dtlsFirst: fc.boolean(),
    })
    .map(({ hasIce, trickle, lite, hasDtls, policy, bestEffort, dtlsFirst, ...options }) => ({
      ...options,
      origin: { sessionId: '1' },
      address,
      port: 40000,
      security: {
        policy,
        bestEffort,
        random: seededRandomBytes(7),
        keying: !hasDtls
          ? ['sdes' as const]
          : dtlsFirst
            ? ['dtls' as const, 'sdes' as const]
            : ['sdes' as const, 'dtls' as const],
      },
      ...(hasIce && {
        ice: {
          ufrag: 'abcd',
          pwd: 'abcdefghijklmnopqrstuv',
          candidates: [candidate(address)],
          trickle,
          lite,
          complete: !trickle,
        },
      }),
      ...(hasDtls && {
        dtls: { fingerprints: [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') }] },
      }),
    }));

/** Protection is all that two with PCMU can differ about. */
const mayDiffer = (a: OfferAnswerOptions, b: OfferAnswerOptions) =>
  [a, b].some(({ security }) => security!.policy === 'mandatory' || security!.policy === 'elective');

function expectAgreement(one: OfferAnswer, other: OfferAnswer): void {
  const [a, b] = [one.session!, other.session!];
  expect(a.direction).toBe(mirrored(b.direction));
  for (const codec of a.codecs) {
    const same = b.codecs.find(({ name, clockRate }) => name === codec.name && clockRate === codec.clockRate)!;
    expect(codec.sendPayloadType).toBe(same.receivePayloadType);
    expect(codec.receivePayloadType).toBe(same.sendPayloadType);
  }
  expect(a.codecs.length).toBe(b.codecs.length);
  for (const event of a.telephoneEvents) {
    const same = b.telephoneEvents.find(({ clockRate }) => clockRate === event.clockRate)!;
    expect(event.sendPayloadType).toBe(same.receivePayloadType);
  }
  const noises = ({ comfortNoise }: typeof a) => comfortNoise.map(({ clockRate }) => clockRate).sort();
  expect(noises(a)).toEqual(noises(b));
  expect([a.rtcpMux, a.reducedSize, a.feedback, a.mid]).toEqual([b.rtcpMux, b.reducedSize, b.feedback, b.mid]);
  expect([a.ice === undefined, a.dtls === undefined, a.security === undefined]).toEqual([
    b.ice === undefined,
    b.dtls === undefined,
    b.security === undefined,
  ]);
  if (a.ice && b.ice && !(a.ice.lite && b.ice.lite)) expect(a.ice.role).not.toBe(b.ice.role);
  if (a.dtls && b.dtls) expect(a.dtls.role).not.toBe(b.dtls.role);
}

describe('any two of us', () => {
  test('come to an agreement that both read alike, and again with each re-offer', () => {
    let agreed = 0;
    fc.assert(
      fc.property(party('192.0.2.1'), party('192.0.2.2'), (left, right) => {
        const [a, b] = [new OfferAnswer(left), new OfferAnswer(right)];
        try {
          agree(a, b);
        } catch (error) {
          if (!(error instanceof SdpError && error.status === 488 && mayDiffer(left, right))) throw error;
          return;
        }
        expectAgreement(a, b);
        for (const [offerer, answerer] of [
          [b, a],
          [a, b],
        ] as const) {
          // An association lives on with the parts it began with (RFC 8842 §5.5).
          const before = a.session!.dtls?.role;
          agree(offerer, answerer);
          expectAgreement(a, b);
          const after = a.session!.dtls?.role;
          if (before && after) expect(after).toBe(before);
        }
        agreed++;
      }),
      { numRuns: 600, seed: 1 },
    );
    expect(agreed).toBeGreaterThan(300);
  });
});
