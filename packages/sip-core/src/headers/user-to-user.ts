import type { Params } from '../message/params';
import { quote } from '../message/quoting';
import { decodeUtf8, encodeUtf8 } from '../message/text';
import { SipSyntaxError } from '../platform/errors';
import { ListHeader } from './codec';
import { checkToken, formatParams, ParamReader, parseParameterized, parseQuoted, present } from './grammar';

/** Data that the network hands from one user to the other as it is (RFC 7433 §4.1). */
export interface UserToUser {
  /** The octets: those that the hexadecimal digits stand for, or the text as UTF-8. */
  readonly data: Uint8Array;
  /** `hex`, or absent for a text. */
  readonly encoding?: 'hex' | undefined;
  /** Whose data it is, such as `isdn-uui` or `isdn-interwork`; absent means `isdn-uui`. */
  readonly purpose?: string | undefined;
  /** What the data is, such as `isdn-uui`. */
  readonly content?: string | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `User-to-User: 56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar` (RFC 7433 §4.1). */
export const UserToUser = new ListHeader<UserToUser>('User-to-User', 'RFC 7433 §4.1', {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const reader = new ParamReader(params);
    const encoding = reader.text('encoding')?.toLowerCase();
    if (encoding !== undefined && encoding !== 'hex') {
      throw new SipSyntaxError(`The encoding "${encoding}" is unknown; read the header field as text.`);
    }
    const plain = value.startsWith('"') ? parseQuoted(value) : checkToken(value, 'user data');
    return present({
      data: encoding === 'hex' ? fromHex(plain) : encodeUtf8(plain),
      encoding,
      purpose: reader.text('purpose'),
      content: reader.text('content'),
      params: reader.rest(),
    });
  },
  format({ data, encoding, purpose, content, params }) {
    if (encoding !== undefined && encoding !== 'hex') {
      throw new SipSyntaxError(
        `The encoding "${encoding as string}" is none that we write; give hex, or none for a text.`,
      );
    }
    const value = encoding === 'hex' ? toHex(data) : quote(textOf(data));
    return value + formatParams({ encoding, purpose, content }, params);
  },
});

function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) {
    throw new SipSyntaxError('Data in hexadecimal is pairs of digits 0-9 and a-f.');
  }
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}

function toHex(data: Uint8Array): string {
  if (data.length === 0) throw new SipSyntaxError('There is no data to write in hexadecimal.');
  let text = '';
  for (const octet of data) text += octet.toString(16).padStart(2, '0');
  return text;
}

function textOf(data: Uint8Array): string {
  const text = decodeUtf8(data);
  const same = encodeUtf8(text);
  const faithful = same.length === data.length && same.every((octet, index) => octet === data[index]);
  if (faithful && !/[\r\n\0]/.test(text)) return text;
  throw new SipSyntaxError("The data is no text in one line; give encoding: 'hex'.");
}
