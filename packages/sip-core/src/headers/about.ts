import { type HeaderGrammar, ListHeader, SingleHeader } from './codec';
import {
  checkCallId,
  checkToken,
  endOfComment,
  formatComment,
  parseComment,
  present,
  textGrammar,
  tokenGrammar,
} from './grammar';

/** Where the caller belongs to: `Organization: Boxes by Bob` (RFC 3261 §20.25). */
export const Organization = new SingleHeader<string>('Organization', 'RFC 3261 §20.25', textGrammar);

/** What the call is about: `Subject: Need more boxes` (RFC 3261 §20.36). */
export const Subject = new SingleHeader<string>('Subject', 'RFC 3261 §20.36', textGrammar);

/** `emergency`, `urgent`, `normal`, `non-urgent`, or a word of an extension (RFC 3261 §20.26). */
export const Priority = new SingleHeader<string>('Priority', 'RFC 3261 §20.26', tokenGrammar('priority'));

/** Calls that this one returns: `In-Reply-To: 70710@saturn.bell-tel.com` (RFC 3261 §20.21). */
export const InReplyTo = new ListHeader<string>(
  'In-Reply-To',
  'RFC 3261 §20.21',
  { parse: checkCallId, format: checkCallId },
  'words',
);

/** A product with its version, or a comment between products. */
export type Product = { readonly name: string; readonly version?: string | undefined } | { readonly comment: string };

/** Products are read as words, as many are no tokens; they are written as tokens. */
const products: HeaderGrammar<readonly Product[]> = {
  parse(text) {
    const found: Product[] = [];
    let index = 0;
    while (index < text.length) {
      if (text[index] === ' ' || text[index] === '\t') {
        index++;
        continue;
      }
      const commentEnd = text[index] === '(' ? endOfComment(text, index) : -1;
      if (commentEnd > 0) {
        found.push({ comment: parseComment(text.slice(index, commentEnd)) });
        index = commentEnd;
        continue;
      }
      const start = index;
      while (index < text.length && text[index] !== ' ' && text[index] !== '\t') index++;
      const [name, ...version] = text.slice(start, index).split('/');
      found.push(present({ name: name!, version: version.length > 0 ? version.join('/') : undefined }));
    }
    return found;
  },
  format: (parts) =>
    parts
      .map((part) => {
        if ('comment' in part) return formatComment(part.comment);
        const version = part.version === undefined ? '' : `/${checkToken(part.version, 'version')}`;
        return checkToken(part.name, 'product') + version;
      })
      .join(' '),
};

/** `User-Agent: Softphone/Beta1.5 (office)` (RFC 3261 §20.41). */
export const UserAgent = new SingleHeader<readonly Product[]>('User-Agent', 'RFC 3261 §20.41', products);

/** `Server: HomeServer/2` (RFC 3261 §20.35). */
export const Server = new SingleHeader<readonly Product[]>('Server', 'RFC 3261 §20.35', products);
