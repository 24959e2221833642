import { describe, expect, test } from 'vitest';
import { agree, alice, bob, media, pcmu, sdp } from '../testing/parties';
import { intersection, mirrored } from './direction';

const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;

describe('directions (RFC 3264 §6.1)', () => {
  test.each([
    ['sendrecv', 'sendrecv', 'sendrecv', false],
    ['sendonly', 'sendrecv', 'recvonly', true],
    ['recvonly', 'sendrecv', 'sendonly', false],
    ['inactive', 'sendrecv', 'inactive', true],
    ['sendrecv', 'sendonly', 'sendonly', false],
    ['sendonly', 'sendonly', 'inactive', true],
    ['recvonly', 'sendonly', 'sendonly', false],
    ['inactive', 'sendonly', 'inactive', true],
    ['sendrecv', 'recvonly', 'recvonly', false],
    ['sendonly', 'recvonly', 'recvonly', true],
    ['recvonly', 'recvonly', 'inactive', false],
    ['inactive', 'recvonly', 'inactive', true],
    ['sendrecv', 'inactive', 'inactive', false],
    ['sendonly', 'inactive', 'inactive', true],
    ['recvonly', 'inactive', 'inactive', false],
    ['inactive', 'inactive', 'inactive', true],
  ] as const)('an offer of %s, we want %s: the answer is %s', (offered, wanted, answered, held) => {
    const b = bob(undefined, { direction: wanted });
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', `a=${offered}`));
    expect(media(answer)).toContain(`a=${answered}`);
    expect(b.session).toMatchObject({ direction: answered, remoteHold: held });
  });

  test('both sides of every exchange end with mirrored directions', () => {
    for (const ours of directions) {
      for (const theirs of directions) {
        const [a, b] = [alice([pcmu], { direction: ours }), bob([pcmu], { direction: theirs })];
        agree(a, b);
        expect(b.session!.direction).toBe(mirrored(a.session!.direction));
        expect(a.session!.direction).toBe(intersection(ours, mirrored(theirs)));
      }
    }
  });

  test('an answer that goes beyond the offer, as telephones without directions send it, is narrowed', () => {
    const a = alice([pcmu], { direction: 'sendonly' });
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(a.session).toMatchObject({ direction: 'sendonly', remoteHold: false });
  });

  test('a session-level direction counts until a media-level one overrides it', () => {
    const b = bob();
    b.receiveOffer(sdp('a=inactive', 'm=audio 5000 RTP/AVP 0'));
    expect(b.session!.direction).toBe('inactive');
    b.receiveOffer(sdp('a=inactive', 'm=audio 5000 RTP/AVP 0', 'a=sendrecv'));
    expect(b.session!.direction).toBe('sendrecv');
  });
});

describe('hold (RFC 3264 §8.4)', () => {
  test.each(['sendonly', 'inactive'] as const)(
    'we hold with %s, and neither is told it is held by the other',
    (hold) => {
      const [a, b] = [alice(), bob()];
      agree(a, b);
      a.direction = hold;
      const { answer } = agree(a, b);
      expect(media(answer)).toContain(hold === 'sendonly' ? 'a=recvonly' : 'a=inactive');
      expect(a.session).toMatchObject({ direction: hold, remoteHold: false });
      expect(b.session).toMatchObject({ direction: mirrored(hold), remoteHold: true });
      a.direction = 'sendrecv';
      expect(media(agree(a, b).offer)).toContain('a=sendrecv');
      expect(a.session!.direction).toBe('sendrecv');
      expect(b.session).toMatchObject({ direction: 'sendrecv', remoteHold: false });
    },
  );

  test('both hold, and each takes off its own (RFC 6337 §5.3)', () => {
    const [a, b] = [alice(), bob()];
    a.direction = 'sendonly';
    agree(a, b);
    b.direction = 'sendonly';
    agree(b, a);
    expect(a.session).toMatchObject({ direction: 'inactive', remoteHold: true });
    expect(b.session).toMatchObject({ direction: 'inactive', remoteHold: true });
    a.direction = 'sendrecv';
    agree(a, b);
    expect(a.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
    expect(b.session).toMatchObject({ direction: 'sendonly', remoteHold: false });
    b.direction = 'sendrecv';
    agree(b, a);
    expect(a.session).toMatchObject({ direction: 'sendrecv', remoteHold: false });
  });

  test.each(['IN IP4 0.0.0.0', 'IN IP6 ::', 'IN IP6 0:0:0:0:0:0:0:0', 'IN IP6 hold.invalid'])(
    'c=%s holds: nothing is sent there, and it can be taken back',
    (connection) => {
      const b = bob();
      const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', `c=${connection}`));
      expect(b.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
      expect(media(answer)).toContain('a=sendrecv');
      b.receiveOffer(sdp('m=audio 5002 RTP/AVP 0'));
      expect(b.session).toMatchObject({ direction: 'sendrecv', remoteHold: false, remote: { port: 5002 } });
    },
  );

  test('a black hole and a direction together', () => {
    const b = bob();
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 0.0.0.0', 'a=inactive'));
    expect(media(answer)).toContain('a=inactive');
    expect(b.session).toMatchObject({ direction: 'inactive', remoteHold: true });
  });

  test('a session-level black hole holds unless the media line has an address of its own', () => {
    const offer = (...lines: string[]) =>
      sdp('m=audio 5000 RTP/AVP 0', ...lines).replace('c=IN IP4 198.51.100.9', 'c=IN IP4 0.0.0.0');
    const b = bob();
    b.receiveOffer(offer());
    expect(b.session!.remoteHold).toBe(true);
    b.receiveOffer(offer('c=IN IP4 198.51.100.9'));
    expect(b.session).toMatchObject({ remoteHold: false, direction: 'sendrecv' });
  });

  test('while held, an offer of our own asks for everything again: retrieve by an offerless re-INVITE', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'));
    expect(media(b.createOffer())).toContain('a=sendrecv');
  });

  test('an answer may hold us, by direction or by address (RFC 4317 §5.3)', () => {
    for (const hold of ['c=IN IP4 0.0.0.0', 'a=sendonly', 'a=inactive']) {
      const a = alice();
      a.createOffer();
      a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 0', hold));
      expect(a.session!.remoteHold).toBe(true);
      expect(a.session!.direction).toBe(hold === 'a=inactive' ? 'inactive' : 'recvonly');
    }
  });
});
