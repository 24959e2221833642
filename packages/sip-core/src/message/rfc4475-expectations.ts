/** What becomes of a message once it is received. */
export interface Expectation {
  /** File of the vector without `.dat`, as named in the RFC. */
  file: string;
  /** Section of RFC 4475. */
  section: string;
  /** What is odd about the message. */
  about: string;
  /** What a correct element does. */
  correct: string;
  /** `parseMessage` takes it, or throws. */
  parse: 'taken' | 'refused';
  /** `validateRequest` or `validateResponse` finds no fault, or one; nothing when the parser refused. */
  validate?: 'taken' | 'refused';
  /** Status of the parser's or validator's error. */
  status?: number;
  /** Whether that error can be answered; if not, the message is dropped and counted. */
  answerable?: boolean;
  /** What a layer above makes of it, where that is not plain service. */
  above?: { layer: 'transaction' | 'user agent' | 'registrar'; does: string };
  /** Why, where there is a choice. */
  choice?: string;
}

const taken = { parse: 'taken', validate: 'taken' } as const;
const refusedByParser = { parse: 'refused', status: 400, answerable: true } as const;
const refusedByValidation = { parse: 'taken', validate: 'refused', status: 400, answerable: true } as const;

const strict =
  'The grammar is kept strictly: an element that guesses what was meant may guess otherwise than the next one.';
const unknownMethod = { layer: 'user agent', does: 'answers 405 with Allow, as the method is unknown' } as const;
const unknownScheme = { layer: 'user agent', does: 'answers 416' } as const;

