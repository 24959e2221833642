import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const tooLong = 'x'.repeat(9000);

describe.each([
  ['with the buffers of Node.js', globalThis.Buffer],
  ['in a browser', undefined],
  ['in a browser with a copy of Buffer', class Copy {}],
])('text %s', (_, buffer) => {
  let text: typeof import('./text');
  let message: typeof import('./parse') & typeof import('./serialize');

  beforeEach(async () => {
    vi.stubGlobal('Buffer', buffer);
    vi.resetModules();
    text = await import('./text');
    message = { ...(await import('./parse')), ...(await import('./serialize')) };
  });
  afterEach(() => vi.unstubAllGlobals());

  test('is UTF-8, byte order marks and NULs included', () => {
    for (const sample of ['', 'plain', 'Grüße', '大停電 🎉', '\ufeffx', 'a\0b', tooLong, `${tooLong}ü`]) {
      expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(text.encodeUtf8(sample))).toBe(sample);
      expect(text.decodeUtf8(text.encodeUtf8(sample))).toBe(sample);
    }
    expect(text.decodeUtf8(Uint8Array.of(97, 0xff, 98))).toBe('a\ufffdb');
    expect(text.decodeUtf8(text.encodeUtf8('abcdef'), 2, 4)).toBe('cd');
    expect(text.decodeUtf8(text.encodeUtf8('\ud800'))).toBe('\ufffd');
  });

  test('is followed by a body in one piece', () => {
    expect([...text.encodeWithBody('aü', Uint8Array.of(255, 0))]).toEqual([97, 0xc3, 0xbc, 255, 0]);
    expect(text.encodeWithBody('', new Uint8Array(0))).toHaveLength(0);
  });

  test('carries messages', () => {
    for (const subject of ['plain', 'Grüße', tooLong.slice(0, 8000)]) {
      const head = `INFO sip:a@b SIP/2.0\r\nSubject: ${subject}\r\nv: SIP/2.0/UDP h;branch=z\r\nContent-Length: 5\r\n\r\n`;
      const bytes = new TextEncoder().encode(`${head}b\u00f6dy`);
      const read = message.parseMessage(bytes, { stream: true });
      expect(read.headers.get('Subject')).toBe(subject);
      expect(read.via.host).toBe('h');
      expect(read.text).toBe('bödy');
      expect(message.serializeMessage(read)).toEqual(bytes);
    }
  });

  test('a view into a larger buffer is read where it lies', () => {
    const inner = new TextEncoder().encode('OPTIONS sip:a SIP/2.0\r\nSubject: x\r\n\r\nbody');
    const outer = new Uint8Array(inner.length + 20).fill(33);
    outer.set(inner, 10);
    const read = message.parseMessage(outer.subarray(10, 10 + inner.length));
    expect(read.headers.get('Subject')).toBe('x');
    expect(read.text).toBe('body');
  });
});
