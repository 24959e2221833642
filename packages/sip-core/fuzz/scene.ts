import { textOf } from '../../../tooling/fuzz/target';
import { parseMessage } from '../src/message/parse';
import { SipRequest } from '../src/message/request';
import { SipResponse } from '../src/message/response';
import { MessageServer } from '../src/messaging/message-server';
import { SipError } from '../src/platform/errors';
import type { Logger } from '../src/platform/logger';
import { TypedEmitter } from '../src/platform/typed-emitter';
import { PublicationServer } from '../src/publication/publication-server';
import { CallJoin, CallReplacement } from '../src/refer/call-replacement';
import { ReferServer } from '../src/refer/refer-server';
import type { Registration } from '../src/registration/registration';
import type { InviteSession } from '../src/session/invite-session';
import { SipStack } from '../src/stack/sip-stack';
import type { Subscription } from '../src/subscription/subscription';
import { MemoryNetwork } from '../src/testing/memory-network';
import { ScriptedMedia } from '../src/testing/scripted-media';
import { seededRandomBytes } from '../src/testing/seeded-random';
import { VirtualClock } from '../src/testing/virtual-clock';
import type { Transport } from '../src/transport/transport';

const PHONE = { host: '192.0.2.1', port: 5060 };
const STRANGER = { host: '192.0.2.2', port: 5060 };

/** A stack with all that can be plugged in, an application that does as it is told, and a stranger at its door. */
export class Scene {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly stack: SipStack;
  readonly failures: Error[] = [];
  readonly #stranger: Transport;
  readonly #media = new ScriptedMedia('A');
  readonly #sessions: InviteSession[] = [];
  readonly #lasting: (Registration | Subscription)[] = [];
  /** The stack's last request of each method, and its last response to each method, as they came. */
  readonly #seen = new Map<string, SipRequest | SipResponse>();

