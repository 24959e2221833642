import type { Params } from '../message/params';
import { SipSyntaxError } from '../platform/errors';
import { SingleHeader } from './codec';
import { checkCallId, checkToken, formatParams, ParamReader, parseParameterized, present } from './grammar';

/** The dialog that a new one takes the place of (RFC 3891 §6.1). Tags are seen from who receives it. */
export interface Replaces {
  readonly callId: string;
  /** Local tag of the dialog at the receiver. */
  readonly toTag: string;
  /** Remote tag of the dialog at the receiver. */
  readonly fromTag: string;
  /** Whether only an early dialog may be replaced. */
  readonly earlyOnly?: boolean | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `Replaces: 425928@bobster.example.org;to-tag=7743;from-tag=6472` (RFC 3891 §6.1). */
export const Replaces = new SingleHeader<Replaces>('Replaces', 'RFC 3891 §6.1', {
  parse(text) {
    const { callId, reader } = readDialog(text);
    const [toTag, fromTag] = [mustTag(reader, 'to-tag'), mustTag(reader, 'from-tag')];
    return present({
      callId,
      toTag,
      fromTag,
      earlyOnly: reader.flag('early-only') || undefined,
      params: reader.rest(),
    });
  },
  format: ({ callId, toTag, fromTag, earlyOnly, params }) =>
    checkCallId(callId) +
    formatParams({ 'to-tag': tag(toTag), 'from-tag': tag(fromTag), 'early-only': earlyOnly }, params),
});

/** The dialog whose conversation a new one enters (RFC 3911 §7.1). Tags are seen from who receives it. */
export interface Join {
  readonly callId: string;
  /** Local tag of the dialog at the receiver. */
  readonly toTag: string;
  /** Remote tag of the dialog at the receiver. */
  readonly fromTag: string;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `Join: 12adf2f34456gs5;to-tag=12345;from-tag=54321` (RFC 3911 §7.1). */
export const Join = new SingleHeader<Join>('Join', 'RFC 3911 §7.1', {
  parse(text) {
    const { callId, reader } = readDialog(text);
    const [toTag, fromTag] = [mustTag(reader, 'to-tag'), mustTag(reader, 'from-tag')];
    return present({ callId, toTag, fromTag, params: reader.rest() });
  },
  format: ({ callId, toTag, fromTag, params }) =>
    checkCallId(callId) + formatParams({ 'to-tag': tag(toTag), 'from-tag': tag(fromTag) }, params),
});

/** A dialog whose knowledge allows a request outside it (RFC 4538 §7). Tags are seen from who sends it. */
export interface TargetDialog {
  readonly callId: string;
  readonly localTag?: string | undefined;
  readonly remoteTag?: string | undefined;
  /** Parameters of extensions. */
  readonly params?: Params | undefined;
}

/** `Target-Dialog: fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544` (RFC 4538 §7). */
export const TargetDialog = new SingleHeader<TargetDialog>('Target-Dialog', 'RFC 4538 §7', {
  parse(text) {
    const { callId, reader } = readDialog(text);
    const [localTag, remoteTag] = [reader.text('local-tag'), reader.text('remote-tag')];
    return present({ callId, localTag, remoteTag, params: reader.rest() });
  },
  format: ({ callId, localTag, remoteTag, params }) =>
    checkCallId(callId) +
    formatParams({ 'local-tag': localTag && tag(localTag), 'remote-tag': remoteTag && tag(remoteTag) }, params),
});

function readDialog(text: string): { callId: string; reader: ParamReader } {
  // A Call-ID may hold double quotes, which begin no quoted string there (RFC 3261 §25.1, word).
  const end = text.indexOf(';');
  const callId = checkCallId((end < 0 ? text : text.slice(0, end)).trim());
  const { params } = parseParameterized(end < 0 ? '' : text.slice(end));
  return { callId, reader: new ParamReader(params) };
}

function mustTag(reader: ParamReader, name: string): string {
  const value = reader.text(name);
  if (value) return value;
  throw new SipSyntaxError(`The parameter ${name} is missing; a dialog is named by Call-ID and both tags.`);
}

const tag = (value: string): string => checkToken(value, 'tag');
