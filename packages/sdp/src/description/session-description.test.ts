import { describe, expect, test } from 'vitest';
import { refusal } from '../testing/parties';
import { MAX_LENGTH, MAX_LINES, parseSessionDescription, serializeSessionDescription } from './session-description';

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
    expect(serializeSessionDescription(description)).toBe(good);
  });

  test('bare line feeds, a missing last line end, and missing s= and t= lines are forgiven', () => {
    const poor = good
      .replace(/[st]=.*\r\n/g, '')
      .replaceAll('\r\n', '\n')
      .trimEnd();
    expect(parseSessionDescription(poor).media).toHaveLength(1);
  });

  test('attributes nobody knows are kept', () => {
    const text = good.replace('a=ptime:20', 'a=x-our-own:thing');
    expect(serializeSessionDescription(parseSessionDescription(text))).toContain('a=x-our-own:thing');
  });

  test.each([
    ['m=audio 5000 RTP/AVP 0 8 101', { type: 'audio', port: 5000, protocol: 'RTP/AVP', payloads: '0 8 101' }],
    ['m=video 49170/2 RTP/AVP 31', { type: 'video', port: 49170, protocol: 'RTP/AVP', payloads: '31' }],
    ['m=x-note 9 TCP/x-note.1 *', { type: 'x-note', port: 9, protocol: 'TCP/x-note.1', payloads: '*' }],
    ['m=audio  5000  RTP/AVP  0 ', { type: 'audio', port: 5000, protocol: 'RTP/AVP', payloads: '0' }],
    ['m=audio 5000 RTP/AVP', { type: 'audio', port: 5000, protocol: 'RTP/AVP', payloads: '' }],
  ])('%s', (line, parts) => {
    expect(parseSessionDescription(good.replace('m=audio 5000 RTP/AVP 0', line)).media[0]).toMatchObject(parts);
  });

  test('attributes stay with the media line above them', () => {
    const { media } = parseSessionDescription(
      `${good}m=x 9 y *\r\na=recvonly\r\nm=audio 6000 RTP/AVP 8\r\na=ptime:30\r\n`,
    );
    expect(media.map(({ ptime, direction }) => [ptime, direction])).toEqual([
      [20, undefined],
      [undefined, 'recvonly'],
      [30, undefined],
    ]);
  });

  test.each([
    ['', 'begin with v=0'],
    ['hello', 'begin with v=0'],
    [good.replace('o=- 1 2 IN IP4 192.0.2.1', 'o=-'), 'o= line'],
    [good.replace('m=audio 5000 RTP/AVP 0', 'm=audio'), 'the m= line "m=audio" is wrong'],
    [good.replace('5000', '99999'), 'm= line'],
    [good.replace('5000', '-1'), 'm= line'],
    [good.replace('5000', '5000/x'), 'm= line'],
    [good.replace('audio', 'au"dio'), 'm= line'],
    [good.replace('a=ptime:20', 'nonsense'), 'line 7'],
    [good.replace('a=ptime:20', 'a=x\0y'), 'NUL'],
    [`${good}a=x:${'y'.repeat(MAX_LENGTH)}\r\n`, 'longer'],
    [good + 'a=x\r\n'.repeat(MAX_LINES), 'lines'],
    [good + 'm=audio 1 RTP/AVP 0\r\n'.repeat(70), 'media lines'],
  ])('%# what is none is refused with 400 and a reason', (text, reason) => {
    const error = refusal(() => parseSessionDescription(text));
    expect(error).toMatchObject({ code: 'ERR_SDP_SYNTAX', status: 400 });
    expect(error.message).toContain(reason);
  });
});

describe('writing', () => {
  test.each(['a\r\nm=video 1 RTP/AVP 31', 'a\nb', 'a\rb', 'a\0b'])(
    'a value with a line end or a NUL is refused',
    (name) => {
      const description = { ...parseSessionDescription(good), name };
      expect(refusal(() => serializeSessionDescription(description))).toMatchObject({ code: 'ERR_SDP_VALUE' });
    },
  );
});
