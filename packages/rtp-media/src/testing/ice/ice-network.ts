import type { IceBase, LocalCandidate } from '../../ice/candidate-pair';
import type { IceAgent } from '../../ice/ice-agent';
import { candidatePriority, sameAddress } from '../../ice/ice-candidate';
import type { Clock } from '../../platform/clock';
import type { Address } from '../../transport/rtp-transport';

/** What stands between a host and the network. */
interface Nat {
  readonly publicHost: string;
  /** A mapping for every peer, or one for all (RFC 4787 §4.1). */
  readonly symmetric: boolean;
  readonly ports: Map<string, number>;
  /** Who may come in by which port: those we sent to. */
  readonly open: Set<string>;
}

/** Hosts with agents, some of them behind address translators, in virtual time. */
export class IceNetwork {
  readonly #clock: Clock;
  readonly #delay: number;
  readonly #bases = new Map<string, { agent: IceAgent; base: IceBase }>();
  readonly #nats = new Map<string, Nat>();
  #port = 50_000;
  /** Decides whether a datagram gets through. */
  passes: (from: Address, to: Address, bytes: Uint8Array) => boolean = () => true;
  sent = 0;

  constructor(clock: Clock, delay = 5) {
    this.#clock = clock;
    this.#delay = delay;
  }

  /** Puts a host behind an address translator that filters by address and port. */
  putBehindNat(host: string, publicHost: string, symmetric = false): void {
    this.#nats.set(host, { publicHost, symmetric, ports: new Map(), open: new Set() });
  }

  /** A host candidate on a new socket. */
  host(agent: IceAgent, host: string, component = 1, localPreference = 65_535): LocalCandidate {
    const address = { host, port: this.#port++ };
    const base: IceBase = {
      address,
      component,
      relayed: false,
      send: (bytes, to) => this.#send(bytes, address, to),
    };
    this.#bases.set(`${host} ${address.port}`, { agent, base });
    const priority = candidatePriority('host', component, localPreference);
    const candidate: LocalCandidate = { foundation: `h${host}`, component, priority, address, type: 'host', base };
    agent.addLocal(candidate);
    return candidate;
  }

  /** The server reflexive candidate that a STUN server would tell of. */
  reflexive(agent: IceAgent, { base, component }: LocalCandidate): LocalCandidate {
    const address = this.#translate(base.address, { host: 'stun', port: 3478 });
    const priority = candidatePriority('srflx', component);
    const candidate: LocalCandidate = {
      foundation: 's',
      component,
      priority,
      address,
      type: 'srflx',
      base,
      related: base.address,
    };
    agent.addLocal(candidate);
    return candidate;
  }

  #translate(from: Readonly<Address>, to: Readonly<Address>): Address {
    const nat = this.#nats.get(from.host);
    if (!nat) return { ...from };
    const key = nat.symmetric ? `${from.port} ${to.host} ${to.port}` : `${from.port}`;
    const port = nat.ports.get(key) ?? this.#port++;
    nat.ports.set(key, port);
    nat.open.add(`${port} ${to.host} ${to.port}`);
    return { host: nat.publicHost, port };
  }

  #send(bytes: Uint8Array, from: Readonly<Address>, to: Readonly<Address>): void {
    this.sent++;
    const copy = bytes.slice();
    const seen = this.#translate(from, to);
    this.#clock.setTimer(this.#delay, () => {
      if (!this.passes(seen, to, copy)) return;
      const target = this.#resolve(seen, to);
      const receiver = target && this.#bases.get(`${target.host} ${target.port}`);
      receiver?.agent.receive(copy, receiver.base, seen);
    });
  }

  /** The socket behind a public address, if the translator lets the sender in. */
  #resolve(from: Address, to: Readonly<Address>): Address | undefined {
    for (const [host, nat] of this.#nats) {
      if (to.host === host) return undefined;
      if (to.host !== nat.publicHost || !nat.open.has(`${to.port} ${from.host} ${from.port}`)) continue;
      for (const [key, port] of nat.ports) {
        if (port === to.port) return { host, port: Number(key.split(' ')[0]) };
      }
    }
    return this.#nats.size > 0 && [...this.#nats.values()].some(({ publicHost }) => publicHost === to.host)
      ? undefined
      : { ...to };
  }

  /** Sends bytes as if from an address. */
  inject(bytes: Uint8Array, from: Address, to: Address): void {
    const receiver = [...this.#bases.values()].find(({ base }) => sameAddress(base.address, to));
    receiver?.agent.receive(bytes, receiver.base, from);
  }
}
