import { bytesOf, type FuzzTarget, textOf } from '../../../tooling/fuzz/target';
import { parseAuth, parseAuthInfo } from '../src/auth/challenge';
import { bodyParts } from '../src/body/multipart';
import { formatSipFragment, parseSipFragment } from '../src/body/sipfrag';
import type { AnyHeader } from '../src/headers/codec';
import * as Header from '../src/headers/header';
import { headerName } from '../src/message/header-names';
import { Headers } from '../src/message/headers';
import { NameAddr } from '../src/message/name-addr';
import { SipRequest } from '../src/message/request';
import { decodeUtf8 } from '../src/message/text';
import { parseUri } from '../src/message/uri';
import { Via } from '../src/message/via';
import { SipInjectionError, SipSyntaxError } from '../src/platform/errors';
import { mutate } from './mutate';
import { samples } from './samples';

/** Values of all header fields of all samples, unfolded, and those of one name together. */
const values: Uint8Array[] = [];
for (const sample of samples) {
  const text = textOf(sample);
  const lines = text
    .slice(0, text.indexOf('\r\n\r\n'))
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  for (const line of lines.slice(1)) {
    const value = line.replace(/^[^:]*:\s*/, '').trimEnd();
    if (value.length < 2_000) values.push(bytesOf(value));
  }
}

/** All typed header fields. */
export const known = Object.values(Header) as AnyHeader[];
const byName = new Map(known.map((each) => [headerName(each.name).key, each]));

/** Values for a header field of a certain name, as the samples have them. */
const fitting = new Map<AnyHeader, Uint8Array[]>();
for (const sample of samples) {
  for (const line of textOf(sample).split('\r\n')) {
    const [, name = '', value = ''] = /^([A-Za-z-]+)[ \t]*:[ \t]*(.*)$/.exec(line) ?? [];
    const codec = name === '' ? undefined : byName.get(headerName(name).key);
    if (codec) fitting.set(codec, [...(fitting.get(codec) ?? []), bytesOf(value)]);
  }
}

/** Does it, and takes a {@link SipSyntaxError} for an answer. */
function attempt<Result>(what: () => Result): Result | undefined {
  try {
    return what();
  } catch (error) {
    if (error instanceof SipSyntaxError) return undefined;
    throw error;
  }
}

function same(what: string, first: string, second: string): void {
  if (first !== second) throw new Error(`${what}: ${JSON.stringify(first)} has become ${JSON.stringify(second)}.`);
}

const oneLine = (bytes: Uint8Array) => decodeUtf8(bytes).replaceAll(/[\r\n\0]/g, ' ');

/** Mutated values through every typed header field. */
export const headers: FuzzTarget = {
  name: 'headers',
  promise: 'A value or a SipSyntaxError; what is written of it, in one line, is read and written the same.',
  usual: 4_000,
  make(chance) {
    const codec = chance.pick(known);
    const from = chance.is(0.8) ? (fitting.get(codec) ?? values) : values;
    return [bytesOf(codec.name), mutate(chance.pick(from), chance, values, 3)];
  },
  check([name, value]) {
    const codec = byName.get(headerName(textOf(name!)).key)!;
    const given = new Headers([[codec.name, oneLine(value!)]]);
    const read = attempt(() => codec.read(given));
    if (read === undefined) return;
    const written = new Headers();
    try {
      codec.write(written, read as never);
    } catch (error) {
      // More is read than is written: an escaped line break, an agent of odd letters.
      if (error instanceof SipInjectionError || error instanceof SipSyntaxError) return;
      throw error;
    }
    const again = new Headers();
    codec.write(again, codec.read(written) as never);
    const [first, second] = [String([...written]), String([...again])];
    same(codec.name, first, second);
    if (/[\r\n\0]/.test(first)) throw new Error(`${codec.name} is more than one line: ${JSON.stringify(first)}.`);
  },
};

const addressReaders: [string, (text: string) => unknown][] = [
  ['parseUri', parseUri],
  ['NameAddr.parse', NameAddr.parse],
  ['NameAddr.parseList', NameAddr.parseList],
  ['Via.parse', Via.parse],
  ['Via.parseList', Via.parseList],
];

/** Mutated values as URIs, addresses and Via values. */
export const addresses: FuzzTarget = {
  name: 'addresses',
  promise: 'A URI, address or Via, or a SipSyntaxError; what is read is written, read and written the same.',
  usual: 4_000,
  make: (chance) => [mutate(chance.pick(values), chance, values, 3)],
  check([bytes]) {
    const text = decodeUtf8(bytes!);
    const candidates = [text, ...(text.match(/[a-z]+:[^>;,]+/gi) ?? [])];
    for (const candidate of candidates) {
      for (const [name, read] of addressReaders) {
        const found = attempt(() => read(candidate));
        if (found === undefined) continue;
        const written = String(found);
        same(`${name} of ${JSON.stringify(candidate)}`, written, String(read(written)));
      }
    }
    const uri = attempt(() => parseUri(text));
    if (uri !== undefined && !parseUri(String(uri)).equals(uri)) throw new Error(`${text} is not equal to itself.`);
  },
};

/** Mutated bodies and credentials: multipart, fragments of messages, challenges. */
export const bodies: FuzzTarget = {
  name: 'bodies',
  promise: 'Parts, a fragment or parameters, or a SipSyntaxError; a fragment is written and read the same.',
  usual: 2_000,
  make(chance) {
    const multipart = '--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-ID: <a@b>\r\n\r\n\r\n--b--\r\n';
    const auth = 'Digest realm="a, \\"b\\"", nonce="1", qop="auth,auth-int", stale=true, algorithm=MD5-sess';
    const fragment = 'SIP/2.0 200 OK\r\nTo: <sip:b@example.com>;tag=1\r\nContent-Type: a/b\r\n\r\nbody';
    return [multipart, auth, fragment].map((each) => mutate(bytesOf(each), chance, samples));
  },
  check([multipart, auth, fragment]) {
    for (const type of ['multipart/mixed;boundary=b', `multipart/mixed;boundary="${oneLine(auth!).slice(0, 20)}"`]) {
      attempt(() => {
        const request = SipRequest.create({ method: 'MESSAGE', uri: 'sip:a', headers: [['Content-Type', type]] });
        request.body = multipart!;
        return bodyParts(request);
      });
    }
    const text = oneLine(auth!);
    attempt(() => parseAuth(text));
    attempt(() => parseAuthInfo(text));
    const read = attempt(() => parseSipFragment(fragment!));
    if (read === undefined) return;
    const written = attempt(() => formatSipFragment(read));
    if (written !== undefined) same('fragment', textOf(written), textOf(formatSipFragment(parseSipFragment(written))));
  },
};
