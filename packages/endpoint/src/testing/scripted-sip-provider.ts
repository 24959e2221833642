import {
  type HeaderList,
  NameAddr,
  type OfferAnswerHandler,
  type SessionBody,
  type SipError,
  SipRequest,
  SipResponse,
  TypedEmitter,
} from '@offhook/sip-core';
import type { ConnectionState } from '../connection/connection-state';
import type {
  SipAddress,
  SipInvite,
  SipProvider,
  SipProviderContext,
  SipRegister,
  SipRegistration,
  SipRegistrationDetail,
} from '../sip/sip-provider';
import type { IncomingSipSession, SipSession, SipSessionEvents } from '../sip/sip-session';

/** A SIP provider without SIP: a test says what happens, and reads what the endpoint asked for. */
export class ScriptedSipProvider implements SipProvider {
  addresses: SipAddress[] = [];
  readonly sessions: ScriptedSession[] = [];
  readonly registrations: ScriptedRegistration[] = [];
  readonly requests: { method: string; uri: string }[] = [];
  /** What start does. */
  starting: () => Promise<void> = async () => {};
  #context: SipProviderContext | undefined;

  /** To be handed to an endpoint as its `sip`. */
  readonly factory = (context: SipProviderContext): SipProvider => {
    this.#context = context;
    return this;
  };

  get context(): SipProviderContext {
    return this.#context!;
  }

  async start(): Promise<void> {
    await this.starting();
    this.addresses = [{ protocol: 'udp', host: '192.0.2.1', port: 5060 }];
  }

  async close(): Promise<void> {
    this.addresses = [];
    for (const session of this.sessions) session.end({ by: 'local' });
  }

  invite(invite: SipInvite): ScriptedSession {
    const from = invite.from ?? new NameAddr('sip:offhook@192.0.2.1');
    const request = inviteRequest(invite.uri.toString(), from.toString(), invite.headers ?? []);
    const session = new ScriptedSession('outgoing', request, new NameAddr(invite.uri), invite.offerAnswer);
    this.sessions.push(session);
    return session;
  }

  /** An INVITE comes in; `offer` is its SDP. */
  incoming(options: { to?: string; from?: string; offer?: string; headers?: HeaderList } = {}): ScriptedSession {
    const { to = 'sip:bob@192.0.2.1', from = '"Alice" <sip:alice@192.0.2.9>;tag=a', offer, headers = [] } = options;
    const request = inviteRequest(to, from, headers);
    if (offer !== undefined) request.setBody('application/sdp', offer);
    const session = new ScriptedSession('incoming', request, request.from);
    this.sessions.push(session);
    this.context.handlers.invite(session as IncomingSipSession);
    return session;
  }

  register(register: SipRegister): ScriptedRegistration {
    const registration = new ScriptedRegistration(register);
    this.registrations.push(registration);
    return registration;
  }

  async request(request: { method: string; uri: { toString(): string } }): Promise<SipResponse> {
    this.requests.push({ method: request.method, uri: request.uri.toString() });
    return SipResponse.create({ status: 200, reason: 'OK' });
  }

  async localAddress(): Promise<string> {
    return '192.0.2.1';
  }
}

let calls = 0;

function inviteRequest(uri: string, from: string, headers: HeaderList): SipRequest {
  const request = SipRequest.create({
    method: 'INVITE',
    uri,
    headers: [
      ['From', from],
      ['To', `<${uri}>`],
      ['Call-ID', `scripted-${++calls}`],
      ['CSeq', '1 INVITE'],
    ],
  });
  for (const [name, value] of headers) request.headers.append(name, value);
  return request;
}

/** One session of a {@link ScriptedSipProvider}. What the endpoint did is in `log`, in order. */
export class ScriptedSession extends TypedEmitter<SipSessionEvents> implements SipSession {
  readonly log: string[] = [];
  readonly sent: { what: string; headers: HeaderList }[] = [];
  /** What the next re-INVITEs do: nothing left is success with `answer`. */
  readonly refusals: SipError[] = [];
  /** SDP the peer answers offers with. */
  answer: string | undefined;
  reinviting = false;
  #over = false;

  constructor(
    readonly direction: 'outgoing' | 'incoming',
    readonly invite: SipRequest,
    readonly remote: NameAddr,
    public offerAnswer?: OfferAnswerHandler,
  ) {
    super();
  }

  async ring(options: { status: number; headers?: HeaderList; earlyMedia?: boolean }): Promise<void> {
    this.#did(`ring ${options.status}`, options.headers);
    if (options.earlyMedia) await this.#answerOffer();
  }

  async accept(options: { headers?: HeaderList }): Promise<void> {
    this.#did('accept', options.headers);
    const established = await this.#answerOffer();
    if (!established) this.emit('established');
  }

