import { describe, expect, it } from 'vitest';
import { SipUri } from '../message/uri';
import { redactTrace } from '../trace/redact-trace';
import { SipError } from './errors';
import type { Logger } from './logger';
import { redactingLogger, redactText, redactValue } from './redact';

const cases: [text: string, secret: string][] = [
  ['Authorization: Digest username="bob", response="6629fae49393a05397450978507c4ef1", uri="sip:x"', '6629fae4'],
  ['Digest username="bob",cnonce="0a4f113b",response = "aabbcc"', 'aabbcc'],
  ['Digest cnonce=0a4f113b, qop=auth', '0a4f113b'],
  ['Authorization: Basic Ym9iOnphbnppYmFy', 'Ym9i'],
  ['Proxy-Authorization: Bearer eyJhbGciOi.J9.x-y', 'eyJh'],
  ['INVITE sip:alice:zanzibar@example.com SIP/2.0', 'zanzibar'],
  ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4', 'WVNf'],
  ['v=0\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n', 'asd88'],
  ['v=0\r\nk=clear:topsecret\r\n', 'topsecret'],
  ['a=key-mgmt:mikey AQAFgM0XflABAAAAAAAAAAAAAAsAyO', 'AQAF'],
  ['sip:h?access_token=abcdef&x=1', 'abcdef'],
];

describe('secrets in texts', () => {
  it.each(cases)('%s', (text, secret) => {
    expect(redactText(text)).not.toContain(secret);
    const bytes = new TextEncoder().encode(text);
    const masked = redactTrace(bytes);
    expect(masked).toHaveLength(bytes.length);
    expect(new TextDecoder().decode(masked)).not.toContain(secret);
    expect(new TextDecoder().decode(bytes)).toBe(text);
  });

  it('leave the rest as it is', () => {
    const text = 'Digest username="bob", realm="r", nonce="n", uri="sip:a@b:5060", response="x", algorithm=MD5';
    expect(redactText(text)).toBe(text.replace('response="x"', 'response="***"'));
    const plain = 'INVITE sip:alice@example.com:5060;transport=tcp SIP/2.0\r\nWWW-Authenticate: Digest nonce="1"';
    expect(redactText(plain)).toBe(plain);
    const bytes = new TextEncoder().encode(plain);
    expect(redactTrace(bytes)).toBe(bytes);
  });

  it('take no longer to find in what was made to be slow', () => {
    const hostile = ['sip:a:', 'response="', 'password  ', 'inline:', 'basic ', 'a=key-mgmt:'].map((each) =>
      each.repeat(Math.floor(65_000 / each.length)),
    );
    const began = performance.now();
    for (const text of hostile) redactText(text);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('secrets in what is logged', () => {
  it('are masked by the names of properties, however deep', () => {
    const value = {
      user: 'bob',
      options: { credentials: { password: 'zanzibar' }, tlsKey: 'k', list: [{ ha1: 'h' }] },
    };
    const shown = JSON.stringify(redactValue(value));
    expect(shown).toContain('bob');
    for (const secret of ['zanzibar', '"k"', '"h"']) expect(shown).not.toContain(secret);
  });

  it('are masked in errors and their causes, which stay what they are', () => {
    const inner = Object.assign(new TypeError('Digest response="topsecret"'), { password: 'zanzibar' });
    const error = new SipError('Failed for sip:bob:zanzibar@h.', { code: 'ERR_SIP_X', status: 400, cause: inner });
    const shown = redactValue({ error }) as { error: SipError };
    expect(shown.error).toBeInstanceOf(SipError);
    expect(shown.error).toMatchObject({ code: 'ERR_SIP_X', status: 400, message: 'Failed for sip:bob:***@h.' });
    expect(shown.error.cause).toBeInstanceOf(TypeError);
    const { message, password } = shown.error.cause as TypeError & { password: string };
    expect([message, password]).toEqual(['Digest response="***"', '***']);
    expect(shown.error.stack).not.toContain('zanzibar');
  });

  it('do not hide behind circles, bytes, URIs, maps or what cannot be read', () => {
    const circle: Record<string, unknown> = {
      uri: new SipUri({ user: 'bob', password: 'zanzibar', host: 'h' }),
      bytes: new Uint8Array(9),
      map: new Map([['password', 'zanzibar']]),
      broken: {
        toString: () => {
          throw new Error('zanzibar');
        },
      },
    };
    circle.self = circle;
    const shown = redactValue(circle) as Record<string, unknown>;
    expect(shown.self).toBe(shown);
    expect(shown.bytes).toBe('[9 bytes]');
    expect(shown.uri).toBe('sip:bob:***@h');
    delete shown.self;
    expect(JSON.stringify(shown)).not.toContain('zanzibar');
  });

  it('cost nothing when the level is not written', () => {
    const lines: unknown[] = [];
    const write = (data: object, message: string) => lines.push([data, message]);
    const logger: Logger = {
      debug: write,
      info: write,
      warn: write,
      error: write,
      isLevelEnabled: (level) => level !== 'debug',
    };
    const redacting = redactingLogger(logger);
    expect(redactingLogger(redacting)).toBe(redacting);
    const data = {
      get password(): string {
        throw new Error('read');
      },
    };
    redacting.debug(data, 'x');
    redacting.warn({ password: 'zanzibar', to: 'sip:a:b@c' }, 'for sip:a:b@c');
    expect(lines).toEqual([[{ password: '***', to: 'sip:a:***@c' }, 'for sip:a:***@c']]);
  });
});
