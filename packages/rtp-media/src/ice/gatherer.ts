import type { Clock } from '../platform/clock';
import { MediaError } from '../platform/errors';
import type { RandomBytes } from '../platform/random';
import { StunClient } from '../stun/stun-client';
import { METHOD, StunMessage } from '../stun/stun-message';
import type { Address } from '../transport/rtp-transport';
import type { IceBase, LocalCandidate } from './candidate-pair';
import type { IceAgent } from './ice-agent';
import { candidatePriority, type IceCandidateType, isIpv6, sameAddress } from './ice-candidate';
import type { IceServer, StunServer, TurnServer } from './ice-servers';
import { TurnClient } from './turn-client';

/** What a {@link Gatherer} works with. */
export interface GathererOptions {
  agent: IceAgent;
  /** Of sockets, the preferred first. */
  bases: readonly IceBase[];
  servers: readonly IceServer[];
  relayOnly: boolean;
  publicAddress: string | undefined;
  clock: Clock;
  random: RandomBytes;
  found(candidate: LocalCandidate): void;
  failed(error: MediaError): void;
  /** A peer's datagram came by a relay. */
  received(bytes: Uint8Array, from: Readonly<Address>, base: IceBase): void;
}

/** The order in which candidates make a default one (RFC 8445 §5.1.4): what a peer without ICE most likely reaches. */
const DEFAULT_ORDER: readonly IceCandidateType[] = ['relay', 'srflx', 'host'];

/** Collects the candidates of a stream (RFC 8445 §5.1.1): of its sockets, and those that STUN and TURN servers tell of. */
export class Gatherer {
  readonly #options: GathererOptions;
  readonly #stun: StunClient;
  readonly #turns: TurnClient[] = [];
  #told: LocalCandidate[] = [];
  #gathering: Promise<void> | undefined;
  #complete = false;
  #closed = false;

  constructor(options: GathererOptions) {
    this.#options = options;
    this.#stun = new StunClient(options.clock, options.random);
  }

  /** Candidates that the peer may know. */
  get told(): readonly LocalCandidate[] {
    return this.#told;
  }

  /** Whether no more will come. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The candidate for `c=` and `m=`, of the family that the first socket has. */
  defaultOf(component: number): Address | undefined {
    const family = isIpv6(this.#options.bases[0]!.address.host);
    for (const type of DEFAULT_ORDER) {
      const found = this.#told.find(
        (each) => each.type === type && each.component === component && isIpv6(each.address.host) === family,
      );
      if (found) return found.address;
    }
    return undefined;
  }

  gather(timeoutMs: number): Promise<void> {
    if (!this.#gathering) {
      this.#addHosts();
      const all = this.#options.servers.flatMap((server) =>
        server.kind === 'stun' ? this.#askStun(server) : this.#askTurn(server),
      );
      this.#gathering = Promise.allSettled(all).then(() => {
        this.#complete = true;
      });
    }
    return this.#within(this.#gathering, timeoutMs);
  }

  #within(gathering: Promise<void>, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(timeoutMs, resolve);
      gathering.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #addHosts(): void {
    const { bases, publicAddress, relayOnly } = this.#options;
    const hosts = [...new Set(bases.map(({ address }) => address.host))];
    for (const base of bases) {
      const { host, port } = base.address;
      const isFirst = host === hosts[0];
      const told = publicAddress !== undefined && isFirst ? { host: publicAddress, port } : base.address;
      this.#add(base, 'host', told, `h${hosts.indexOf(host)}`, 65_535 - hosts.indexOf(host), !relayOnly);
    }
  }

  #add(
    base: IceBase,
    type: IceCandidateType,
    address: Readonly<Address>,
    foundation: string,
    localPreference: number,
    isTold = true,
  ): void {
    if (this.#closed) return;
    // RFC 8445 §5.1.3: the same address from the same base twice is one candidate.
    if (this.#told.some((each) => each.base === base && sameAddress(each.address, address))) return;
    const { component } = base;
    const priority = candidatePriority(type, component, localPreference);
    const candidate: LocalCandidate = {
      foundation,
      component,
      priority,
      address: { host: address.host, port: address.port },
      type,
      base,
      ...(type !== 'host' && { related: base.relayed ? { host: '0.0.0.0', port: 0 } : base.address }),
    };
    if (isTold) {
      this.#told = [...this.#told, candidate];
      this.#options.found(candidate);
    }
    if (isTold || type !== 'host') this.#options.agent.addLocal(candidate);
  }

  /** A server reflexive candidate for each base of the server's family. */
  #askStun(server: StunServer): Promise<void>[] {
    const { bases, relayOnly } = this.#options;
    if (relayOnly) return [];
    const index = this.#options.servers.indexOf(server);
    return bases
      .filter(({ address }) => isIpv6(address.host) === isIpv6(server.host))
      .map(
        (base) =>
          new Promise((resolve) => {
            const request = this.#stun.request(METHOD.BINDING);
            this.#stun.send(
              request,
              (bytes) => base.send(bytes, server),
              ({ response }) => {
                const mapped = response?.mappedAddress;
                if (mapped) this.#add(base, 'srflx', mapped, `s${index}`, 65_535);
                else this.#options.failed(unanswered(server));
                resolve();
              },
            );
          }),
      );
  }

  /** A relayed candidate for each component. */
  #askTurn(server: TurnServer): Promise<void>[] {
    const components = [...new Set(this.#options.bases.map(({ component }) => component))];
    return components.map(async (component) => {
      try {
        await this.#allocate(server, component);
      } catch (error) {
        if (this.#closed) return;
        const failure = error instanceof MediaError ? error : undefined;
        this.#options.failed(
          failure ??
            new MediaError('ERR_TURN', `The TURN server cannot be reached: ${(error as Error).message}`, {
              cause: error,
            }),
        );
      }
    });
  }

  async #allocate(server: TurnServer, component: number): Promise<void> {
    const { clock, random } = this.#options;
    const pipe = await server.connect();
    if (this.#closed) {
      pipe.close();
      return;
    }
    let base: IceBase | undefined;
    const client = new TurnClient({
      clock,
      random,
      pipe,
      username: server.username,
      password: server.password,
      data: (bytes, from) => base && this.#options.received(bytes, from, base),
      lost: (error) => this.#options.failed(error),
    });
    this.#turns.push(client);
    const { relayed } = await client.allocate();
    base = { address: relayed, component, relayed: true, send: (bytes, to) => client.send(bytes, to) };
    this.#add(base, 'relay', relayed, `r${this.#options.servers.indexOf(server)}`, 65_535);
  }

  /** Whether it was a server's answer. */
  receive(bytes: Uint8Array, from: Readonly<Address>): boolean {
    if (this.#stun.size === 0) return false;
    const message = StunMessage.parse(bytes);
    return message !== undefined && message.class !== 'request' && this.#stun.receive(message, from);
  }

  close(): void {
    this.#closed = true;
    this.#stun.fail();
    for (const client of this.#turns) client.close();
  }
}

const unanswered = ({ host, port }: StunServer) =>
  new MediaError('ERR_ICE', `The STUN server at ${host} port ${port} does not answer; calls go on without it.`);