/** The 49 messages of RFC 4475, in its order. */
export const expectations: readonly Expectation[] = [
  {
    file: 'wsinv',
    section: '3.1.1.1',
    about: 'Valid INVITE with folds, odd white space, escaped quotes, compact forms, empty and unknown headers',
    correct: 'Take it.',
    ...taken,
  },
  {
    file: 'intmeth',
    section: '3.1.1.2',
    about:
      'Valid request that uses every character the grammar allows: in the method, URI, display name (an escaped NUL), header name, Call-ID',
    correct: 'Take it; the method is unknown.',
    ...taken,
    above: unknownMethod,
  },
  {
    file: 'esc01',
    section: '3.1.1.3',
    about: 'Valid escapes in user and URI parameters; one of them spells `lr`',
    correct: 'Take it; undo each escape once.',
    ...taken,
  },
  {
    file: 'escnull',
    section: '3.1.1.4',
    about: 'Escaped NUL in the user of URIs',
    correct: 'Take it; the NUL is part of the user.',
    ...taken,
  },
  {
    file: 'esc02',
    section: '3.1.1.5',
    about: '`%` where it is no escape: in the method, a display name, a header name',
    correct: 'Take it; `RE%47IST%45R` is not REGISTER, `C%6Fntact` is not Contact.',
    ...taken,
    above: unknownMethod,
  },
  {
    file: 'lwsdisp',
    section: '3.1.1.6',
    about: 'No white space between display name and `<`',
    correct: 'Take it.',
    ...taken,
  },
  {
    file: 'longreq',
    section: '3.1.1.7',
    about: 'Very long values in many header fields',
    correct: 'Take it.',
    ...taken,
    choice: 'A header line may have 8,192 bytes by default; the longest here is far below.',
  },
  {
    file: 'dblreq',
    section: '3.1.1.8',
    about: 'A second request after the body of the first in one datagram',
    correct: 'Take the first; drop the octets after its body.',
    ...taken,
  },
  {
    file: 'semiuri',
    section: '3.1.1.9',
    about: 'Semicolon in the user of the Request-URI',
    correct: 'Take it; it begins no URI parameter.',
    ...taken,
  },
  {
    file: 'transports',
    section: '3.1.1.10',
    about: 'Via values with known, unknown and exotic transports',
    correct: 'Take it.',
    ...taken,
  },
  {
    file: 'mpart01',
    section: '3.1.1.11',
    about: 'MESSAGE with a multipart body that holds binary parts',
    correct: 'Take it; hand the body on byte for byte.',
    ...taken,
  },
  {
    file: 'unreason',
    section: '3.1.1.12',
    about: 'Reason phrase in UTF-8',
    correct: 'Take it.',
    ...taken,
  },
  {
    file: 'noreason',
    section: '3.1.1.13',
    about: 'Empty reason phrase',
    correct: 'Take it.',
    ...taken,
  },
  {
    file: 'badinv01',
    section: '3.1.2.1',
    about: 'Separators without anything between them in Via and Contact',
    correct: 'Answer 400.',
    ...refusedByValidation,
    choice: 'The answer carries the malformed Via back as it came and goes over the flow the request came on.',
  },
  {
    file: 'clerr',
    section: '3.1.2.2',
    about: 'Content-Length larger than the datagram',
    correct: 'Answer 400 over UDP; over a stream wait for the rest, then give up.',
    ...refusedByParser,
  },
  {
    file: 'ncl',
    section: '3.1.2.3',
    about: 'Negative Content-Length',
    correct: 'Answer 400; a stream can no longer be framed and is closed.',
    ...refusedByParser,
  },
  {
    file: 'scalar02',
    section: '3.1.2.4',
    about: 'CSeq, Max-Forwards, Expires and the expires of Contact out of range in a request',
    correct: 'Answer 400 for the CSeq; the others alone may be read as defaults.',
    ...refusedByValidation,
    choice: 'Max-Forwards out of range would count as 255, Expires as 2^32-1.',
  },
  {
    file: 'scalarlg',
    section: '3.1.2.5',
    about: 'CSeq, Retry-After and Warning out of range in a response',
    correct: 'Drop it: with that CSeq it belongs to no transaction.',
    ...refusedByValidation,
    answerable: false,
  },
  {
    file: 'quotbal',
    section: '3.1.2.6',
    about: 'Display name in To whose quotes never close',
    correct: 'Answer 400, or guess where they close.',
    ...refusedByValidation,
    choice: strict,
  },
  {
    file: 'ltgtruri',
    section: '3.1.2.7',
    about: 'Request-URI in angle brackets',
    correct: 'Answer 400, or ignore the brackets.',
    ...refusedByValidation,
    choice: strict,
  },
  {
    file: 'lwsruri',
    section: '3.1.2.8',
    about: 'White space inside the Request-URI',
    correct: 'Answer 400, or ignore it.',
    ...refusedByParser,
    choice: strict,
  },
  {
    file: 'lwsstart',
    section: '3.1.2.9',
    about: 'Several spaces between the parts of the request line',
    correct: 'Answer 400, or ignore them.',
    ...refusedByParser,
    choice: strict,
  },
  {
    file: 'trws',
    section: '3.1.2.10',
    about: 'Spaces at the end of the request line',
    correct: 'Answer 400, or ignore them.',
    ...refusedByParser,
    choice: strict,
  },
  {
    file: 'escruri',
    section: '3.1.2.11',
    about: 'Headers in the Request-URI',
    correct: 'Answer 400, or drop those headers; never act on them.',
    ...refusedByValidation,
    choice: strict,
  },
  {
    file: 'baddate',
    section: '3.1.2.12',
    about: 'Date in a time zone that is not GMT',
    correct: 'Answer 400, or leave the Date unread.',
    ...taken,
    choice: 'A call is worth more than its Date, which nothing here depends on; the header is kept as text.',
  },
  {
    file: 'regbadct',
    section: '3.1.2.13',
    about: 'Contact URI with headers but without angle brackets',
    correct: 'Answer 400, or guess the brackets.',
    ...refusedByValidation,
    choice: strict,
  },
  {
    file: 'badaspec',
    section: '3.1.2.14',
    about: 'Spaces inside the angle brackets of To',
    correct: 'Answer 400, or ignore them.',
    ...refusedByValidation,
    choice: strict,
  },
  {
    file: 'baddn',
    section: '3.1.2.15',
    about: 'Display names that are no tokens, without quotes (a comma)',
    correct: 'Answer 400, or guess the quotes.',
    ...refusedByValidation,
    choice: 'Phones do send other characters unquoted, so those are taken; a comma also ends a value, so it is not.',
  },
  {
    file: 'badvers',
    section: '3.1.2.16',
    about: 'Unknown protocol version',
    correct: 'Answer 505.',
    ...refusedByValidation,
    status: 505,
  },
  {
    file: 'mismatch01',
    section: '3.1.2.17',
    about: 'CSeq names another method than the request line',
    correct: 'Answer 400.',
    ...refusedByValidation,
  },
  {
    file: 'mismatch02',
    section: '3.1.2.18',
    about: 'CSeq names another method than the request line, which is unknown',
    correct: 'Answer 501; 400 will do.',
    ...refusedByValidation,
    choice: 'The request is malformed whatever its method means, and 400 says what is wrong with it.',
  },
  {
    file: 'bigcode',
    section: '3.1.2.19',
    about: 'Status code of a response larger than 699',
    correct: 'Drop it.',
    ...refusedByParser,
    answerable: false,
  },
  {
    file: 'badbranch',
    section: '3.2.1',
    about: 'Branch of Via that is the magic cookie and nothing more',
    correct: 'Answer 400, or match it by the rules of RFC 2543.',
    ...taken,
    above: { layer: 'transaction', does: 'matches it by the rules of RFC 2543' },
    choice: 'RFC 2543 matching is there for older elements and serves this one too.',
  },
  {
    file: 'insuf',
    section: '3.3.1',
    about: 'No From, To and Call-ID',
    correct: 'Must not break; ideally answer 400.',
    ...refusedByValidation,
    answerable: false,
    choice: 'A response without From, To and Call-ID would be malformed itself, so the request is dropped and counted.',
  },
  {
    file: 'unkscm',
    section: '3.3.2',
    about: 'Unknown scheme in the Request-URI',
    correct: 'Answer 416.',
    ...taken,
    above: unknownScheme,
  },
  {
    file: 'novelsc',
    section: '3.3.3',
    about: 'Known but unlikely scheme in the Request-URI',
    correct: 'Answer 416.',
    ...taken,
    above: unknownScheme,
  },
  {
    file: 'unksm2',
    section: '3.3.4',
    about: 'Other schemes than SIP in To, From and Contact of a REGISTER',
    correct: 'Take it; a registrar answers 400, as To must be a SIP URI.',
    ...taken,
    above: { layer: 'registrar', does: 'answers 400' },
  },
  {
    file: 'bext01',
    section: '3.3.5',
    about: 'Require and Proxy-Require with unknown option tags',
    correct: 'Answer 420 with the tags of Require in Unsupported.',
    ...taken,
    above: { layer: 'user agent', does: 'answers 420 with Unsupported' },
  },
  {
    file: 'invut',
    section: '3.3.6',
    about: 'INVITE with an unknown Content-Type',
    correct: 'Answer 415 with Accept.',
    ...taken,
    above: { layer: 'user agent', does: 'answers 415 with Accept' },
  },
  {
    file: 'regaut01',
    section: '3.3.7',
    about: 'REGISTER with an unknown authentication scheme',
    correct: 'Treat it as without credentials.',
    ...taken,
    above: { layer: 'registrar', does: 'answers 401 with a challenge when it asks for credentials' },
  },
  {
    file: 'multi01',
    section: '3.3.8',
    about: 'Header fields twice that may stand once',
    correct: 'Answer 400.',
    ...refusedByValidation,
  },
  {
    file: 'mcl01',
    section: '3.3.9',
    about: 'Two Content-Length that disagree',
    correct: 'Answer 400; a stream can no longer be framed and is closed.',
    ...refusedByParser,
    choice: 'Two that agree are refused as well.',
  },
  {
    file: 'bcast',
    section: '3.3.10',
    about: 'Response with a second Via, of a broadcast address',
    correct: 'A user agent client drops a response with more than one Via.',
    ...taken,
    above: { layer: 'transaction', does: 'drops and counts it (RFC 3261 §8.1.3.3)' },
  },
  {
    file: 'zeromf',
    section: '3.3.11',
    about: 'OPTIONS with Max-Forwards 0',
    correct: 'Its target answers as ever; only to forward it is forbidden.',
    ...taken,
  },
  {
    file: 'cparam01',
    section: '3.3.12',
    about: 'REGISTER with a parameter after a Contact without angle brackets',
    correct: 'Take it; the parameter belongs to the header field.',
    ...taken,
  },
  {
    file: 'cparam02',
    section: '3.3.13',
    about: 'REGISTER with a parameter inside the angle brackets of Contact',
    correct: 'Take it; the parameter belongs to the URI and is part of the binding.',
    ...taken,
  },
  {
    file: 'regescrt',
    section: '3.3.14',
    about: 'REGISTER with headers inside the Contact URI',
    correct: 'Take it; the headers are part of the binding.',
    ...taken,
  },
  {
    file: 'sdp01',
    section: '3.3.15',
    about: 'INVITE that accepts an unknown type only, so no SDP answer',
    correct: 'Answer 406.',
    ...taken,
    above: { layer: 'user agent', does: 'answers 406' },
  },
  {
    file: 'inv2543',
    section: '3.4.1',
    about: 'INVITE of an RFC 2543 element: no branch, From tag, Max-Forwards, Content-Length',
    correct: 'Take it.',
    ...taken,
  },
];

