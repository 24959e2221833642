import { describe, expect, test } from 'vitest';
import { agree, alice, bob, refusal, version } from '../testing/parties';
import type { DescriptionKind } from './adjustment';

describe('the raw descriptions', () => {
  test('are seen and changed before they are sent, and before they are read', () => {
    const seen: string[] = [];
    const note = (who: string) => (sdp: string, kind: DescriptionKind) => {
      seen.push(`${who} ${kind} ${sdp.startsWith('v=0\r\n')}`);
      return undefined;
    };
    const a = alice(undefined, {
      adjustLocal: (sdp) => sdp.replace('t=0 0', 'b=AS:64\r\nt=0 0'),
      adjustRemote: note('a'),
    });
    const b = bob(undefined, { adjustLocal: note('b to'), adjustRemote: (sdp) => sdp.replace(' 0 8 ', ' 8 ') });
    const { offer } = agree(a, b);
    expect(offer).toContain('\r\nb=AS:64\r\n');
    expect(b.session!.codecs.map(({ name }) => name)).toEqual(['PCMA']);
    expect(a.session!.codecs.map(({ name }) => name)).toEqual(['PCMA']);
    expect(seen).toEqual(['b to answer true', 'a answer true']);
  });

  test('have a version that rises when the adjusted text is another, and only then', () => {
    let bandwidth = 64;
    const a = alice(undefined, { adjustLocal: (sdp) => sdp.replace('t=0 0', `b=AS:${bandwidth}\r\nt=0 0`) });
    const b = bob();
    const versionOfOffer = () => version(agree(a, b).offer);
    expect([versionOfOffer(), versionOfOffer()]).toEqual([1, 1]);
    bandwidth = 80;
    expect([versionOfOffer(), versionOfOffer()]).toEqual([2, 2]);
  });

  test.each([
    ['has another profile', (sdp: string) => sdp.replace('RTP/AVP', 'RTP/SAVP')],
    ['has a line more', (sdp: string) => `${sdp}m=video 5002 RTP/AVP 96\r\n`],
    ['refuses what we want', (sdp: string) => sdp.replace('m=audio 40000', 'm=audio 0')],
    ['is none', () => 'hello'],
    ['is no text', () => 5 as unknown as string],
    [
      'was not made',
      () => {
        throw new TypeError('oh');
      },
    ],
  ])('are an error of our own when the adjusted one %s', (_, adjustLocal) => {
    const a = alice(undefined, { adjustLocal });
    expect(refusal(() => a.createOffer())).toMatchObject({ code: 'ERR_SDP_ADJUSTMENT', status: 500 });
    expect(a.signalingState).toBe('stable');
  });

  test('of the peer that cannot be adjusted leave what was agreed', () => {
    let fails = false;
    const b = bob(undefined, {
      adjustRemote: () => {
        if (fails) throw new Error('oh');
        return undefined;
      },
    });
    const a = alice();
    agree(a, b);
    const before = b.session;
    fails = true;
    const error = refusal(() => b.receiveOffer(a.createOffer()));
    expect(error).toMatchObject({ code: 'ERR_SDP_ADJUSTMENT', status: 500, cause: new Error('oh') });
    expect(b.session).toBe(before);
  });
});
