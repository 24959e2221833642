import { describe, expect, test } from 'vitest';
import { agree, alice, bob, g722, media, mediaLines, pcma, pcmu, refusal, sdp, version } from '../testing/parties';

/** What SIP user agents do with offer and answer, as RFC 6337 describes it. */
describe('who offers and who answers (RFC 6337 §2.1)', () => {
  test('pattern 1: the offer in the INVITE, the answer in its 2xx', () => {
    const [a, b] = [alice(), bob()];
    agree(a, b);
    expect([a.signalingState, b.signalingState]).toEqual(['stable', 'stable']);
    expect(a.session!.codec.name).toBe(b.session!.codec.name);
  });

  test('pattern 2: an INVITE without one, the offer in the 2xx, the answer in the ACK', () => {
    const [a, b] = [alice(), bob()];
    agree(b, a);
    expect(b.session).toMatchObject({ remote: { address: '192.0.2.1', port: 40000 }, direction: 'sendrecv' });
    expect(a.session!.remote.address).toBe('192.0.2.2');
  });

  test('patterns 4 and 6: after an early answer an UPDATE may offer, from either side', () => {
    const [a, b] = [alice([pcmu, pcma]), bob([pcma, pcmu])];
    agree(a, b);
    b.move('192.0.2.20', 42000);
    agree(b, a);
    expect(a.session!.remote).toEqual({ address: '192.0.2.20', port: 42000 });
    a.codecs = [pcmu];
    agree(a, b);
    expect(b.session!.codecs.map(({ name }) => name)).toEqual(['PCMU']);
  });
});

describe('an offer that is refused (§2.3, §3.4)', () => {
  test('by the peer: what was agreed stands, and we may offer again', () => {
    const [a, b] = [alice([pcmu]), bob([pcmu])];
    agree(a, b);
    const before = a.session;
    a.codecs = [g722];
    expect(refusal(() => b.receiveOffer(a.createOffer()))).toMatchObject({ status: 488, warning: 305 });
    a.rollback();
    expect(a.session).toBe(before);
    expect(b.session!.codec.name).toBe('PCMU');
    a.codecs = [pcmu];
    agree(a, b);
    expect(a.session!.codec.name).toBe('PCMU');
  });

  test('by us in a 2xx, where no status can say so: an answer without any media, and the session goes on without', () => {
    const [a, b] = [alice([g722]), bob([pcmu])];
    const offer = a.createOffer();
    expect(refusal(() => b.receiveOffer(offer)).status).toBe(488);
    const answer = b.refuseOffer(offer);
    expect(mediaLines(answer)).toEqual([expect.stringMatching(/^m=audio 0 RTP\/AVP /)]);
    a.receiveAnswer(answer);
    expect([a.session, b.session]).toEqual([undefined, undefined]);
  });
});

describe('glare (§4.1)', () => {
  test('two offers that cross are both refused with 491; who comes back first succeeds', () => {
    const [a, b] = [alice(), bob()];
    agree(a, b);
    const [fromA, fromB] = [a.createOffer(), b.createOffer()];
    expect(refusal(() => b.receiveOffer(fromA)).status).toBe(491);
    expect(refusal(() => a.receiveOffer(fromB)).status).toBe(491);
    a.rollback();
    b.rollback();
    a.direction = 'sendonly';
    agree(a, b);
    expect(b.session!.remoteHold).toBe(true);
  });

  test('an answer nobody waits for is an error, and changes nothing', () => {
    const [a, b] = [alice(), bob()];
    const { answer } = agree(a, b);
    const before = a.session;
    expect(refusal(() => a.receiveAnswer(answer))).toMatchObject({ code: 'ERR_SDP_STATE' });
    expect(a.session).toBe(before);
  });
});

describe('the contents of offers and answers (§5.1)', () => {
  test('an offer asked for has all we can do, not what was agreed last', () => {
    const [a, b] = [alice([pcmu, pcma, g722]), bob([pcmu])];
    agree(a, b);
    expect(media(a.createOffer())[0]).toMatch(/^m=audio 40000 RTP\/AVP 0 8 9( |$)/);
  });

  test('media lines are never taken away: a refused one keeps its place in every later offer', () => {
    const b = bob([pcmu]);
    b.receiveOffer(sdp('m=video 6000 RTP/AVP 31', 'm=audio 5000 RTP/AVP 0'));
    expect(mediaLines(b.createOffer()).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'm=video 0',
      'm=audio 40000',
    ]);
  });

  test('an offer of what was before has the same version, and one of something else the next', () => {
    const [a, b] = [alice(), bob()];
    expect(version(agree(a, b).offer)).toBe(1);
    expect(version(agree(a, b).offer)).toBe(1);
    a.direction = 'inactive';
    expect(version(agree(a, b).offer)).toBe(2);
  });
});

describe('hold and resume (§5.2, §5.3)', () => {
  test('the held side asked for an offer does not take itself for held: it says what it wants', () => {
    const [a, b] = [alice(), bob()];
    a.direction = 'sendonly';
    agree(a, b);
    expect(b.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
    // The same by third-party call control: what b would like is sendrecv, and a's answer says that it still holds.
    const { offer, answer } = agree(b, a);
    expect(media(offer)).toContain('a=sendrecv');
    expect(media(answer)).toContain('a=sendonly');
    expect(b.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
  });

  test('each side holds and takes back on its own', () => {
    const [a, b] = [alice(), bob()];
    agree(a, b);
    a.direction = 'sendonly';
    agree(a, b);
    b.direction = 'sendonly';
    agree(b, a);
    expect([a.session!.direction, b.session!.direction]).toEqual(['inactive', 'inactive']);
    a.direction = 'sendrecv';
    agree(a, b);
    expect(a.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
    expect(b.session).toMatchObject({ direction: 'sendonly', remoteHold: false });
    b.direction = 'sendrecv';
    agree(b, a);
    expect([a.session!.direction, b.session!.direction]).toEqual(['sendrecv', 'sendrecv']);
  });

  test('an old hold with c=0.0.0.0 holds RTP and RTCP, and ends with an address', () => {
    const b = bob([pcmu]);
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'));
    expect(b.session).toMatchObject({ remoteHold: true });
    expect(['recvonly', 'inactive']).toContain(b.session!.direction);
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(b.session).toMatchObject({ remoteHold: false, direction: 'sendrecv' });
  });
});
