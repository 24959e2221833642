import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { SecurityOptions, SecurityPolicy } from '../security/media-security';
import { agree, alice, bob, mediaLines, pcma, pcmu, refusal, sdp, version } from '../testing/parties';
import { seededRandomBytes } from '../testing/seeded-random';
import type { OfferAnswer } from './offer-answer';

const security = (policy: SecurityPolicy, more: Partial<SecurityOptions> = {}, seed = 1) => ({
  security: { policy, random: seededRandomBytes(seed), ...more },
});
const a = (policy: SecurityPolicy, more: Partial<SecurityOptions> = {}) =>
  alice([pcmu, pcma], security(policy, more, 1));
const b = (policy: SecurityPolicy, more: Partial<SecurityOptions> = {}) => bob([pcma, pcmu], security(policy, more, 2));

const cryptoLines = (text: string) => text.split('\r\n').filter((line) => line.startsWith('a=crypto:'));
/** Tag and suite of each key line. */
const suites = (text: string) => cryptoLines(text).map((line) => line.slice(9).split(' inline')[0]);
const KEY = 'inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj';
const OTHER_KEY = 'inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj';
const CM = 'AES_CM_128_HMAC_SHA1_80';

/** Each sends with what the other expects. */
function expectSameKeys(one: OfferAnswer, other: OfferAnswer): void {
  const [ours, theirs] = [one.session!.security!, other.session!.security!];
  expect(ours.local.isSameKeyAs(theirs.remote[0]!)).toBe(true);
  expect(theirs.local.isSameKeyAs(ours.remote[0]!)).toBe(true);
  expect(ours.local.isSameKeyAs(theirs.local)).toBe(false);
}