  reject(status: number, _reason?: string, headers?: HeaderList): void {
    this.#did(`reject ${status}`, headers);
    this.end({ by: 'local', status });
  }

  async terminate(): Promise<void> {
    this.#did('terminate');
    this.end({ by: 'local' });
  }

  async reinvite(options: { headers?: HeaderList } = {}): Promise<void> {
    this.reinviting = true;
    const offer = await this.offerAnswer!.createOffer();
    this.reinviting = false;
    this.#did(`reinvite ${directionOf(offer)}`, options.headers);
    const refusal = this.refusals.shift();
    if (refusal) {
      this.offerAnswer!.rollback();
      throw refusal;
    }
    if (this.answer !== undefined) await this.offerAnswer!.acceptAnswer(sdp(this.answer));
  }

  /** What the peer says in Allow; undefined for nothing. */
  allow: readonly string[] | undefined;
  /** Statuses the next requests inside the dialog are answered with; 200 when nothing is left. */
  readonly statuses: number[] = [];
  /** Bodies of the requests sent inside the dialog. */
  readonly bodies: string[] = [];

  peerAllows(method: string): boolean {
    return this.allow?.includes(method) ?? false;
  }

  async send(method: string, { body }: { headers?: HeaderList; body?: SessionBody } = {}): Promise<SipResponse> {
    this.#did(method);
    if (body) this.bodies.push(`${body.contentType} ${new TextDecoder().decode(body.body)}`);
    const status = this.statuses.shift() ?? 200;
    return SipResponse.create({ status, reason: status === 200 ? 'OK' : 'Refused' });
  }

  /** The peer answers our INVITE. */
  async answered(answer: string): Promise<void> {
    this.answer = answer;
    await this.offerAnswer!.createOffer();
    await this.offerAnswer!.acceptAnswer(sdp(answer));
    this.emit('established');
  }

  /** The peer sends a re-INVITE with an offer. @returns our answer's direction */
  async reoffered(offer: string, headers: HeaderList = []): Promise<string> {
    const answer = await this.offerAnswer!.createAnswer(sdp(offer));
    this.emit('heard', inviteRequest('sip:bob@192.0.2.1', '<sip:alice@192.0.2.9>;tag=a', headers));
    return directionOf(answer);
  }

  /** A request comes inside the dialog. @returns the status it is answered with */
  request(method: string, headers: HeaderList = [], body?: { type: string; text: string }): SipResponse {
    const request = inviteRequest('sip:bob@192.0.2.1', '<sip:alice@192.0.2.9>;tag=a', headers);
    request.method = method;
    request.cseq = { sequence: 2, method };
    if (body) request.setBody(body.type, body.text);
    let answer: SipResponse | undefined;
    this.emit('heard', request);
    this.emit('request', {
      request,
      respond: (response) => {
        this.log.push(`${method} ${response.status}`);
        answer = response;
      },
    });
    return answer!;
  }

  end(end: SipSessionEvents['ended'][0]): void {
    if (this.#over) return;
    this.#over = true;
    this.emit('ended', end);
  }

  /** @returns whether the answer, and so the ACK, has come */
  async #answerOffer(): Promise<boolean> {
    const { body, contentType } = this.invite;
    if (body.length > 0) await this.offerAnswer!.createAnswer({ contentType: contentType!, body });
    else if (this.answer !== undefined) await this.answered(this.answer);
    return body.length === 0;
  }

  #did(what: string, headers: HeaderList = []): void {
    this.log.push(what);
    this.sent.push({ what, headers });
  }
}

/** One registration of a {@link ScriptedSipProvider}. */
export class ScriptedRegistration
  extends TypedEmitter<{ state: [ConnectionState, SipRegistrationDetail] }>
  implements SipRegistration
{
  /** What the registrar says. */
  outcome: () => Promise<void> = async () => {};
  removed = false;
  stopped = false;

  constructor(readonly register: SipRegister) {
    super();
  }

  start(): Promise<void> {
    return this.outcome();
  }

  async remove(): Promise<void> {
    this.removed = true;
  }

  stop(): void {
    this.stopped = true;
  }
}

/** A description of the peer's: one PCMU stream. */
export function remoteSdp({
  direction = 'sendrecv',
  address = '192.0.2.9',
  port = 4000,
  payloads = '0 101',
} = {}): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.9',
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${payloads}`,
    ...(payloads.includes('101') ? ['a=rtpmap:101 telephone-event/8000'] : []),
    `a=${direction}`,
    '',
  ].join('\r\n');
}

/** The direction a description says. */
export function directionOf(body: SessionBody): string {
  return /a=(sendrecv|sendonly|recvonly|inactive)/.exec(new TextDecoder().decode(body.body))?.[1] ?? 'none';
}

function sdp(text: string): SessionBody {
  return { contentType: 'application/sdp', body: new TextEncoder().encode(text) };
}
