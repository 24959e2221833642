import { Join, Replaces, TargetDialog } from '../headers/dialog-references';
import type { Dialog } from './dialog';

/** Replaces for whoever is to take our place toward the peer of a dialog (RFC 3891 §6.1). */
export const replacesText = (dialog: Dialog, options: { earlyOnly?: boolean } = {}): string =>
  Replaces.format({ ...seenByPeer(dialog), earlyOnly: options.earlyOnly || undefined });

/** Join for whoever is to take part in a dialog (RFC 3911 §7.1). */
export const joinText = (dialog: Dialog): string => Join.format(seenByPeer(dialog));

/**
 * Target-Dialog by which a request outside a dialog shows its receiver that we know one of its dialogs: the tags are named as the receiver
 * sees them (RFC 4538 §3).
 */
export function targetDialogText(dialog: Dialog): string {
  const { callId, toTag, fromTag } = seenByPeer(dialog);
  return TargetDialog.format({ callId, localTag: toTag, remoteTag: fromTag });
}

/** The peer's own tag is To's. A missing one (RFC 2543) is written as 0. */
const seenByPeer = ({ callId, localTag, remoteTag }: Dialog) => ({
  callId,
  toTag: remoteTag || '0',
  fromTag: localTag || '0',
});