describe('policies', () => {
  type Outcome = 'clear' | 'secure' | 488 | 'refused';
  const outcomes: [SecurityPolicy, SecurityPolicy, Outcome][] = [
    ['disabled', 'disabled', 'clear'],
    ['disabled', 'optional', 'clear'],
    ['disabled', 'elective', 'clear'],
    ['disabled', 'mandatory', 488],
    ['optional', 'disabled', 'clear'],
    ['optional', 'optional', 'clear'],
    ['optional', 'elective', 'clear'],
    ['optional', 'mandatory', 488],
    ['elective', 'disabled', 'clear'],
    ['elective', 'optional', 'secure'],
    ['elective', 'elective', 'secure'],
    ['elective', 'mandatory', 'secure'],
    ['mandatory', 'disabled', 488],
    ['mandatory', 'optional', 'secure'],
    ['mandatory', 'elective', 'secure'],
    ['mandatory', 'mandatory', 'secure'],
  ];

  test.each(outcomes)('%s offers, %s answers: %s', (offers, answers, outcome) => {
    const [caller, callee] = [a(offers), b(answers)];
    if (outcome === 488) {
      const error = refusal(() => callee.receiveOffer(caller.createOffer()));
      expect(error).toMatchObject({ code: 'ERR_SDP_NOT_ACCEPTABLE', status: 488, warning: 302 });
      expect(callee.session).toBeUndefined();
      return;
    }
    const { answer } = agree(caller, callee);
    expect(mediaLines(answer).filter((line) => !line.startsWith('m=audio 0 '))).toHaveLength(1);
    expect([caller, callee].map(({ session }) => (session!.security ? 'secure' : 'clear'))).toEqual([outcome, outcome]);
    if (outcome === 'secure') expectSameKeys(caller, callee);
  });

  test('disabled looks at no key, and refuses the profile of protected audio', () => {
    const answer = b('disabled').receiveOffer(sdp('m=audio 5000 RTP/AVP 0', `a=crypto:1 ${CM} ${KEY}`));
    expect(cryptoLines(answer)).toEqual([]);
    expect(mediaLines(a('disabled').createOffer())).toEqual(['m=audio 40000 RTP/AVP 0 8 101']);
  });

  test('elective offers the same audio protected and in clear, the protected line first', () => {
    const offer = a('elective').createOffer();
    expect(mediaLines(offer)).toEqual(['m=audio 40000 RTP/SAVP 0 8 101', 'm=audio 40000 RTP/AVP 0 8 101']);
    expect(suites(offer)).toEqual(['1 AEAD_AES_256_GCM', `2 ${CM}`]);
    expect(cryptoLines(offer.slice(offer.indexOf('RTP/AVP')))).toEqual([]);
  });

  test.each([
    ['disabled', ['m=audio 0 RTP/SAVP 0 8 101', 'm=audio 40000 RTP/AVP 8 0 101']],
    ['optional', ['m=audio 40000 RTP/SAVP 8 0 101', 'm=audio 0 RTP/AVP 0 8 101']],
  ] as const)('elective to %s: one line is taken; re-offers keep both in their places', (policy, lines) => {
    const [caller, callee] = [a('elective'), b(policy)];
    const { answer } = agree(caller, callee);
    expect(mediaLines(answer)).toEqual(lines);
    const again = agree(caller, callee);
    expect(mediaLines(again.offer).map((line) => line.split(' ')[2])).toEqual(['RTP/SAVP', 'RTP/AVP']);
    expect(mediaLines(again.answer)).toEqual(lines);
    expect(version(again.answer)).toBe(version(answer));
    // The answerer's own offer has the line agreed to, the other stays refused.
    const back = agree(callee, caller);
    expect(mediaLines(back.offer).filter((line) => line.startsWith('m=audio 0 '))).toHaveLength(1);
    expect(callee.session!.security !== undefined).toBe(policy === 'optional');
  });

  test('protected audio is taken before the same in clear, whichever line comes first', () => {
    const callee = b('optional');
    const answer = callee.receiveOffer(
      sdp('m=audio 5000 RTP/AVP 0', 'm=audio 5002 RTP/SAVP 0', `a=crypto:1 ${CM} ${KEY}`),
    );
    expect(mediaLines(answer)).toEqual(['m=audio 0 RTP/AVP 0', 'm=audio 40000 RTP/SAVP 0']);
    expect(callee.session!.remote.port).toBe(5002);
    // Who offers both has them in the same places afterwards.
    const elective = b('elective');
    elective.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'm=audio 5002 RTP/SAVP 0', `a=crypto:1 ${CM} ${KEY}`));
    expect(mediaLines(elective.createOffer())).toEqual([
      'm=audio 40000 RTP/AVP 8 0 101',
      'm=audio 40000 RTP/SAVP 8 0 101',
    ]);
  });

  test('who takes both lines of two is sent protected audio, and the other is off with the next offer', () => {
    const caller = a('elective');
    caller.createOffer();
    caller.receiveAnswer(sdp('m=audio 5000 RTP/SAVP 0', `a=crypto:2 ${CM} ${KEY}`, 'm=audio 5002 RTP/AVP 0'));
    expect(caller.session!.security!.remote[0]!.suite).toBe(CM);
    expect(caller.session!.remote.port).toBe(5000);
  });

  test('optional with best effort puts keys on a line of RTP/AVP; who ignores them gets clear audio', () => {
    const [caller, old, knowing] = [a('optional', { bestEffort: true }), b('disabled'), b('optional')];
    const { offer } = agree(caller, old);
    expect(mediaLines(offer)).toEqual(['m=audio 40000 RTP/AVP 0 8 101']);
    expect(cryptoLines(offer)).toHaveLength(2);
    expect(caller.session!.security).toBeUndefined();
    const { answer } = agree(caller, knowing);
    expect(mediaLines(answer)).toEqual(['m=audio 40000 RTP/AVP 8 0 101']);
    expectSameKeys(caller, knowing);
    expect(mediaLines(knowing.createOffer())).toEqual(['m=audio 40000 RTP/AVP 8 0 101']);
  });

  test('SAVPF is answered by SAVPF, and stays when we offer', () => {
    const callee = b('optional');
    const answer = callee.receiveOffer(sdp('m=audio 5000 RTP/SAVPF 0', `a=crypto:1 ${CM} ${KEY}`));
    expect(mediaLines(answer)).toEqual(['m=audio 40000 RTP/SAVPF 0']);
    expect(mediaLines(callee.createOffer())).toEqual(['m=audio 40000 RTP/SAVPF 8 0 101']);
  });
});

