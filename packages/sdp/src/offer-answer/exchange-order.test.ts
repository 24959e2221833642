import { describe, expect, test } from 'vitest';
import { agree, alice, bob, mediaLines, pcmu, refusal, sdp, version } from '../testing/parties';

const originOf = (text: string) => /^o=.*$/m.exec(text)![0];

describe('the version of our descriptions (RFC 3264 §8)', () => {
  test('rises by one when the description changed, and only then', () => {
    const [a, b] = [alice(), bob()];
    expect(version(agree(a, b).offer)).toBe(1);
    expect(version(agree(a, b).offer)).toBe(1);
    a.direction = 'sendonly';
    expect(version(agree(a, b).offer)).toBe(2);
    a.move('192.0.2.7', 41000);
    const { offer } = agree(a, b);
    expect(version(offer)).toBe(3);
    expect(b.session!.remote).toEqual({ address: '192.0.2.7', port: 41000 });
  });

  test('counts for offers and answers alike', () => {
    const [a, b] = [alice([pcmu]), bob([pcmu])];
    expect(version(agree(a, b).answer)).toBe(1);
    expect(version(agree(b, a).offer)).toBe(1);
    b.direction = 'sendonly';
    expect(version(agree(b, a).answer)).toBe(2);
  });

  test('is not used twice: an offer that was refused has had its number', () => {
    const [a, b] = [alice(), bob()];
    agree(a, b);
    a.direction = 'sendonly';
    expect(version(a.createOffer())).toBe(2);
    a.rollback();
    a.direction = 'sendrecv';
    expect(version(a.createOffer())).toBe(3);
  });

  test('is all of the o= line that ever changes', () => {
    const a = alice();
    const before = originOf(a.createOffer());
    a.rollback();
    a.move('2001:db8::7', 41000, 41001);
    const offer = a.createOffer();
    expect(offer).toContain('c=IN IP6 2001:db8::7');
    expect(originOf(offer)).toBe(before.replace(' 1 IN', ' 2 IN'));
  });
});

describe('who speaks when (§4)', () => {
  test('glare: an offer that crosses ours is refused with 491, rollback restores what was', () => {
    const [a, b] = [alice(), bob()];
    agree(a, b);
    a.direction = 'inactive';
    a.createOffer();
    expect(a.signalingState).toBe('have-local-offer');
    expect(refusal(() => a.receiveOffer(b.createOffer()))).toMatchObject({ code: 'ERR_SDP_STATE', status: 491 });
    expect(refusal(() => a.createOffer())).toMatchObject({ code: 'ERR_SDP_STATE', status: 491 });
    a.rollback();
    expect(a.signalingState).toBe('stable');
    expect(a.session!.direction).toBe('sendrecv');
  });

  test('after a rollback the other side’s offer is welcome', () => {
    const [a, b] = [alice(), bob()];
    agree(a, b);
    a.createOffer();
    a.rollback();
    b.direction = 'sendonly';
    agree(b, a);
    expect(a.session!.remoteHold).toBe(true);
  });

  test('an answer nobody asked for is refused', () => {
    const a = alice();
    const answer = sdp('m=audio 5000 RTP/AVP 0');
    expect(refusal(() => a.receiveAnswer(answer))).toMatchObject({ code: 'ERR_SDP_STATE' });
    a.createOffer();
    a.receiveAnswer(answer);
    expect(refusal(() => a.receiveAnswer(answer))).toMatchObject({ code: 'ERR_SDP_STATE' });
  });

  test('what was agreed is the session until something else is', () => {
    const [a, b] = [alice(), bob()];
    expect(a.session).toBeUndefined();
    agree(a, b);
    const { session } = a;
    a.createOffer();
    expect(a.session).toBe(session);
    refusal(() => a.receiveAnswer('not SDP'));
    expect(a.session).toBe(session);
    expect(mediaLines(b.receiveOffer(sdp('m=audio 0 RTP/AVP 0')))).toEqual(['m=audio 0 RTP/AVP 0']);
    expect(b.session).toBeUndefined();
  });
});