  constructor() {
    // What the stack itself calls an error, is one.
    TypedEmitter.onListenerError((error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    const logger: Logger = {
      ...{ debug() {}, info() {}, warn() {} },
      error: (data, message) => this.#fail(new Error(`It logged: ${message} ${JSON.stringify(data)}`)),
    };
    this.stack = new SipStack({
      clock: this.clock,
      random: seededRandomBytes(7),
      logger,
      transports: [this.network.transport('UDP', PHONE)],
      reliableProvisional: 'preferred',
      infoPackages: ['foo'],
    });
    this.stack.use(new MessageServer()).use(new PublicationServer({ event: 'presence' }));
    this.stack.use(new ReferServer()).use(new CallReplacement()).use(new CallJoin());
    const events = this.stack.serveEvent({ event: 'presence' });
    events.on('subscribe', (subscription) => {
      subscription.accept();
      // One that was only asked once is over by now.
      if (subscription.state !== 'terminated')
        this.#quietly(subscription.notify({ contentType: 'text/plain', body: new TextEncoder().encode('here') }));
    });
    this.stack.on('refer', (referral) => {
      if (referral.method === 'INVITE') referral.follow({ offerAnswer: this.#media });
      else referral.reject();
    });
    this.stack.on('invite', (session) => {
      session.offerAnswer = this.#media;
    });
    this.stack.on('session', (session) => this.#sessions.push(session));
    this.#stranger = this.network.transport('UDP', STRANGER);
  }

  async start(): Promise<void> {
    await this.stack.start();
    await this.#stranger.listen({
      message: (data) => this.#see(data),
      flowClosed() {},
      noise() {},
    });
  }

  /** Something happens: a word to the application (`!call`), or a datagram with what it refers to filled in. */
  async play(bytes: Uint8Array): Promise<void> {
    const text = textOf(bytes);
    if (text.startsWith('!')) await this.#command(text.slice(1));
    else this.#stranger.flow(PHONE).send(this.#filled(text));
    await this.clock.advance(2);
  }

  /** Everybody leaves; then nothing is left. @throws when something is */
  async end(): Promise<void> {
    for (const session of this.#sessions) this.#quietly(session.terminate());
    for (const each of this.#lasting) this.#quietly('remove' in each ? each.remove() : each.unsubscribe());
    // 64*T1 for a BYE that nobody answers, after an INVITE that nobody answered; and what we notify, and nobody can be told of, expires by itself.
    await this.clock.advance(7_300_000);
    const left = JSON.stringify(this.stack.load);
    if (this.stack.load.sessions + this.stack.load.transactions > 0) this.#fail(new Error(`It keeps ${left}.`));
    if (this.stack.dialogs.size > 0) this.#fail(new Error(`It keeps ${this.stack.dialogs.size} dialogs, and ${left}.`));
    await this.clock.until(this.stack.close());
    await this.#stranger.close();
    await this.clock.advance(100);
    if (this.clock.pending > 0) this.#fail(new Error(`It keeps ${this.clock.pending} timers after its end.`));
    TypedEmitter.onListenerError();
    if (this.failures[0]) throw this.failures[0];
  }

  #see(data: Uint8Array): void {
    try {
      const message = parseMessage(data);
      // A 400 gives a malformed CSeq back as it came.
      const method = message.headers.get('CSeq')?.split(/\s+/).at(-1);
      this.#seen.set(message instanceof SipRequest ? `> ${message.method}` : `< ${method}`, message);
    } catch (cause) {
      this.#fail(new Error(`It sent what it would not take: ${textOf(data)}`, { cause }));
    }
  }

  /** `{tag METHOD}`: the To tag of the answer to it; `{echo METHOD}`: what a response copies; `{in METHOD}`: of our dialog. */
  #filled(template: string): Uint8Array {
    const text = template
      .replaceAll(/\{tag (\w+)\}/g, (_, method) => {
        const seen = this.#seen.get(`< ${method}`);
        return (seen instanceof SipResponse && tagOf(seen)) || 'none';
      })
      .replaceAll(/\{rseq\}/g, () => this.#seen.get('< INVITE')?.headers.get('RSeq') ?? '1')
      .replaceAll(/\{etag\}/g, () => this.#seen.get('< PUBLISH')?.headers.get('SIP-ETag') ?? 'x')
      .replaceAll(/\{echo (\w+)( \w+)?\}/g, (_, method, tag = ' peer') => {
        const request = this.#seen.get(`> ${method}`);
        return request === undefined ? `CSeq: 1 ${method}` : echo(request, tag.trim());
      })
      .replaceAll(/\{in (\w+)\}/g, (_, method) => {
        const request = this.#seen.get(`> ${method}`);
        if (request === undefined) return 'Call-ID: none';
        const from = request.headers.get('From')!;
        const to = request.headers.get('To')!;
        const tagged = to.includes(';tag=') ? to : `${to};tag=peer`;
        return `From: ${tagged}\r\nTo: ${from}\r\nCall-ID: ${request.headers.get('Call-ID')}`;
      });
    return Uint8Array.from(text, (each) => each.charCodeAt(0) & 0xff);
  }

  async #command(text: string): Promise<void> {
    const [word, number = '0'] = text.split(' ');
    const session = this.#sessions[Number(number) % (this.#sessions.length || 1)];
    const to = { uri: 'sip:bob@192.0.2.2', from: 'sip:alice@192.0.2.1' };
    const offerAnswer = this.#media;
    const headers: [string, string][] = [['X-Test', '1']];
    try {
      if (word === 'wait') await this.clock.advance(Math.min(Number(number), 100_000));
      else if (word === 'call') this.stack.invite({ ...to, offerAnswer });
      else if (word === 'register') {
        const registration = this.stack.register({ aor: to.from, registrar: 'sip:192.0.2.2' });
        this.#lasting.push(registration);
        this.#quietly(registration.start());
      } else if (word === 'subscribe') this.#lasting.push(this.stack.subscribe({ ...to, event: 'presence' }));
      else if (word === 'options') this.#quietly(this.stack.request({ ...to, method: 'OPTIONS', headers }));
      else if (word === 'message') this.#quietly(this.stack.message({ ...to, content: 'hello' }));
      else if (session && word === 'ring' && 'ring' in session) this.#quietly((session as { ring(): unknown }).ring());
      else if (session && word === 'accept' && 'accept' in session)
        this.#quietly((session as { accept(): unknown }).accept());
      else if (session && word === 'reject' && 'reject' in session)
        this.#quietly((session as { reject(status: number): unknown }).reject(486));
      else if (session && word === 'end') this.#quietly(session.terminate());
      else if (session && word === 'reinvite') this.#quietly(session.reinvite());
      else if (session && word === 'info') this.#quietly(session.send('INFO', { headers }));
      else if (session && word === 'refer') session.refer('sip:carol@192.0.2.2');
    } catch (error) {
      if (!(error instanceof SipError)) this.#fail(error as Error);
    }
  }

  /** What is refused, is refused with an error of ours. */
  #quietly(work: unknown): void {
    Promise.resolve(work).catch((error) => {
      if (!(error instanceof SipError)) this.#fail(error as Error);
    });
  }

  #fail(error: Error): void {
    this.failures.push(error);
  }
}

function tagOf(response: SipResponse): string | undefined {
  return /;tag=([^;,\s]+)/.exec(response.headers.get('To') ?? '')?.[1];
}

/** What a response copies from its request (RFC 3261 §8.2.6.2). */
function echo({ headers }: SipRequest | SipResponse, tag: string): string {
  const to = headers.get('To')!;
  return [
    ...headers.getAll('Via').map((value) => `Via: ${value}`),
    `From: ${headers.get('From')}`,
    `To: ${to.includes(';tag=') ? to : `${to};tag=${tag}`}`,
    `Call-ID: ${headers.get('Call-ID')}`,
    `CSeq: ${headers.get('CSeq')}`,
  ].join('\r\n');
}