/** The table of `docs/rfc4475.md`. */
export function expectationTable(): string {
  const rows = expectations.map((each) => {
    const cells = [`\`${each.file}\``, each.section, each.about, each.correct, ours(each), each.choice ?? ''];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `# RFC 4475: the torture test messages

What a correct element does with each of the 49 messages of RFC 4475, and what this package does. The table is written from
\`src/message/rfc4475-expectations.ts\`, against which \`rfc4475.test.ts\` runs the messages; after a change there,
\`npx vitest run --project unit packages/sip-core/src/message/rfc4475 -u\` writes it anew. The messages themselves are not part of
this repository: the test looks for them in \`../shared/vectors/rfc4475\` beside the repository, or in \`$OFFHOOK_VECTORS/rfc4475\`.

"Parser" is \`parseMessage\`, "validation" is \`validateRequest\` or \`validateResponse\`. What can be answered is answered by
\`errorResponse\`; what cannot is dropped and counted.

| Message | Section | What is odd | A correct element | This one | Why, where there is a choice |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

function ours(each: Expectation): string {
  if (each.status === undefined) {
    return each.above === undefined ? 'Taken.' : `Taken; the ${each.above.layer} layer ${each.above.does}.`;
  }
  const place = each.parse === 'refused' ? 'the parser' : 'validation';
  return each.answerable === true ? `Answered ${each.status} (by ${place}).` : `Dropped (by ${place}).`;
}