describe('choosing a key (RFC 4568 §7.1.2, §7.1.3)', () => {
  test('the first line that can be used is answered under its tag, with a key of ours', () => {
    const callee = b('mandatory');
    const answer = callee.receiveOffer(
      sdp(
        'm=audio 5000 RTP/SAVP 0',
        `a=crypto:1 F8_128_HMAC_SHA1_80 ${KEY}`,
        `a=crypto:2 ${CM} ${KEY} KDR=3`,
        `a=crypto:5 AES_CM_128_HMAC_SHA1_32 ${KEY}|2^31`,
        `a=crypto:6 ${CM} ${KEY}`,
      ),
    );
    expect(suites(answer)).toEqual(['5 AES_CM_128_HMAC_SHA1_32']);
    expect(answer).not.toContain(KEY);
    expect(callee.session!.security!.remote[0]!.lifetime).toBe(2 ** 31);
  });

  test('suites that are configured are the ones offered and accepted', () => {
    const caller = a('mandatory', { suites: ['AES_256_CM_HMAC_SHA1_80', CM] });
    const callee = b('mandatory', { suites: [CM] });
    const { offer, answer } = agree(caller, callee);
    expect(suites(offer)).toEqual(['1 AES_256_CM_HMAC_SHA1_80', `2 ${CM}`]);
    expect(suites(answer)).toEqual([`2 ${CM}`]);
    expect(refusal(() => b('mandatory', { suites: [] })).code).toBe('ERR_SDP_VALUE');
    expect(refusal(() => b('mandatory', { suites: ['ROT13' as never] })).code).toBe('ERR_SDP_VALUE');
  });

  test.each([
    [['m=audio 5000 RTP/SAVP 0']],
    [['m=audio 5000 RTP/SAVP 0', `a=crypto:1 F8_128_HMAC_SHA1_80 ${KEY}`]],
    [['m=audio 5000 RTP/SAVP 0', `a=crypto:1 ${CM} ${KEY} UNAUTHENTICATED_SRTP`]],
    [['m=audio 5000 RTP/SAVP 0', `a=crypto:1 ${CM} ${KEY} UNENCRYPTED_SRTP`]],
    [['m=audio 5000 RTP/SAVP 0', `a=crypto:1 ${CM} ${KEY} WSH=64 UNAUTHENTICATED_SRTP`]],
    [['m=audio 5000 UDP/TLS/RTP/SAVP 0', `a=crypto:1 ${CM} ${KEY}`]],
  ])('%# protected audio without a usable key is 488', (lines) => {
    for (const policy of ['optional', 'elective', 'mandatory'] as const) {
      const error = refusal(() => b(policy).receiveOffer(sdp(...lines)));
      expect(error).toMatchObject({ status: 488, warning: 302 });
      expect(error.message).not.toContain('d0Rm');
    }
  });

  test('parameters that both must know stand in the answer too', () => {
    const caller = a('mandatory', { unencryptedSrtcp: true });
    const callee = b('mandatory', { acceptUnencryptedSrtp: true });
    const { answer } = agree(caller, callee);
    expect(cryptoLines(answer)[0]).toMatch(/ UNENCRYPTED_SRTCP$/);
    expect([caller, callee].map(({ session }) => session!.security!.local.unencryptedSrtcp)).toEqual([true, true]);
    const second = callee.receiveOffer(sdp('m=audio 5000 RTP/SAVP 0', `a=crypto:1 ${CM} ${KEY} UNENCRYPTED_SRTP`));
    expect(cryptoLines(second)[0]).toMatch(/ UNENCRYPTED_SRTP$/);
    expect(callee.session!.security).toMatchObject({
      local: { unencryptedSrtp: true },
      remote: [{ unencryptedSrtp: true }],
    });
  });

  test.each([
    [[], 'no a=crypto'],
    [[`a=crypto:1 ${CM} ${KEY}`], 'none of those offered'],
    [[`a=crypto:9 ${CM} ${KEY}`], 'none of those offered'],
    [[`a=crypto:2 ${CM} ${KEY}`, `a=crypto:1 AEAD_AES_256_GCM ${KEY}`], 'more than one'],
    [[`a=crypto:2 ${CM} inline:xyz`], 'cannot be used'],
    [[`a=crypto:2 ${CM} ${KEY} UNENCRYPTED_SRTP`], 'unencrypted'],
  ])('%# an answer that does not fit is an error that names the rule, and no key', (lines, reason) => {
    const caller = a('mandatory');
    caller.createOffer();
    const error = refusal(() => caller.receiveAnswer(sdp('m=audio 5000 RTP/SAVP 0', ...lines)));
    expect(error).toMatchObject({ code: 'ERR_SDP_ANSWER', status: 488 });
    expect(error.message).toContain(reason);
    expect(error.message).not.toMatch(/d0Rm|xyz/);
    expect(caller.signalingState).toBe('have-local-offer');
  });

  test('an answer in clear to an offer of protection only is an error', () => {
    const caller = a('mandatory');
    caller.createOffer();
    expect(refusal(() => caller.receiveAnswer(sdp('m=audio 5000 RTP/AVP 0'))).code).toBe('ERR_SDP_ANSWER');
  });
});

