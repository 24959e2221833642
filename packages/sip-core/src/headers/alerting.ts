import type { Params } from '../message/params';
import type { HeaderGrammar } from './codec';
import { ListHeader, SingleHeader } from './codec';
import {
  checkToken,
  formatParams,
  formatReference,
  ParamReader,
  parseParameterized,
  parseReference,
  present,
  type Reference,
} from './grammar';

/** A URI about the call or who takes part in it (RFC 3261 §20.9). */
export interface CallInfo {
  /** By the grammar an absolute URI. */
  readonly uri: string;
  /** `icon`, `info`, `card`, or a word of an extension. */
  readonly purpose?: string | undefined;
  /** Seconds after which a phone is asked to answer by itself; a custom of many phones. */
  readonly answerAfter?: number | undefined;
  /** Other parameters. */
  readonly params?: Params | undefined;
}

/** `Call-Info: <https://example.com/alice.png>;purpose=icon` (RFC 3261 §20.9). */
export const CallInfo = new ListHeader<CallInfo>('Call-Info', 'RFC 3261 §20.9', {
  parse(text) {
    const { uri, params } = parseReference(text);
    const reader = new ParamReader(params);
    const [purpose, answerAfter] = [reader.text('purpose'), reader.number('answer-after')];
    return present({ uri, purpose, answerAfter, params: reader.rest() });
  },
  format: ({ uri, purpose, answerAfter, params }) =>
    formatReference(uri) + formatParams({ purpose, 'answer-after': answerAfter }, params),
});

/** Which ring to play (RFC 3261 §20.4). */
export interface AlertInfo {
  /** Where the sound is, or what it is for (`urn:alert:…`, RFC 7462). Older phones take words such as `Bellcore-dr3`. */
  readonly uri: string;
  /** A custom of many phones: `info=alert-autoanswer` asks to answer, other words choose a ring. */
  readonly info?: string | undefined;
  /** Other parameters. */
  readonly params?: Params | undefined;
}

/** `Alert-Info: <urn:alert:source:internal>` (RFC 3261 §20.4, RFC 7462 §4). */
export const AlertInfo = new ListHeader<AlertInfo>('Alert-Info', 'RFC 3261 §20.4', {
  parse(text) {
    const { uri, params } = parseReference(text);
    const reader = new ParamReader(params);
    return present({ uri, info: reader.text('info'), params: reader.rest() });
  },
  format: ({ uri, info, params }) => formatReference(uri) + formatParams({ info }, params),
});

/** Where more is said about an error: `Error-Info: <sip:not-in-service-recording@atlanta.com>` (RFC 3261 §20.18). */
export const ErrorInfo = new ListHeader<Reference>('Error-Info', 'RFC 3261 §20.18', {
  parse: parseReference,
  format: ({ uri, params }) => formatReference(uri) + formatParams({}, params),
});

/** Whether a call is answered by a person or by the phone (RFC 5373 §3). */
export interface AnswerMode {
  /** `manual`, `auto`, or a word of an extension; in lower case. */
  readonly mode: string;
  /** Whether the call is to be refused when this cannot be done. */
  readonly require?: boolean | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

const modes: HeaderGrammar<AnswerMode> = {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const reader = new ParamReader(params);
    const mode = checkToken(value, 'answer mode').toLowerCase();
    return present({ mode, require: reader.flag('require') || undefined, params: reader.rest() });
  },
  format({ mode, require, params }) {
    const word = checkToken(mode, 'answer mode').replace(
      /^(?:manual|auto)$/,
      (known) => known[0]!.toUpperCase() + known.slice(1),
    );
    return word + formatParams({ require }, params);
  },
};

/** `Answer-Mode: Auto;require` (RFC 5373 §3). */
export const AnswerMode = new SingleHeader<AnswerMode>('Answer-Mode', 'RFC 5373 §3', modes);

/** The same from a privileged caller, such as an emergency service: `Priv-Answer-Mode: Auto` (RFC 5373 §3). */
export const PrivAnswerMode = new SingleHeader<AnswerMode>('Priv-Answer-Mode', 'RFC 5373 §3', modes);
