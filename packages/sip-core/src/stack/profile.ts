import type { HeaderList } from '../message/header-list';
import type { SipMessage } from '../message/message';
import type { NameAddr } from '../message/name-addr';
import { SipRequest } from '../message/request';
import { receivedPackages } from '../session/info';
import { type SessionSettings, timerSettings } from '../session/session-settings';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { Abilities } from './request-checks';
import type { StackFeature } from './stack-feature';
import type { SipStackOptions } from './stack-options';

/** Methods the stack or its sessions answer. */
const OWN_METHODS = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'UPDATE', 'PRACK'];

/** What a user agent can do, and how it says so: Allow, Supported, Accept, Allow-Events, Recv-Info (RFC 3261 §20, §11). */
export class Profile implements Abilities {
  /** What all INVITE sessions have in common. */
  readonly sessions: SessionSettings;
  /** Content types that INVITE bodies may have. */
  readonly accept: readonly string[];
  readonly #userAgent: string | undefined;
  readonly #recvInfo: HeaderList;
  #allow: readonly string[];
  #supported: readonly string[];
  #events: readonly string[] = [];
  /** What is written into each message, joined once. */
  #texts: { allow: string; supported: string; events: string };

  /** @throws RangeError when the session timer makes no sense */
  constructor(options: SipStackOptions) {
    this.sessions = {
      timer: timerSettings(options.sessionTimer),
      reliable: options.reliableProvisional ?? 'early-media',
      infoPackages: options.infoPackages ?? [],
    };
    this.accept = options.accept ?? ['application/sdp'];
    this.#userAgent = options.userAgent;
    this.#recvInfo = receivedPackages(this.sessions);
    const { timer, reliable, infoPackages } = this.sessions;
    const methods = OWN_METHODS.filter((method) => method !== 'PRACK' || reliable !== 'off');
    this.#allow = union(union(methods, infoPackages.length > 0 ? ['INFO'] : []), options.allow);
    const own = [...(reliable === 'off' ? [] : ['100rel']), ...(timer ? ['timer'] : []), '199'];
    this.#supported = union(own, options.supported);
    this.#texts = textsOf(this);
  }

  /** Methods answered. */
  get allow(): readonly string[] {
    return this.#allow;
  }

  /** Option tags understood. */
  get supported(): readonly string[] {
    return this.#supported;
  }

  /** Event packages served. */
  get events(): readonly string[] {
    return this.#events;
  }

  get timer(): SessionSettings['timer'] {
    return this.sessions.timer;
  }

  /** Whether a caller has to be able to acknowledge provisional responses. */
  get reliable(): boolean {
    return this.sessions.reliable === 'required';
  }

  /** A feature has been plugged in. */
  add({ methods, supported, events }: StackFeature): void {
    this.#allow = union(this.#allow, methods);
    this.#supported = union(this.#supported, supported);
    this.#events = union(this.#events, events);
    this.#texts = textsOf(this);
  }

  /** Adds what every message of ours says of us, where it does not say it yet. */
  decorate(message: SipMessage): void {
    const userAgent = this.#userAgent;
    const { headers } = message;
    const isRequest = message instanceof SipRequest;
    if (userAgent && !headers.has(isRequest ? 'User-Agent' : 'Server')) {
      headers.append(isRequest ? 'User-Agent' : 'Server', userAgent);
    }
    const { method } = message.cseq;
    if (method === 'INVITE' || method === 'OPTIONS' || method === 'UPDATE') {
      const { allow, supported, events } = this.#texts;
      if (!headers.has('Allow')) headers.append('Allow', allow);
      if (events !== '' && !headers.has('Allow-Events')) headers.append('Allow-Events', events);
      if (supported !== '' && !headers.has('Supported')) headers.append('Supported', supported);
    }
    if (method === 'INVITE' && !headers.has('Recv-Info')) {
      for (const [name, value] of this.#recvInfo) headers.append(name, value);
    }
    if (method === 'OPTIONS' && !headers.has('Accept')) headers.append('Accept', this.accept.join(', '));
  }

  /** RFC 3261 §11.2: what an INVITE would be answered with, and what we can do. */
  answerOptions(transaction: ServerTransaction, contact: NameAddr): void {
    const { allow, supported, events } = this.#texts;
    const headers: [string, string][] = [
      ['Contact', contact.toString()],
      ['Allow', allow],
      ['Accept', this.accept.join(', ')],
      ['Supported', supported],
    ];
    if (events !== '') headers.push(['Allow-Events', events]);
    if (this.#userAgent) headers.push(['Server', this.#userAgent]);
    transaction.reply(200, { headers });
  }
}

const textsOf = ({ allow, supported, events }: Profile) => ({
  allow: allow.join(', '),
  supported: supported.join(', '),
  events: events.join(', '),
});

const union = (known: readonly string[], more: readonly string[] = []): readonly string[] => [
  ...new Set([...known, ...more]),
];
