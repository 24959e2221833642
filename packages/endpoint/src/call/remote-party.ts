import type { NameAddr } from '@offhook/sip-core';

/** The other party of a call. */
export interface RemoteParty {
  /** Its address, without header parameters. */
  readonly uri: string;
  /** The user part of the address: a name or a number. */
  readonly user?: string;
  /** The name it gives itself; not to be trusted. */
  readonly displayName?: string;
}

/** Reads who the other party is from the From or To of the INVITE. */
export function remoteParty({ uri, displayName, sipUri }: NameAddr): RemoteParty {
  return Object.freeze({
    uri: uri.toString(),
    ...(sipUri?.user !== undefined && { user: sipUri.user }),
    ...(displayName !== undefined && displayName !== '' && { displayName }),
  });
}
