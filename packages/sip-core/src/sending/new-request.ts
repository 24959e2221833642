import type { CredentialSource } from '../auth/digest-client';
import { DigestClient } from '../auth/digest-client';
import type { SessionBody } from '../body/session-body';
import { applyRoutes } from '../dialog/dialog';
import type { HeaderList } from '../message/header-list';
import { NameAddr } from '../message/name-addr';
import { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { parseUri, SipUri, type Uri } from '../message/uri';
import { randomToken } from '../platform/random';
import type { Line } from '../registration/line';
import type { StackHost } from '../stack/stack-host';
import type { Flow } from '../transport/transport';
import { OutgoingRequest } from './outgoing-request';

/** Whom a request outside any dialog goes to, whom it is from, and how it gets there. */
export interface Addressing {
  /** Request-URI. */
  uri: Uri | string;
  /** Who we are; the tag is added. */
  from: NameAddr | string;
  /** To; the Request-URI when absent. */
  to?: NameAddr | string;
  /** Route set to begin with (RFC 3261 §8.1.2). */
  routes?: readonly NameAddr[];
  /** The server to send to, without a Route. */
  server?: SipUri | string;
  /** The flow to use while it is open, such as the one the recipient has registered over (RFC 5626 §5.3). */
  flow?: Flow;
  /** The line it goes by: its flow, its Service-Route and its Contact are taken. A `server` of its own comes before the flow. */
  registration?: Line;
  headers?: HeaderList;
  /** What a challenge is answered with. */
  credentials?: CredentialSource;
}

/** @internal A request outside any dialog (RFC 3261 §8.1.1), without Via and Contact. @throws SipSyntaxError */
export function newRequest(
  host: StackHost,
  method: string,
  { uri, from, to, routes = [], registration, headers = [] }: Addressing,
  body?: SessionBody,
): SipRequest {
  const target = typeof uri === 'string' ? parseUri(uri) : uri;
  const request = SipRequest.create({ method, uri: target.clone() });
  const sender = address(from).clone();
  sender.tag ??= randomToken(host.random, 12);
  request.headers
    .set('Max-Forwards', 70)
    .set('From', sender)
    .set('To', to === undefined ? new NameAddr(target) : address(to))
    .set('Call-ID', randomToken(host.random, 24));
  request.cseq = { sequence: 1, method };
  applyRoutes(request, [...(registration?.serviceRoute ?? []), ...routes]);
  for (const [name, value] of headers) request.headers.append(name, value);
  if (body) request.setBody(body.contentType, body.body);
  return request;
}

/** @internal The way a request takes that is outside any dialog, for {@link exchange}. */
export const wayOf = ({ server, flow, registration }: Addressing): Pick<ExchangeOptions, 'server' | 'flow'> => ({
  server: server ?? registration?.server,
  flow: flow ?? (server === undefined ? registration?.flow : undefined),
});

/** @internal Settings of {@link exchange}. */
export interface ExchangeOptions {
  server?: SipUri | string | undefined;
  /** The flow to use while it is open, instead of looking for one. */
  flow?: Flow | undefined;
  digest?: DigestClient | undefined;
  /** Gives up waiting. */
  signal?: AbortSignal | undefined;
  sending?(request: SipRequest, flow: Flow): void;
}

/**
 * @internal Sends a request and gives its final response, of whatever status.
 *
 * @throws SipTimeoutError, SipTransportError, the signal's reason: through the promise
 */
export function exchange(host: StackHost, request: SipRequest, options: ExchangeOptions = {}): Promise<SipResponse> {
  const { server, flow, digest, sending, signal } = options;
  host.decorate(request);
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const abort = () => {
      outgoing.cancel();
      reject(signal?.reason);
    };
    const settle = (end: () => void) => {
      signal?.removeEventListener('abort', abort);
      end();
    };
    const outgoing = new OutgoingRequest(host.environment, {
      request,
      server: typeof server === 'string' ? SipUri.parse(server) : server,
      flow,
      digest,
      handlers: {
        ...(sending && { sending }),
        response: (response) => {
          if (response.status >= 200) settle(() => resolve(response));
        },
        failed: (error) => settle(() => reject(error)),
      },
    });
    signal?.addEventListener('abort', abort, { once: true });
    outgoing.send();
  });
}

/** @internal */
export const digestOf = (host: StackHost, credentials: CredentialSource | undefined): DigestClient | undefined =>
  DigestClient.of(credentials, host.random);

const address = (value: NameAddr | string): NameAddr => (typeof value === 'string' ? NameAddr.parse(value) : value);
