import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SdpError } from '../errors';
import { refusal } from '../testing/parties';
import { parseTrickleFragment, serializeTrickleFragment } from './trickle-fragment';

const pwd = 'asd88fgpdd777uzjYhagZg';
const host = '1 1 UDP 2130706431 192.0.2.1 5000 typ host';
const relay = '2 1 UDP 1694498815 198.51.100.1 6000 typ relay raddr 192.0.2.1 rport 5000';

describe('fragments with candidates (RFC 8840 §9)', () => {
  test('are read, credentials at session level', () => {
    const text = [
      `a=ice-pwd:${pwd}`,
      'a=ice-ufrag:8hhY',
      'm=audio 9 RTP/AVP 0',
      'a=mid:1',
      `a=candidate:${host}`,
      `a=candidate:${relay}`,
      'm=audio 9 RTP/AVP 0',
      'a=mid:2',
      'a=end-of-candidates',
      '',
    ];
    expect(parseTrickleFragment(text.join('\r\n'))).toEqual({
      ufrag: '8hhY',
      pwd,
      sections: [
        { mid: '1', candidates: [host, relay], complete: false },
        { mid: '2', candidates: [], complete: true },
      ],
    });
  });

  test('are read with credentials in the section, and the end of candidates before all sections', () => {
    const text = `a=end-of-candidates\nm=audio 9 RTP/AVP 0\na=ice-ufrag:8hhY\na=ice-pwd:${pwd}\na=candidate:${host}`;
    expect(parseTrickleFragment(text).sections).toEqual([{ candidates: [host], complete: true }]);
  });

  test.each([
    ['no credentials', `m=audio 9 RTP/AVP 0\r\na=candidate:${host}`],
    ['a short password', 'a=ice-ufrag:8hhY\r\na=ice-pwd:short'],
    ['two ufrags', `a=ice-pwd:${pwd}\r\na=ice-ufrag:8hhY\r\nm=audio 9 RTP/AVP 0\r\na=ice-ufrag:other`],
    ['a candidate of no section', `a=ice-pwd:${pwd}\r\na=ice-ufrag:8hhY\r\na=candidate:${host}`],
    [
      'too many candidates',
      `a=ice-pwd:${pwd}\r\na=ice-ufrag:8hhY\r\nm=audio 9 RTP/AVP 0\r\n${`a=candidate:${host}\r\n`.repeat(101)}`,
    ],
    ['too many sections', `a=ice-pwd:${pwd}\r\na=ice-ufrag:8hhY\r\n${'m=audio 9 RTP/AVP 0\r\n'.repeat(65)}`],
  ])('are refused with %s', (_, text) => {
    expect(refusal(() => parseTrickleFragment(text))).toMatchObject({ code: 'ERR_SDP_SYNTAX', status: 400 });
  });

  test('are not written with a line end in a value', () => {
    const sections = [{ candidates: [`${host}\r\na=x`], complete: false }];
    expect(refusal(() => serializeTrickleFragment({ ufrag: '8hhY', pwd, sections })).code).toBe('ERR_SDP_VALUE');
    expect(refusal(() => serializeTrickleFragment({ ufrag: '8\nhhY', pwd, sections: [] })).code).toBe('ERR_SDP_VALUE');
  });

  test('are read as they were written', () => {
    const section = fc.record(
      {
        mid: fc.stringMatching(/^[a-z0-9]{1,8}$/),
        candidates: fc.array(fc.constantFrom(host, relay)),
        complete: fc.boolean(),
      },
      { requiredKeys: ['candidates', 'complete'] },
    );
    fc.assert(
      fc.property(fc.array(section, { maxLength: 5 }), (sections) => {
        const fragment = { ufrag: '8hhY', pwd, sections };
        expect(parseTrickleFragment(serializeTrickleFragment(fragment))).toEqual(fragment);
      }),
      { seed: 1 },
    );
  });

  test('of any text end in a fragment or an SdpError', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'm=',
        'a=mid:1',
        'a=ice-ufrag:8hhY',
        `a=ice-pwd:${pwd}`,
        'a=candidate:',
        'a=',
        ':',
        'a=end-of-candidates',
      ),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    let read = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        try {
          parseTrickleFragment(lines.join('\n'));
          read++;
        } catch (error) {
          if (!(error instanceof SdpError)) throw error;
        }
      }),
      { numRuns: 2000, seed: 2 },
    );
    expect(read).toBeGreaterThan(0);
  });
});
