import { type Clock, systemClock } from '../platform/clock';
import { MediaError } from '../platform/errors';
import { type Logger, silentLogger } from '../platform/logger';
import { type RandomBytes, systemRandom } from '../platform/random';
import { TypedEmitter } from '../platform/typed-emitter';
import { isStun } from '../stun/stun-message';
import type { Address, DatagramHandler, RtpTransport } from '../transport/rtp-transport';
import type { TransportAgreement } from '../transport/transport-agreement';
import type { IceBase } from './candidate-pair';
import { Gatherer } from './gatherer';
import { IceAgent, type IceRole, type IceState } from './ice-agent';
import { formatCandidate, type IceCandidate, parseCandidate } from './ice-candidate';
import type { IceServer } from './ice-servers';
import { IceSocket } from './ice-socket';

/** What an offer or answer of the peer says about ICE. */
export interface RemoteIceDescription {
  ufrag: string;
  pwd: string;
  /** Values of `a=candidate`; those that cannot be used are left out. */
  candidates: readonly string[];
  /** The peer only answers checks. */
  lite?: boolean;
  /** No more candidates will come. */
  complete?: boolean;
  /** Our role: the side that offered first controls. */
  role: IceRole;
}

/** What our offer or answer says about ICE. */
export interface LocalIceDescription {
  ufrag: string;
  pwd: string;
  candidates: readonly string[];
  lite: boolean;
  complete: boolean;
}

/** Events of an {@link IceTransport}. */
export interface IceTransportEvents {
  state: [state: IceState];
  /** Another candidate of ours: the value of `a=candidate`, for a peer that takes them one by one (RFC 8838). */
  candidate: [candidate: string];
  /** Media goes over another pair; types and addresses for diagnosis. */
  selected: [local: IceCandidate, remote: IceCandidate];
  /** A server could not be used, or all candidates failed. The call goes on with what there is. */
  error: [error: MediaError];
}

/** Settings of an {@link IceTransport}. */
export interface IceTransportOptions {
  /** Sockets, the preferred address first. The transport closes them. */
  sockets: readonly [RtpTransport, ...RtpTransport[]];
  /** Asked for more addresses; none when absent. */
  servers?: readonly IceServer[];
  /** Only relayed candidates are told and used; false when absent. */
  relayOnly?: boolean;
  /** Answers checks and makes none: for a host with a public address; false when absent. */
  lite?: boolean;
  /** Address told in place of the sockets' own, of a translator that keeps ports. */
  publicAddress?: string;
  /** Time and timers; those of the machine when absent. */
  clock?: Clock;
  /** Randomness; that of the machine when absent. */
  random?: RandomBytes;
  /** Where to write what happens; nowhere when absent. */
  logger?: Logger;
}

/**
 * RTP and RTCP over the pair of addresses that ICE finds (RFC 8445), or plainly to the address of `c=` and `m=` for a peer
 * without ICE.
 *
 * Media is taken only from where an authentic check came from or got through to. To the session above it all of it comes
 * from the address that the peer announced, whatever pair it took.
 */
export class IceTransport extends TypedEmitter<IceTransportEvents> implements RtpTransport {
  readonly #logger: Logger;
  readonly #sockets: readonly RtpTransport[];
  readonly #media: readonly IceSocket[];
  readonly #agent: IceAgent;
  readonly #gatherer: Gatherer;
  #mode: 'waiting' | 'ice' | 'plain' = 'waiting';
  #remoteUfrag: string | undefined;
  /** Our credentials are new, those of the peer are expected to be. */
  #restarting = false;
  #remoteRtp: Address = { host: '', port: 0 };
  #remoteRtcp: Address = { host: '', port: 0 };
  #onRtp: DatagramHandler = () => {};
  #onRtcp: DatagramHandler = () => {};
  #onError: (error: Error) => void = () => {};
  /** Packets dropped: from addresses that no check has proven. */
  foreign = 0;