describe('keys through a session (RFC 4568 §7.1.4)', () => {
  test('stay while nobody changes them, whoever offers, also on hold', () => {
    const [caller, callee] = [a('mandatory'), b('mandatory')];
    agree(caller, callee);
    const before = caller.session!.security!;
    caller.direction = 'sendonly';
    agree(caller, callee);
    caller.direction = 'sendrecv';
    agree(callee, caller);
    const after = caller.session!.security!;
    expect(after.local.isSameKeyAs(before.local)).toBe(true);
    expect(after.remote[0]!.isSameKeyAs(before.remote[0]!)).toBe(true);
    expectSameKeys(caller, callee);
  });

  test('a re-offer that changes nothing has the same version', () => {
    const [caller, callee] = [a('mandatory'), b('mandatory')];
    const first = agree(caller, callee);
    const second = agree(caller, callee);
    expect([second.offer, second.answer]).toEqual([first.offer, first.answer]);
  });

  test('a suite that only the peer named is offered again', () => {
    const callee = b('mandatory');
    callee.receiveOffer(sdp('m=audio 5000 RTP/SAVP 0', `a=crypto:1 AES_CM_128_HMAC_SHA1_32 ${KEY}`));
    expect(suites(callee.createOffer())[0]).toBe('1 AES_CM_128_HMAC_SHA1_32');
  });

  test('renewed keys go out with the next offer, and the peer renews its own', () => {
    const [caller, callee] = [a('mandatory'), b('mandatory')];
    const first = agree(caller, callee);
    const before = caller.session!.security!;
    caller.renewKeys();
    const second = agree(caller, callee);
    const after = caller.session!.security!;
    expect(after.local.isSameKeyAs(before.local)).toBe(false);
    expect(after.remote[0]!.isSameKeyAs(before.remote[0]!)).toBe(false);
    expect(version(second.offer)).toBe(version(first.offer)! + 1);
    expectSameKeys(caller, callee);
  });

  test('another peer behind the same dialog does not get the key the first has seen', () => {
    const callee = b('optional');
    const offer = (key: string) => sdp('m=audio 5000 RTP/SAVP 0', `a=crypto:1 ${CM} ${key}`);
    const answers = [KEY, KEY, OTHER_KEY].map((key) => cryptoLines(callee.receiveOffer(offer(key)))[0]);
    expect(answers[1]).toBe(answers[0]);
    expect(answers[2]).not.toBe(answers[1]);
  });

  test('protection may come and go with re-offers where the policy has room for both', () => {
    const callee = b('optional');
    callee.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(callee.session!.security).toBeUndefined();
    callee.receiveOffer(sdp('m=audio 5000 RTP/SAVP 0', `a=crypto:1 ${CM} ${KEY}`));
    expect(callee.session!.security).toBeDefined();
    expect(mediaLines(callee.createOffer())).toEqual(['m=audio 40000 RTP/SAVP 8 0 101']);
    callee.rollback();
    callee.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(callee.session!.security).toBeUndefined();
  });

  test('an offer taken back leaves the keys that were agreed', () => {
    const [caller, callee] = [a('mandatory'), b('mandatory')];
    agree(caller, callee);
    const { security: before } = caller.session!;
    caller.renewKeys();
    caller.createOffer();
    caller.rollback();
    expect(caller.session!.security).toBe(before);
  });

  test('what is negotiated can be logged', () => {
    const [caller, callee] = [a('mandatory'), b('mandatory')];
    const { offer } = agree(caller, callee);
    const keys = cryptoLines(offer).map((line) => line.split('inline:')[1]!);
    for (const each of [caller, caller.session]) {
      const shown = inspect(each, { depth: 20, showHidden: true }) + JSON.stringify(each);
      for (const key of keys) expect(shown).not.toContain(key);
      expect(shown).not.toMatch(/Uint8Array/);
    }
  });
});

test('dialogs that one offer opens by forking have its keys', () => {
  const random = seededRandomBytes(7);
  const options = { security: { policy: 'mandatory', random } } as const;
  const caller = alice([pcmu], options);
  const offer = caller.createOffer();
  const dialogs = [caller.fork(), caller.fork()];
  for (const dialog of dialogs) {
    const callee = bob([pcmu], options);
    dialog.receiveAnswer(callee.receiveOffer(offer));
    expect(dialog.session!.security!.local.isSameKeyAs(callee.session!.security!.remote[0]!)).toBe(true);
  }
});
