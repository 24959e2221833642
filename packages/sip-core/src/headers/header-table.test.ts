import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Headers } from '../message/headers';
import { SipInjectionError, SipSyntaxError } from '../platform/errors';
import { type AnyHeader, ListHeader, SingleHeader } from './codec';
import * as Header from './header';

const codecs = Object.entries(Header) as [string, AnyHeader][];

test('the table of docs/headers.md names each codec, its header field and where it is defined, and no others', () => {
  const text = readFileSync(new URL('../../docs/headers.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([^`]+)` \| ([^|]+) \| `Header\.(\w+)` \| (one|list) \|/gm)].map((row) =>
    row.slice(1).join(' | '),
  );
  const expected = codecs.map(
    ([key, codec]) => `${codec.name} | ${codec.reference} | ${key} | ${codec instanceof ListHeader ? 'list' : 'one'}`,
  );
  expect(rows).toEqual(expected.sort());
});

test.each(codecs)('%s is called as its header field is, without hyphens', (key, codec) => {
  expect(codec).toSatisfy((value) => value instanceof SingleHeader || value instanceof ListHeader);
  expect(key.toLowerCase()).toBe(codec.name.toLowerCase().replaceAll('-', ''));
});

describe('hostile values get a SipSyntaxError that names the header field, or are read', () => {
  const pieces = fc.constantFrom(
    ...[
      '"',
      '\\',
      '<',
      '>',
      ';',
      ',',
      '=',
      '(',
      ')',
      '*',
      '.',
      '/',
      '?',
      '%',
      '%00',
      ':',
      '@',
      ' ',
      '\t',
      '\u0000',
      '\r\nX: y',
    ],
    ...[
      'sip:a@b',
      'tel:+1',
      'index',
      'reason',
      '1',
      '0x',
      '99999999999999999999',
      'é',
      '\ud800',
      'rc=1',
      'q=',
      'SIP/2.0',
    ],
  );
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
  );

  test.each(codecs)('%s', (_, codec) => {
    fc.assert(
      fc.property(hostile, (text) => {
        let value: ReturnType<AnyHeader['parse']>;
        try {
          value = codec.parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SipSyntaxError);
          expect((error as SipSyntaxError).header).toBe(codec.name);
          return;
        }
        // What was read may have no strict form; when it has one, that is read as the same again, and stays in its line.
        let written: string;
        try {
          written = codec.format(value);
        } catch (error) {
          expect(error).toSatisfy((each) => each instanceof SipSyntaxError || each instanceof SipInjectionError);
          return;
        }
        new Headers().append(codec.name, written);
        if (written !== '') expect(codec.format(codec.parse(written))).toBe(written);
      }),
      { numRuns: 150 },
    );
  });

  test.each(codecs)('%s takes no time over a long value', (_, codec) => {
    const began = performance.now();
    for (const piece of [' ', '(', '"', ';', ',', '<', 'a', '\\', '.', '/', '=', ';a=b', '<sip:a@b>,', '1 ', 'a/b ']) {
      try {
        codec.parse(piece.repeat(40_000 / piece.length));
      } catch (error) {
        expect(error).toBeInstanceOf(SipSyntaxError);
      }
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
