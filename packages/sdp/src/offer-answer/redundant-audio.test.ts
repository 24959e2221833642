import { describe, expect, test } from 'vitest';
import { agree, alice, bob, g722, media, opus, pcma, pcmu, refusal, sdp } from '../testing/parties';

const red = (generations: number) => ({ redundancy: generations });

describe('redundant audio (RFC 2198)', () => {
  test('is offered before each codec, named by its parameters, and answered for what was agreed', () => {
    const [a, b] = [alice([pcmu, pcma], red(1)), bob([pcma], red(1))];
    const { offer, answer } = agree(a, b);
    expect(media(offer)).toEqual(
      expect.arrayContaining([
        'm=audio 40000 RTP/AVP 96 0 97 8 101',
        'a=rtpmap:96 red/8000',
        'a=fmtp:96 0/0',
        'a=rtpmap:97 red/8000',
        'a=fmtp:97 8/8',
      ]),
    );
    expect(media(answer)[0]).toBe('m=audio 40000 RTP/AVP 97 8 101');
    expect(media(answer)).toContain('a=fmtp:97 8/8');
    const agreed = [
      { codecPayloadType: 8, clockRate: 8000, sendPayloadType: 97, receivePayloadType: 97, generations: 1 },
    ];
    expect(a.session).toMatchObject({ codec: { name: 'PCMA' }, redundancy: agreed });
    expect(b.session!.redundancy).toEqual(agreed);
  });

  test('is neither offered nor taken when nobody asks for it', () => {
    const [a, b] = [alice(), bob([pcma], red(2))];
    const { answer } = agree(a, b);
    expect(answer).not.toContain('red/');
    expect(b.session!.redundancy).toEqual([]);
    const [c, d] = [alice([pcmu], red(2)), bob()];
    expect(agree(c, d).answer).not.toContain('red/');
    expect([c.session!.redundancy, d.session!.redundancy, c.session!.codec.name]).toEqual([[], [], 'PCMU']);
  });

  test('repeats as many packets as the more modest side wants', () => {
    for (const [ours, theirs] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const [a, b] = [alice([opus], red(ours)), bob([opus], red(theirs))];
      const { answer } = agree(a, b);
      expect(media(answer).filter((line) => line.startsWith('a=fmtp:97'))).toEqual(['a=fmtp:97 96/96']);
      for (const { session } of [a, b])
        expect(session!.redundancy).toMatchObject([{ clockRate: 48_000, generations: 1 }]);
    }
    const [a, b] = [alice([opus], red(2)), bob([opus], red(2))];
    expect(media(agree(a, b).offer)).toEqual(expect.arrayContaining(['a=rtpmap:97 red/48000/2', 'a=fmtp:97 96/96/96']));
    expect(a.session!.redundancy).toMatchObject([{ generations: 2 }]);
  });

  test('of Chromium is taken under its numbers', () => {
    const b = bob([opus, pcmu], red(1));
    const answer = b.receiveOffer(
      sdp(
        'm=audio 5000 RTP/AVP 111 63 9 0',
        'a=rtpmap:111 opus/48000/2',
        'a=rtpmap:63 red/48000/2',
        'a=fmtp:63 111/111',
        'a=fmtp:111 minptime=10;useinbandfec=1',
      ),
    );
    expect(media(answer)).toEqual(expect.arrayContaining(['m=audio 40000 RTP/AVP 63 111 0', 'a=fmtp:63 111/111']));
    expect(b.session!.redundancy).toEqual([
      { codecPayloadType: 111, clockRate: 48_000, sendPayloadType: 63, receivePayloadType: 63, generations: 1 },
    ]);
  });

  test.each([
    ['another codec first', 'a=fmtp:96 8/0', 0],
    ['no codec of ours', 'a=fmtp:96 77/77', 0],
    ['a list of one', 'a=fmtp:96 0', 0],
    ['no list', 'a=fmtp:96 0/zero', 1],
    ['no parameters', 'a=x', 1],
    ['more than two', 'a=fmtp:96 0/0/0/0/0', 2],
  ])('with %s', (_title, line, generations) => {
    const b = bob([pcmu], red(2));
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0 96', 'a=rtpmap:96 red/8000', line));
    expect(b.session!.redundancy.map((each) => each.generations)).toEqual(generations ? [generations] : []);
  });

  test('of another clock rate is left, and it is no codec by itself', () => {
    const b = bob([g722], red(1));
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 9 96', 'a=rtpmap:96 red/16000', 'a=fmtp:96 9/9'));
    expect(b.session!.redundancy).toEqual([]);
    const alone = sdp('m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 red/8000', 'a=fmtp:96 0/0');
    expect(refusal(() => bob([pcmu], red(1)).receiveOffer(alone)).status).toBe(488);
  });

  test('keeps its numbers through re-offers, in either direction (RFC 3264 §8.3.2)', () => {
    const [a, b] = [alice([pcmu, g722], red(1)), bob([pcmu, g722], red(1))];
    const first = media(agree(a, b).offer)[0];
    expect(media(agree(b, a).offer)[0]).toBe(first);
    expect(media(agree(a, b).offer)[0]).toBe(first);
  });

  test.each([-1, 3, 0.5, Number.NaN])('%d generations cannot be', (generations) => {
    expect(() => alice([pcmu], red(generations))).toThrowError(expect.objectContaining({ code: 'ERR_SDP_VALUE' }));
  });
});
