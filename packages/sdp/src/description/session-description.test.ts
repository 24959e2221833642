import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SdpError } from '../errors';
import { OfferAnswer } from '../offer-answer/offer-answer';
import { MAX_LENGTH, parseSessionDescription, serializeSessionDescription } from './session-description';

const good = [
  'v=0',
  'o=- 1 2 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 5000 RTP/AVP 0',
  'a=ptime:20',
  '',
].join('\r\n');

describe('reading (RFC 4566)', () => {
  test('what is written reads back as it was', () => {
    const description = parseSessionDescription(good);
    expect(description.media[0]).toMatchObject({
      type: 'audio',
      port: 5000,
      protocol: 'RTP/AVP',
      payloads: '0',
      ptime: 20,
    });
    expect(parseSessionDescription(serializeSessionDescription(description))).toEqual(description);
  });

  test('bare line feeds and a missing last line end are forgiven', () => {
    expect(parseSessionDescription(good.replaceAll('\r\n', '\n').trimEnd()).media).toHaveLength(1);
  });

  test('attributes nobody knows are kept', () => {
    const text = good.replace('a=ptime:20', 'a=x-our-own:thing');
    expect(serializeSessionDescription(parseSessionDescription(text))).toContain('a=x-our-own:thing');
  });

  test.each([
    ['', 'begin with v=0'],
    ['hello', 'begin with v=0'],
    [good.replace('o=- 1 2 IN IP4 192.0.2.1', 'o=-'), 'o= line'],
    [good.replace('m=audio 5000 RTP/AVP 0', 'm=audio'), 'm= line'],
    [good.replace('5000', '99999'), 'm= line'],
    [good.replace('a=ptime:20', 'nonsense'), 'line 7'],
    [`${good}a=x:${'y'.repeat(MAX_LENGTH)}\r\n`, 'longer'],
    [good + 'm=audio 1 RTP/AVP 0\r\n'.repeat(70), 'media lines'],
  ])('%# what is none is refused with 400 and a reason', (text, reason) => {
    expect(() => parseSessionDescription(text)).toThrowError(
      expect.objectContaining({ code: 'ERR_SDP_SYNTAX', status: 400 }),
    );
    expect(() => parseSessionDescription(text)).toThrowError(reason);
  });
});

describe('hostile input', () => {
  const answerer = () =>
    new OfferAnswer({
      origin: { sessionId: '1' },
      address: '192.0.2.1',
      port: 4000,
      codecs: [{ name: 'PCMU', clockRate: 8000 }],
    });

  const survives = (text: string) => {
    try {
      answerer().receiveOffer(text);
    } catch (error) {
      expect(error).toBeInstanceOf(SdpError);
    }
    const offerer = answerer();
    offerer.createOffer();
    try {
      offerer.receiveAnswer(text);
    } catch (error) {
      expect(error).toBeInstanceOf(SdpError);
    }
  };

  test('any text is a description or an SdpError', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), survives), { numRuns: 500, seed: 1 });
  });

  test('so is any mutation of a good one', () => {
    const mutation = fc.tuple(fc.nat(good.length), fc.nat(12), fc.string({ unit: 'binary-ascii', maxLength: 12 }));
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        survives(mutations.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), good));
      }),
      { numRuns: 2000, seed: 2 },
    );
  });
});
