import type { SingleHeader } from '../headers/codec';
import { Join, Replaces } from '../headers/dialog-references';
import { SipSyntaxError } from '../platform/errors';
import type { IncomingSession } from '../session/incoming-session';
import { InviteSession } from '../session/invite-session';
import type { Refusal } from '../stack/request-checks';
import type { StackFeature } from '../stack/stack-feature';
import type { StackHost } from '../stack/stack-host';

/**
 * Understands Replaces in INVITEs (RFC 3891): a {@link StackFeature}. The `invite` event's session has the call it is to replace in its `replaces`;
 * that one ends, by BYE or CANCEL, when the new one is established. An INVITE that names none of our calls is refused (§3).
 *
 * Anybody who knows a call's identifiers can ask to replace it; whether the caller may is for the application to decide (§3, §8).
 */
export class CallReplacement implements StackFeature {
  readonly supported = ['replaces'];
  #host!: StackHost;

  /** @internal */
  attach(host: StackHost): void {
    this.#host = host;
  }

  /** @internal */
  screen(session: IncomingSession): Refusal | undefined {
    return attempt(() => {
      const value = only(session, Replaces);
      if (!value) return undefined;
      // §3: one or the other.
      if (session.invite.headers.has('Join')) return { status: 400 };
      const found = find(this.#host, value);
      if (!(found instanceof InviteSession)) return found;
      if (value.earlyOnly && found.dialog?.state === 'confirmed') return { status: 486 };
      session.replaces = found;
      session.on('established', () => void found.terminate());
      return undefined;
    });
  }
}

/**
 * Understands Join in INVITEs (RFC 3911): a {@link StackFeature} for applications that can mix. The `invite` event's session has the call that is
 * to be joined in its `joins`; who takes the call mixes the two.
 */
export class CallJoin implements StackFeature {
  readonly supported = ['join'];
  #host!: StackHost;

  /** @internal */
  attach(host: StackHost): void {
    this.#host = host;
  }

  /** @internal */
  screen(session: IncomingSession): Refusal | undefined {
    return attempt(() => {
      const value = only(session, Join);
      if (!value) return undefined;
      if (session.invite.headers.has('Replaces')) return { status: 400 };
      const found = find(this.#host, value);
      if (!(found instanceof InviteSession)) return found;
      session.joins = found;
      return undefined;
    });
  }
}

/** The call a header field names (RFC 3891 §3, RFC 3911 §4), or how to refuse. */
function find({ dialogs }: StackHost, { callId, toTag, fromTag }: Join): InviteSession | Refusal {
  // A tag of 0 stands for one that is missing (RFC 2543).
  for (const local of toTag === '0' ? ['0', ''] : [toTag]) {
    for (const remote of fromTag === '0' ? ['0', ''] : [fromTag]) {
      const dialog = dialogs.find(callId, local, remote);
      const session = dialog && dialogs.usages(dialog).find((usage) => usage instanceof InviteSession);
      if (session && session.state !== 'terminated') {
        // An early dialog is the caller's to replace: to the one who is called it has not happened yet.
        return dialog.state === 'early' && session.direction === 'incoming' ? { status: 481 } : session;
      }
      if (dialogs.hasEnded(callId, local, remote)) return { status: 603 };
    }
  }
  return { status: 481 };
}

function attempt(screen: () => Refusal | undefined): Refusal | undefined {
  try {
    return screen();
  } catch (error) {
    if (error instanceof SipSyntaxError) return { status: error.status };
    throw error;
  }
}

/** The one value of a header field. @throws SipSyntaxError (400) when it is malformed, or there are two */
function only<Value>({ invite }: IncomingSession, header: SingleHeader<Value>): Value | undefined {
  if (invite.headers.getAll(header.name).length > 1) {
    throw new SipSyntaxError(`${header.name} stands twice; it may stand once.`, { header: header.name });
  }
  return header.read(invite);
}
