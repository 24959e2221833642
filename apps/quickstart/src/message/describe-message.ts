import type { NameAddr, SipMessage, SipRequest, SipResponse } from '@offhook/sip-core';

/** A SIP message as plain data: what `offhook parse` prints. */
export interface MessageDescription {
  readonly kind: 'request' | 'response';
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly reason?: string;
  readonly callId: string;
  readonly cseq: { readonly sequence: number; readonly method: string };
  readonly from: AddressDescription;
  readonly to: AddressDescription;
  readonly via: readonly ViaDescription[];
  readonly contact?: '*' | readonly AddressDescription[];
  readonly route?: readonly AddressDescription[];
  readonly recordRoute?: readonly AddressDescription[];
  readonly maxForwards?: number;
  readonly expires?: number;
  /** Every header line, in its place and spelling. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly contentType?: string;
  readonly bodyLength: number;
  /** The body as text, when it is UTF-8. */
  readonly body?: string;
  /** The body in base64, when it is not. */
  readonly bodyBase64?: string;
}

/** `From`, `To`, `Contact` and their kind, taken apart. */
export interface AddressDescription {
  readonly displayName?: string;
  readonly uri: string;
  readonly parameters: Record<string, string>;
}

export interface ViaDescription {
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly parameters: Record<string, string>;
}

/** Takes a message apart; throws the `SipSyntaxError` of the first header that cannot be. */
export function describeMessage(message: SipRequest | SipResponse): MessageDescription {
  const { contacts, routes, recordRoutes, maxForwards, expires, contentType } = message;
  return {
    ...('method' in message
      ? { kind: 'request', method: message.method, uri: message.uri.toString() }
      : { kind: 'response', status: message.status, reason: message.reason }),
    callId: message.callId,
    cseq: { sequence: message.cseq.sequence, method: message.cseq.method },
    from: describeAddress(message.from),
    to: describeAddress(message.to),
    via: describeVias(message),
    ...(contacts === '*' ? { contact: contacts } : addresses('contact', contacts)),
    ...addresses('route', routes),
    ...addresses('recordRoute', recordRoutes),
    ...(maxForwards === undefined ? {} : { maxForwards }),
    ...(expires === undefined ? {} : { expires }),
    headers: [...message.headers].map(([name, value]) => ({ name, value })),
    ...(contentType === undefined ? {} : { contentType }),
    ...describeBody(message.body),
  };
}

const addresses = (name: string, values: readonly NameAddr[]) =>
  values.length === 0 ? {} : { [name]: values.map(describeAddress) };

function describeAddress(address: NameAddr): AddressDescription {
  return {
    ...(address.displayName === undefined ? {} : { displayName: address.displayName }),
    uri: address.uri.toString(),
    parameters: Object.fromEntries(address.params),
  };
}

function describeVias(message: SipMessage): ViaDescription[] {
  return message.vias.map((via) => ({
    transport: via.transport,
    host: via.host,
    ...(via.port === undefined ? {} : { port: via.port }),
    parameters: Object.fromEntries(via.params),
  }));
}

function describeBody(body: Uint8Array): Pick<MessageDescription, 'bodyLength' | 'body' | 'bodyBase64'> {
  if (body.length === 0) return { bodyLength: 0 };
  try {
    return { bodyLength: body.length, body: new TextDecoder('utf-8', { fatal: true }).decode(body) };
  } catch {
    return { bodyLength: body.length, bodyBase64: Buffer.from(body).toString('base64') };
  }
}
