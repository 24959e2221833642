import type { SessionBody } from '../body/session-body';
import { NameAddr } from '../message/name-addr';
import type { InviteSession } from '../session/invite-session';
import type { EventServer } from '../subscription/event-server';
import type { Phone, Scene } from './scene';

/** The media type of the dialog event package (RFC 4235 §3.4). */
export const DIALOG_INFO = 'application/dialog-info+xml';

/** What a watcher learns of a dialog: enough to name it in Replaces or Join, as its remote party sees it. */
export interface SeenDialog {
  readonly state: string;
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly direction: string;
  /** Address-of-record of the remote party. */
  readonly remote: string;
  /** Where the remote party is reached. */
  readonly target: string;
}

/** Serves the dialogs of a phone to watchers (RFC 4235): all of them, in each NOTIFY. */
export function serveDialogs(phone: Phone): EventServer {
  const server = phone.stack.serveEvent({ event: 'dialog', accept: [DIALOG_INFO] });
  const calls = new Set<InviteSession>();
  let version = 0;
  const state = (): SessionBody => ({
    contentType: DIALOG_INFO,
    body: new TextEncoder().encode(document(phone.aor, version++, [...calls])),
  });
  const tell = () => {
    for (const subscription of server.subscriptions) if (subscription.state === 'active') subscription.notify(state());
  };
  phone.stack.on('session', (session) => {
    calls.add(session);
    session.on('state', (is) => {
      if (is === 'terminated') calls.delete(session);
      if (['early', 'confirmed', 'terminated'].includes(is)) tell();
    });
  });
  server.on('subscribe', (subscription) => subscription.accept({ body: state() }));
  return server;
}

/** Reads what {@link serveDialogs} writes. */
export function readDialogs(text: string): SeenDialog[] {
  return [...text.matchAll(/<dialog (.*?)>(.*?)<\/dialog>/gs)].map(([, attributes = '', content = '']) => {
    const attribute = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
    const element = (pattern: RegExp) => pattern.exec(content)?.[1] ?? '';
    return {
      state: element(/<state>(.*?)<\/state>/),
      callId: attribute('call-id'),
      localTag: attribute('local-tag'),
      remoteTag: attribute('remote-tag'),
      direction: attribute('direction'),
      remote: element(/<identity>(.*?)<\/identity>/),
      target: element(/<target uri="([^"]*)"/),
    };
  });
}

/** Asks once for the dialogs of somebody: a SUBSCRIBE that expires at once (RFC 6665 §4.4.3). */
export async function fetchDialogs(scene: Scene, watcher: Phone, watched: Phone): Promise<SeenDialog[]> {
  const seen: SeenDialog[] = [];
  const subscription = watcher.stack.subscribe({ uri: watched.uri, from: watcher.aor, event: 'dialog', expires: 0 });
  subscription.on('notify', ({ text }) => seen.push(...readDialogs(text)));
  await scene.settle();
  return seen;
}

/** Names a watched dialog to its remote party, whose own tag is To's (RFC 3891 §6.1, RFC 3911 §7.1). */
export const named = ({ callId, localTag, remoteTag }: SeenDialog): string =>
  `${callId};to-tag=${remoteTag};from-tag=${localTag}`;

/** Names a watched dialog to the watched party itself, which is asked to let somebody join it. */
export const namedToItself = ({ callId, localTag, remoteTag }: SeenDialog): string =>
  `${callId};to-tag=${localTag};from-tag=${remoteTag}`;

function document(entity: string, version: number, calls: readonly InviteSession[]): string {
  const dialogs = calls.flatMap(({ dialog, direction, remote, state }, index) => {
    if (!dialog) return [];
    const attributes = [
      `id="${index}"`,
      `call-id="${dialog.callId}"`,
      `local-tag="${dialog.localTag}"`,
      `remote-tag="${dialog.remoteTag}"`,
      `direction="${direction === 'outgoing' ? 'initiator' : 'recipient'}"`,
    ];
    const { uri } = NameAddr.parse(remote.toString());
    return [
      `<dialog ${attributes.join(' ')}><state>${state === 'confirmed' ? 'confirmed' : 'early'}</state>`,
      `<remote><identity>${uri}</identity><target uri="${dialog.remoteTarget}"/></remote></dialog>`,
    ];
  });
  return [
    '<?xml version="1.0"?>',
    `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" entity="${entity}">`,
    ...dialogs,
    '</dialog-info>',
  ].join('\n');
}
