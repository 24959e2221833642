import { describe, expect, test } from 'vitest';
import { namesOf, refuseIdentity } from './tls-identity';

const certificate = (subjectaltname: string | undefined, CN = 'cn.example.com') => ({
  subject: { CN } as never,
  ...(subjectaltname === undefined ? {} : { subjectaltname }),
});

describe('whom a certificate stands for (RFC 5922 §7.1)', () => {
  test('sip: URIs come first, and only those without a user', () => {
    const names = namesOf(
      certificate('URI:sip:Example.com, URI:sip:alice@example.com, URI:https://example.org, DNS:ns.example.net'),
    );
    expect(names.domains).toEqual(['example.com']);
  });

  test('then DNS names, then, without either, the common name', () => {
    expect(namesOf(certificate('DNS:a.example.com, DNS:b.example.com')).domains).toEqual([
      'a.example.com',
      'b.example.com',
    ]);
    expect(namesOf(certificate(undefined)).domains).toEqual(['cn.example.com']);
    expect(namesOf(certificate('IP Address:192.0.2.1'))).toEqual({
      domains: ['cn.example.com'],
      addresses: ['192.0.2.1'],
    });
  });

  test('a value that imitates the list of names is one value', () => {
    expect(namesOf(certificate('DNS:"evil.example\\", DNS:good.example"')).domains).toEqual([
      'evil.example", dns:good.example',
    ]);
  });
});

describe('whether it is who was asked for (RFC 5922 §7.3)', () => {
  test('whole names, in whatever case', () => {
    expect(refuseIdentity('EXAMPLE.com', certificate('DNS:example.COM'))).toBeUndefined();
    expect(refuseIdentity('example.com', certificate('DNS:sub.example.com'))).toMatchObject({
      code: 'ERR_SIP_TLS_IDENTITY',
      message: expect.stringContaining('not for example.com, but for sub.example.com'),
    });
  });

  test('no wildcards (§7.2), unless they are allowed: then for one label', () => {
    const wild = certificate('DNS:*.example.com');
    expect(refuseIdentity('pbx.example.com', wild)?.message).toContain('Wildcards do not count');
    expect(refuseIdentity('pbx.example.com', wild, true)).toBeUndefined();
    expect(refuseIdentity('a.pbx.example.com', wild, true)).toBeDefined();
    expect(refuseIdentity('example.com', wild, true)).toBeDefined();
  });

  test('addresses by their own entries, never by a name that looks like one', () => {
    expect(refuseIdentity('192.0.2.1', certificate('IP Address:192.0.2.1'))).toBeUndefined();
    expect(refuseIdentity('2001:db8::1', certificate('IP Address:2001:DB8:0:0:0:0:0:1'))).toBeUndefined();
    expect(refuseIdentity('192.0.2.1', certificate('DNS:192.0.2.1'))).toBeDefined();
  });
});
