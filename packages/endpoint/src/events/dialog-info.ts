import type { Element } from '@xmldom/xmldom';
import type { DialogIdentifier } from '../call/call-options';
import { EventBodyError } from '../errors/event-body-error';
import { attribute, child, children, textOf } from '../xml/read-xml';
import { rootOf } from './presence';

/** Content type of dialog information (RFC 4235). */
export const DIALOG_INFO = 'application/dialog-info+xml';

/** A party of a dialog somewhere else. */
export interface DialogParty {
  /** Address of the user. */
  readonly identity?: string;
  readonly displayName?: string;
  /** Where the party itself is reached. */
  readonly target?: string;
}

/** A dialog of somebody else's (RFC 4235 §4.1). */
export interface WatchedDialog {
  readonly id: string;
  readonly callId?: string;
  readonly localTag?: string;
  readonly remoteTag?: string;
  /** Who called: the watched side is the `initiator`, or the `recipient`. */
  readonly direction?: 'initiator' | 'recipient';
  readonly state: 'trying' | 'proceeding' | 'early' | 'confirmed' | 'terminated';
  /** The watched side. */
  readonly local: DialogParty;
  readonly remote: DialogParty;
}

/** What somebody's phone does: a busy lamp. */
export interface DialogInfo {
  /** Whose dialogs these are. */
  readonly entity: string;
  /** Of the document that was read last. */
  readonly version: number;
  /** Those that are not over. */
  readonly dialogs: readonly WatchedDialog[];
  /** `idle`: no dialog; `ringing`: one is early and was begun by others; `busy`: else. */
  readonly lamp: 'idle' | 'ringing' | 'busy';
}

const STATES = ['trying', 'proceeding', 'early', 'confirmed', 'terminated'] as const;

/**
 * Reads dialog information; a partial one is put together with what was known before (RFC 4235 §4.3).
 *
 * @throws EventBodyError when it cannot be read, or a partial document does not follow upon the one before: the full state is wanted then
 */
export function readDialogInfo(text: string, before?: DialogInfo): DialogInfo {
  const root = rootOf(text, 'dialog-info');
  const version = Number(attribute(root, 'version') ?? 0);
  const partial = attribute(root, 'state') === 'partial';
  if (before && version <= before.version) return before;
  if (partial && (!before || version !== before.version + 1)) {
    throw new EventBodyError('A part of the dialog information is missing.');
  }
  const known = new Map(partial ? before!.dialogs.map((dialog) => [dialog.id, dialog]) : []);
  for (const element of children(root, 'dialog')) {
    const dialog = readDialog(element);
    if (dialog.state === 'terminated') known.delete(dialog.id);
    else known.set(dialog.id, dialog);
  }
  const dialogs = Object.freeze([...known.values()]);
  return Object.freeze({ entity: attribute(root, 'entity') ?? '', version, dialogs, lamp: lampOf(dialogs) });
}

/** What it takes to pick up a dialog that rings, or take over one that talks (RFC 3891, RFC 5359 §2.8). */
export function pickupOf(dialog: WatchedDialog): { target: string; replaces: DialogIdentifier } | undefined {
  const { callId, localTag, remoteTag, state, remote } = dialog;
  const target = remote.target ?? remote.identity;
  if (callId === undefined || localTag === undefined || remoteTag === undefined || target === undefined) {
    return undefined;
  }
  // To the other party its own tag is To's.
  const earlyOnly = state !== 'confirmed';
  return { target, replaces: { callId, toTag: remoteTag, fromTag: localTag, ...(earlyOnly && { earlyOnly }) } };
}

function readDialog(element: Element): WatchedDialog {
  const said = textOf(child(element, 'state'))?.toLowerCase();
  const state = STATES.find((each) => each === said) ?? 'trying';
  const direction = attribute(element, 'direction');
  const callId = attribute(element, 'call-id');
  const localTag = attribute(element, 'local-tag');
  const remoteTag = attribute(element, 'remote-tag');
  return Object.freeze({
    id: attribute(element, 'id') ?? '',
    state,
    ...(callId !== undefined && { callId }),
    ...(localTag !== undefined && { localTag }),
    ...(remoteTag !== undefined && { remoteTag }),
    ...((direction === 'initiator' || direction === 'recipient') && { direction }),
    local: readParty(child(element, 'local')),
    remote: readParty(child(element, 'remote')),
  });
}

function readParty(element: Element | undefined): DialogParty {
  const identity = child(element, 'identity');
  const address = textOf(identity);
  const displayName = identity && attribute(identity, 'display');
  const target = child(element, 'target');
  const uri = target && attribute(target, 'uri');
  return Object.freeze({
    ...(address !== undefined && { identity: address }),
    ...(displayName !== undefined && { displayName }),
    ...(uri !== undefined && { target: uri }),
  });
}

function lampOf(dialogs: readonly WatchedDialog[]): DialogInfo['lamp'] {
  if (dialogs.length === 0) return 'idle';
  const rings = ({ state, direction }: WatchedDialog) => state !== 'confirmed' && direction !== 'initiator';
  return dialogs.every(rings) ? 'ringing' : 'busy';
}
