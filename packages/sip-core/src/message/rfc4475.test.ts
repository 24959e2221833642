import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SipSyntaxError } from '../platform/errors';
import type { NameAddr } from './name-addr';
import { parseMessage } from './parse';
import { SipRequest } from './request';
import type { SipResponse } from './response';
import { expectations, expectationTable } from './rfc4475-expectations';
import { serializeMessage } from './serialize';
import { readAll } from './testing/read-all';
import type { OtherUri, SipUri } from './uri';
import { errorResponse, validateRequest, validateResponse } from './validate';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = join(process.env.OFFHOOK_VECTORS ?? join(root, '../shared/vectors'), 'rfc4475');
const present = existsSync(folder);
const vector = (file: string) => new Uint8Array(readFileSync(join(folder, `${file}.dat`)));

test('the table in docs/rfc4475.md says what is expected here', async () => {
  await expect(expectationTable()).toMatchFileSnapshot('../../docs/rfc4475.md');
});

test('all 49 messages have an expectation, once', () => {
  expect(new Set(expectations.map(({ file }) => file)).size).toBe(49);
  expect(expectations).toHaveLength(49);
});

if (!present) {
  test.skip(`The messages of RFC 4475 are not at ${folder}: set OFFHOOK_VECTORS to the folder above them.`, () => {});
}

describe.runIf(present)('the torture messages of RFC 4475', () => {
  test('are the ones expected', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.dat'));
    expect(files.map((file) => file.replace(/\.dat$/, '')).sort()).toEqual(expectations.map(({ file }) => file).sort());
  });

  describe.each(expectations)('$section $file: $about', (expected) => {
    test('is taken or refused as the table says', () => {
      const outcome = receive(vector(expected.file));
      const { parse, validate, status, answerable } = expected;
      expect(outcome).toEqual({
        parse,
        ...(validate && { validate }),
        ...(status && { status }),
        ...(status && { answerable }),
      });
    });

    if (expected.parse === 'refused') return;
    test('comes out of the serializer with the same meaning', () => {
      const message = parseMessage(vector(expected.file));
      const written = serializeMessage(message);
      const again = parseMessage(written, { stream: true });
      expect([...again.headers].filter(([name]) => !/^(l|content-length)$/i.test(name))).toEqual(
        [...message.headers].filter(([name]) => !/^(l|content-length)$/i.test(name)),
      );
      expect(again.body).toEqual(message.body);
      expect(serializeMessage(again)).toEqual(written);
    });
  });

  test('mutated, they give a message or a SipSyntaxError, nothing else', () => {
    const effort = Number(process.env.OFFHOOK_FUZZ_RUNS ?? 1);
    const seed = Number(process.env.OFFHOOK_FUZZ_SEED ?? 4475);
    const originals = expectations.map(({ file }) => vector(file));
    const change = fc.record({
      at: fc.nat(4000),
      remove: fc.nat(4),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 3 }),
        fc
          .constantFrom('\r\n', '\r\n ', '\n', '"', '<', '>', ';', ',', '%', '\\', ':', '\0', ' ')
          .map((text) => new TextEncoder().encode(text)),
      ),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(change, { minLength: 1, maxLength: 5 }),
        (original, changes) => {
          let bytes = [...original];
          for (const { at, remove, insert } of changes) {
            const place = at % bytes.length;
            bytes = [...bytes.slice(0, place), ...insert, ...bytes.slice(place + remove)];
          }
          readAll(Uint8Array.from(bytes));
        },
      ),
      { seed, numRuns: 2000 * effort },
    );
  });
});

