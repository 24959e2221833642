import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SipRequest } from '../message/request';
import { decodeUtf8, encodeUtf8 } from '../message/text';
import { SipSyntaxError } from '../platform/errors';
import { seededRandomBytes } from '../testing/seeded-random';
import { bodyPart, bodyParts, formatMultipart, isOptional, parseMultipart } from './multipart';

const invite = (contentType: string | undefined, body: string | Uint8Array) =>
  SipRequest.create({ method: 'INVITE', uri: 'sip:a@b' }).setBody(contentType, body);

const split = (body: string, boundary = 'b') =>
  parseMultipart(encodeUtf8(body), `multipart/mixed;boundary="${boundary}"`).map((part) => [
    Object.fromEntries(part.headers),
    decodeUtf8(part.body),
  ]);

describe('reading (RFC 2046 §5.1, RFC 5621 §3)', () => {
  test('preamble and epilogue are no parts; the line end before a boundary belongs to it', () => {
    expect(
      split('preamble\r\n--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b  \r\n\r\ntwo\r\n\r\n--b--\r\nepilogue'),
    ).toEqual([
      [{ 'Content-Type': 'text/plain' }, 'one'],
      [{}, 'two\r\n'],
    ]);
  });

  test('LF alone ends lines too; a boundary with more behind it is content', () => {
    expect(split('--b\nA: 1\n\nx\n--bc\ny\n--b--')).toEqual([[{ A: '1' }, 'x\n--bc\ny']]);
  });

  test('empty parts, folded header fields, a body that lost its end', () => {
    expect(split('--b\r\n\r\n\r\n--b\r\n--b\r\nA: 1\r\n 2\r\n\r\nrest')).toEqual([
      [{}, ''],
      [{}, ''],
      [{ A: '1 2' }, 'rest'],
    ]);
  });

  test.each([
    ['no boundary in Content-Type', 'multipart/mixed', '--b\r\n\r\nx'],
    ['a boundary too long', `multipart/mixed;boundary=${'b'.repeat(71)}`, 'x'],
    ['no boundary line', 'multipart/mixed;boundary=b', 'x'],
    ['no header field', 'multipart/mixed;boundary=b', '--b\r\nnonsense\r\n\r\nx'],
    ['too many header fields', 'multipart/mixed;boundary=b', `--b\r\n${'A: 1\r\n'.repeat(40)}\r\nx`],
    ['too many parts', 'multipart/mixed;boundary=b', `${'--b\r\n\r\nx\r\n'.repeat(40)}--b--`],
  ])('%s is refused', (_, type, body) => {
    expect(() => parseMultipart(encodeUtf8(body), type)).toThrow(SipSyntaxError);
  });
});

describe('parts of a message', () => {
  const sdp = 'v=0\r\n';
  const mixed = formatMultipart(
    [
      { contentType: 'application/sdp', body: sdp, disposition: { type: 'session' } },
      {
        contentType: 'application/pidf+xml',
        body: '<presence/>',
        disposition: { type: 'render', handling: 'optional' },
        contentId: 'target123@atlanta.example.com',
      },
    ],
    'mixed',
    seededRandomBytes(1),
  );

  test('the session description is found alone, in multipart, and in multipart in multipart', () => {
    const nested = formatMultipart([{ contentType: 'text/plain', body: 'hi' }, mixed]);
    for (const message of [
      invite('Application/SDP;x=y', sdp),
      invite(mixed.contentType, mixed.body),
      invite(nested.contentType, nested.body),
    ]) {
      expect(decodeUtf8(bodyPart(message, 'application/sdp')!.body)).toBe(sdp);
      expect(bodyPart(message, 'application/isup')).toBeUndefined();
    }
    expect(bodyParts(invite(nested.contentType, nested.body)).map((part) => part.headers.get('Content-Type'))).toEqual([
      'text/plain',
      'application/sdp',
      'application/pidf+xml',
    ]);
    expect(bodyPart(invite(undefined, ''), 'application/sdp')).toBeUndefined();
    expect(bodyParts(invite(undefined, ''))).toEqual([]);
  });

  test('handling=optional tells what may be passed over (RFC 5621 §8.2)', () => {
    const [session, location] = bodyParts(invite(mixed.contentType, mixed.body));
    expect([isOptional(session!), isOptional(location!)]).toEqual([false, true]);
    expect(location!.headers.get('Content-ID')).toBe('<target123@atlanta.example.com>');
    const odd = invite('text/plain', 'x');
    odd.headers.set('Content-Disposition', ';;');
    expect(isOptional(bodyParts(odd)[0]!)).toBe(false);
  });

  test('neither depth nor number without end', () => {
    let body = { contentType: 'text/plain', body: encodeUtf8('x') };
    for (let level = 0; level < 5; level++) body = formatMultipart([body]);
    expect(() => bodyParts(invite(body.contentType, body.body))).toThrow(/nested/);
    expect(() => bodyParts(invite(mixed.contentType, mixed.body), { parts: 1 })).toThrow(SipSyntaxError);
  });
});

describe('writing', () => {
  test('what is written is read again, whatever the octets', () => {
    const part = fc.record({ contentType: fc.constantFrom('text/plain', 'application/x'), body: fc.uint8Array() });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const { contentType, body } = formatMultipart(parts, 'mixed', seededRandomBytes(3));
        const read = parseMultipart(body, contentType);
        expect(
          read.map((each) => ({ contentType: each.headers.get('Content-Type'), body: Uint8Array.from(each.body) })),
        ).toEqual(parts);
      }),
    );
  });

  test('the boundary stands in no part', () => {
    const random = seededRandomBytes(5);
    const first = formatMultipart([{ contentType: 'text/plain', body: 'x' }], 'mixed', seededRandomBytes(5));
    const second = formatMultipart([{ contentType: first.contentType, body: first.body }], 'mixed', random);
    expect(second.contentType).not.toBe(first.contentType);
  });

  test('nothing breaks out of its header field', () => {
    const body = 'x';
    expect(() => formatMultipart([{ contentType: 'a/b\r\nX: y', body }])).toThrow();
    expect(() => formatMultipart([{ contentType: 'a/b', body, contentId: 'x>' }])).toThrow(SipSyntaxError);
    expect(() => formatMultipart([{ contentType: 'a/b', body }], 'mixed;x')).toThrow(SipSyntaxError);
    expect(() => formatMultipart([])).toThrow(SipSyntaxError);
  });

  test('a NUL in a header field of a part is malformed, not an injection of ours', () => {
    const text = '--b\r\nContent-ID: <a\0b>\r\n\r\nx\r\n--b--\r\n';
    expect(() => parseMultipart(encodeUtf8(text), 'multipart/mixed;boundary=b')).toThrow(SipSyntaxError);
  });

  test('any octets are split or refused', () => {
    const pieces = fc.constantFrom('--b', '--', '\r\n', '\n', '\r', 'A: 1', ':', ' ', 'x', '\u0000');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (all) => {
        try {
          parseMultipart(encodeUtf8(all.join('')), 'multipart/mixed;boundary=b');
        } catch (error) {
          expect(error).toBeInstanceOf(SipSyntaxError);
        }
      }),
    );
  });
});