  constructor(options: IceTransportOptions) {
    super();
    const { sockets, clock = systemClock, random = systemRandom, lite = false } = options;
    this.#logger = options.logger ?? silentLogger;
    this.#sockets = sockets;
    const isMuxed = sockets.every(({ localPort, localRtcpPort }) => localPort === localRtcpPort);
    this.#agent = new IceAgent({ clock, random, role: 'controlling', lite, components: isMuxed ? 1 : 2 });
    this.#media = sockets.map(
      (socket) => new IceSocket(socket, (bytes, from, base, isRtcp) => this.#receive(bytes, from, base, isRtcp)),
    );
    for (const socket of sockets) socket.onError?.((error) => this.#onError(error));
    this.#gatherer = new Gatherer({
      agent: this.#agent,
      bases: this.#media.flatMap(({ bases }) => bases),
      servers: options.servers ?? [],
      relayOnly: options.relayOnly ?? false,
      publicAddress: options.publicAddress,
      clock,
      random,
      found: (candidate) => this.emit('candidate', formatCandidate(candidate)),
      failed: (error) => this.#fail(error),
      received: (bytes, from, base) => this.#receive(bytes, from, base, undefined),
    });
    this.#agent.on('state', (state) => this.#stateChanged(state));
    this.#agent.on('selected', (component, pair) => {
      if (component === 1) this.emit('selected', pair.local, pair.remote);
    });
  }

  get localAddress(): string {
    return this.#sockets[0]!.localAddress;
  }

  get localPort(): number {
    return this.#sockets[0]!.localPort;
  }

  get localRtcpPort(): number {
    return this.#sockets[0]!.localRtcpPort;
  }

  /** How far the checks are. */
  get state(): IceState {
    return this.#agent.state;
  }

  /** Round trip of the latest check, in ms. */
  get roundTripMs(): number | undefined {
    return this.#agent.roundTripMs;
  }

  /** The pair media goes over. */
  get selected(): { local: IceCandidate; remote: IceCandidate } | undefined {
    const pair = this.#agent.selected(1);
    return pair && { local: pair.local, remote: pair.remote };
  }

  /**
   * Collects candidates (RFC 8445 §5.1.1): those of the sockets at once, those of servers as they come. Resolves when all have
   * come, or after `timeoutMs`; servers that fail are told of by `error` and left out.
   *
   * @param timeoutMs ms; 2000 when absent
   */
  gather(timeoutMs = 2000): Promise<void> {
    return this.#gatherer.gather(timeoutMs);
  }

  /** What our next offer or answer has to say. */
  get local(): LocalIceDescription {
    return {
      ...this.#agent.credentials,
      candidates: this.#gatherer.told.map(formatCandidate),
      lite: this.#agent.lite,
      complete: this.#gatherer.complete,
    };
  }

  /**
   * The address for `c=` and `m=`, which is one of the candidates (RFC 8839 §4.2.1.2): the one most likely to be reached by a
   * peer without ICE.
   */
  get defaultAddress(): { rtp: Address; rtcp: Address } {
    const best = (component: number) => this.#gatherer.defaultOf(component);
    const rtp = best(1) ?? { host: this.localAddress, port: this.localPort };
    const rtcp =
      this.localRtcpPort === this.localPort ? rtp : (best(2) ?? { host: rtp.host, port: this.localRtcpPort });
    return { rtp: { ...rtp }, rtcp: { ...rtcp } };
  }

  /**
   * Takes what the peer said. Called again, it adds candidates; other credentials than before are the peer's restart.
   *
   * @param rtcpMux both sides agreed to send RTCP to the port of RTP (RFC 5761)
   */
  connect(remote: RemoteIceDescription, rtcpMux: boolean): void {
    if (rtcpMux) this.#agent.setComponents(1);
    this.#mode = 'ice';
    const candidates = remote.candidates.map(parseCandidate).filter((each): each is IceCandidate => each !== undefined);
    // RFC 8839 §4.4.1.1.1: other credentials of the peer in an answer or offer are a restart, which takes both sides.
    if (this.#remoteUfrag !== undefined && this.#remoteUfrag !== remote.ufrag && !this.#restarting)
      this.restart(remote.role);
    this.#restarting = false;
    this.#remoteUfrag = remote.ufrag;
    this.#agent.start({ ...remote, candidates }, remote.role);
  }

  /** The peer has no ICE, or its default address is no candidate (RFC 8839 §4.2.5): plain RTP to where it announced. */
  connectPlainly(): void {
    this.#mode = 'plain';
    this.#plain.setRemote(this.#remoteRtp, this.#remoteRtcp);
  }

  /** For plain RTP: whether RTCP shares its port. */
  agree(agreement: TransportAgreement): void {
    this.#sockets[0]!.agree?.(agreement);
  }

  /** Adds a candidate of the peer that came by itself (RFC 8838). */
  addRemoteCandidate(text: string): void {
    const candidate = parseCandidate(text);
    if (candidate) this.#agent.addRemote(candidate);
  }

  /** The peer has no more candidates (RFC 8838 §13). */
  endOfRemoteCandidates(): void {
    this.#agent.complete();
  }

  /**
   * New credentials for the next offer (RFC 8445 §9). Media goes on over the pair there is until another is found.
   *
   * @param role that of the next exchange: who offers the restart controls
   */
  restart(role: IceRole = 'controlling'): LocalIceDescription {
    this.#restarting = true;
    this.#agent.restart(role);
    return this.local;
  }

  #stateChanged(state: IceState): void {
    this.#logger.info({ state }, 'ICE');
    this.emit('state', state);
    if (state === 'failed') {
      this.#fail(new MediaError('ERR_ICE', 'No pair of candidates works: a firewall, or a TURN server is missing.'));
    } else if (state === 'disconnected') {
      this.#fail(new MediaError('ERR_ICE', 'The peer has not answered checks for 30 s; media rests until it does.'));
    }
  }

  #fail(error: MediaError): void {
    this.#logger.warn({ code: error.code }, error.message);
    this.emit('error', error);
  }

  #receive(bytes: Uint8Array, from: Readonly<Address>, base: IceBase, isRtcp: boolean | undefined): void {
    if (isStun(bytes)) {
      if (!this.#gatherer.receive(bytes, from)) this.#agent.receive(bytes, base, from);
      return;
    }
    if (this.#mode === 'plain') {
      this.#deliver(bytes, from, from, base, isRtcp);
    } else if (this.#agent.isProven(base, from)) {
      this.#deliver(bytes, this.#remoteRtp, this.#remoteRtcp, base, isRtcp);
    } else {
      this.foreign++;
    }
  }

  #deliver(
    bytes: Uint8Array,
    rtpFrom: Readonly<Address>,
    rtcpFrom: Readonly<Address>,
    base: IceBase,
    isRtcp: boolean | undefined,
  ): void {
    // RFC 5761 §4 where both share a port.
    if (isRtcp ?? (base.component === 2 || looksLikeRtcp(bytes))) this.#onRtcp(bytes, rtcpFrom);
    else this.#onRtp(bytes, rtpFrom);
  }

  setRemote(rtp: Readonly<Address>, rtcp: Readonly<Address>): void {
    this.#remoteRtp = { ...rtp };
    this.#remoteRtcp = { ...rtcp };
    if (this.#mode === 'plain') this.#plain.setRemote(rtp, rtcp);
  }

  sendRtp(bytes: Uint8Array): void {
    if (this.#mode === 'plain') this.#plain.sendRtp(bytes);
    else this.#send(1, bytes);
  }

  sendRtcp(bytes: Uint8Array): void {
    if (this.#mode === 'plain') this.#plain.sendRtcp(bytes);
    else if (this.#agent.selected(2)) this.#send(2, bytes);
    else this.#send(1, bytes);
  }

  get #plain(): IceSocket {
    return this.#media[0]!;
  }

  #send(component: number, bytes: Uint8Array): void {
    const pair = this.#agent.selected(component);
    const { state } = this.#agent;
    if (!pair || state === 'disconnected' || state === 'closed') return;
    pair.local.base.send(bytes, pair.remote.address);
  }

  onRtp(handler: DatagramHandler): void {
    this.#onRtp = handler;
  }

  onRtcp(handler: DatagramHandler): void {
    this.#onRtcp = handler;
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  /** Ends checks, gives allocations back and closes the sockets. */
  async close(): Promise<void> {
    this.#agent.close();
    this.#gatherer.close();
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }
}

const looksLikeRtcp = (bytes: Uint8Array) => bytes.length > 1 && bytes[1]! >= 192 && bytes[1]! <= 223;