describe.runIf(present)('what the messages of RFC 4475 mean', () => {
  const request = (file: string) => parseMessage(vector(file)) as SipRequest;
  const response = (file: string) => parseMessage(vector(file)) as SipResponse;

  test('wsinv: white space and folds are no part of the values', () => {
    const message = request('wsinv');
    expect(message.to.tag).toBe('1918181833n');
    expect(message.from).toMatchObject({ displayName: 'J Rosenberg \\"', tag: '98asjd8' });
    expect(message).toMatchObject({ maxForwards: 68, contentLength: 150, cseq: { sequence: 9, method: 'INVITE' } });
    expect(message.vias.map((via) => [via.transport, via.host, via.branch])).toEqual([
      ['UDP', '192.0.2.2', '390skdjuw'],
      ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
      ['UDP', '192.168.255.111', 'z9hG4bK30239'],
    ]);
    expect(message.headers.get('Subject')).toBe('');
    expect(message.headers.get('NewFangledHeader')).toBe('newfangled value continued newfangled value');
    expect(message.headers.get('UnknownHeaderWithUnusualValue')).toBe(';;,,;;,;');
    expect(message.routes[0]!.sipUri!.params.get('unknownwith')).toBe('value');
    expect(message.contact).toMatchObject({ displayName: 'Quoted string ""' });
    expect([...message.contact!.params]).toEqual([
      ['newparam', 'newvalue'],
      ['secondparam', ''],
      ['q', '0.33'],
    ]);
  });

  test('intmeth: every character the grammar allows', () => {
    const message = request('intmeth');
    expect(message.method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
    expect((message.uri as SipUri).user).toBe("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    expect((message.uri as SipUri).password).toBe("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
    expect(message.to.displayName).toBe('BEL:\x07 NUL:\0 DEL:\x7f');
    expect(message.from.displayName).toBe("token1~` token2'+_ token3*%!.-");
    expect(message.from.params.get("fromParam''~+*_!.-%")).toBe('работающий');
    expect(message.headers.get("extensionHeader-!.%*+_`'~")).toBe('\ufeff大停電');
    expect(message.callId).toBe('intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{');
  });

  test('esc01: escapes are undone once, also in the name of a parameter', () => {
    const message = request('esc01');
    expect((message.uri as SipUri).user).toBe('sips:user@example.com');
    expect(message.to.sipUri!.user).toBe('user');
    expect(message.from.sipUri!.user).toBe('I have spaces');
    const contact = message.contact!.sipUri!;
    expect(contact.user).toBe('caller');
    expect(contact.params.has('lr')).toBe(true);
    expect(contact.params.get('name')).toBe('value%41');
  });

  test('escnull: a NUL is a character like another', () => {
    expect(request('escnull').to.sipUri!.user).toBe('null-\0-null');
    expect((request('escnull').contacts as NameAddr[]).map((contact) => contact.sipUri!.user)).toEqual(['\0', '\0\0']);
  });

  test('esc02: a percent sign is no escape in a method, display name or header name', () => {
    const message = request('esc02');
    expect(message.method).toBe('RE%47IST%45R');
    expect(message.to.displayName).toBe('%Z%45');
    expect(message.headers.get('C%6Fntact')).toBe('<sip:alias2@host2.example.com>');
    expect(message.contacts).toHaveLength(2);
  });

  test('lwsdisp, longreq, transports, semiuri', () => {
    expect(request('lwsdisp').from.displayName).toBe('caller');
    expect(request('longreq').from.sipUri!.user).toMatch(/^amazinglylongcallername/);
    expect(request('longreq').vias).toHaveLength(34);
    expect(request('transports').vias.map((via) => via.transport)).toEqual(['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP']);
    expect(request('semiuri').uri).toMatchObject({ user: 'user;par=u@example.net', host: 'example.com' });
  });

  test('dblreq: what follows the body is dropped', () => {
    expect(request('dblreq')).toMatchObject({ method: 'REGISTER', body: new Uint8Array(0) });
  });

  test('mpart01: the body is as long as it says, byte for byte', () => {
    const bytes = vector('mpart01');
    expect(request('mpart01').body).toEqual(bytes.subarray(bytes.length - 553));
  });

  test('unreason, noreason', () => {
    expect(response('unreason').reason).toBe('= 2**3 * 5**2 но сто девяносто девять - простое');
    expect(response('noreason')).toMatchObject({ status: 100, reason: '' });
  });

  test('unknown schemes are read', () => {
    expect(request('unkscm').uri).toMatchObject({ scheme: 'nobodyknowsthisscheme', rest: 'totallyopaquecontent' });
    expect((request('novelsc').uri as OtherUri).scheme).toBe('soap.beep');
    expect(request('unksm2').from).toMatchObject({ uri: { scheme: 'http' }, tag: '3234233' });
  });

  test('cparam01, cparam02, regescrt: what belongs to the header field, and what to the URI', () => {
    expect(request('cparam01').contact!.params.has('unknownparam')).toBe(true);
    expect(request('cparam01').contact!.sipUri!.params.size).toBe(0);
    expect(request('cparam02').contact!.params.size).toBe(0);
    expect(request('cparam02').contact!.sipUri!.params.has('unknownparam')).toBe(true);
    expect(request('regescrt').contact!.sipUri!.headers).toEqual([['Route', '<sip:sip.example.com>']]);
  });

  test('a 400 to each that can be answered carries its header fields back', () => {
    for (const { file } of expectations.filter((each) => each.answerable)) {
      const answer = errorResponse(fault(vector(file))!, 'tag')!;
      const read = parseMessage(serializeMessage(answer), { stream: true }) as SipResponse;
      expect(read.headers.get('Call-ID'), file).toContain(file);
      expect(read.headers.get('To'), file).toContain('tag=');
    }
  });
});

function fault(bytes: Uint8Array): SipSyntaxError | undefined {
  try {
    const message = parseMessage(bytes);
    return message instanceof SipRequest ? validateRequest(message) : validateResponse(message);
  } catch (error) {
    if (error instanceof SipSyntaxError) return error;
    throw error;
  }
}

function receive(bytes: Uint8Array): object {
  let parsed = false;
  try {
    const message = parseMessage(bytes);
    parsed = true;
    const found = message instanceof SipRequest ? validateRequest(message) : validateResponse(message);
    if (found === undefined) return { parse: 'taken', validate: 'taken' };
    return { parse: 'taken', validate: 'refused', status: found.status, answerable: found.answerable };
  } catch (error) {
    if (parsed || !(error instanceof SipSyntaxError)) throw error;
    return { parse: 'refused', status: error.status, answerable: error.answerable };
  }
}
