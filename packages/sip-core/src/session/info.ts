import type { SessionBody } from '../body/session-body';
import { InfoPackage, type InfoPackageValue, RecvInfo } from '../headers/info';
import type { HeaderList } from '../message/header-list';
import type { Params } from '../message/params';
import type { SipRequest } from '../message/request';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { SessionSettings } from './session-settings';

/** What is sent to the peer by an INFO (RFC 6086 §4.2). */
export interface InfoOptions {
  /** The Info Package, with its parameters when it has some: `{ package: 'foo', params }`. */
  package: string | InfoPackageValue;
  /** What the package calls for, if anything. */
  body?: SessionBody;
  /** Header fields beyond those the stack writes itself. */
  headers?: HeaderList;
}

/** An INFO of the peer about an Info Package that we receive; it has been answered 200. */
export interface IncomingInfo {
  readonly package: string;
  readonly params: Params | undefined;
  /** Undefined when it brought none. */
  readonly body: SessionBody | undefined;
  readonly request: SipRequest;
}

/** @internal The header fields of an INFO about a package. */
export function infoHeaders({ package: about, body, headers = [] }: InfoOptions): HeaderList {
  const text = InfoPackage.format(typeof about === 'string' ? { package: about } : about);
  // §4.2.2: a body that belongs to the package says so.
  const disposition = body ? ([['Content-Disposition', 'Info-Package']] as const) : [];
  return [['Info-Package', text], ...disposition, ...headers];
}

/** @internal The Recv-Info of ours; none when we receive no Info Packages. */
export const receivedPackages = ({ infoPackages }: SessionSettings): HeaderList =>
  infoPackages.length > 0 ? [['Recv-Info', RecvInfo.format(infoPackages.map((each) => ({ package: each })))]] : [];

/**
 * @internal Answers an INFO about an Info Package (RFC 6086 §4.2.2): 200 and the INFO, or 469 when we do not receive that package.
 *
 * @returns undefined when there is nothing to tell
 */
export function answerInfo(host: StackHost, transaction: ServerTransaction): IncomingInfo | undefined {
  const { request } = transaction;
  let about: InfoPackageValue | undefined;
  try {
    about = InfoPackage.read(request);
  } catch {
    transaction.reply(400, { reason: 'Malformed Info-Package' });
    return undefined;
  }
  if (!about || !host.sessions.infoPackages.includes(about.package)) {
    transaction.reply(469, { headers: receivedPackages(host.sessions) });
    return undefined;
  }
  transaction.reply(200);
  const { body: content, contentType = 'application/octet-stream' } = request;
  const body = content.length > 0 ? { contentType, body: content } : undefined;
  return { package: about.package, params: about.params, body, request };
}
