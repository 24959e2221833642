import type { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { SipUri } from '../message/uri';
import type { StackHost } from '../stack/stack-host';
import type { Flow } from '../transport/transport';
import { FlowKeeper } from './flow-keeper';
import { newInstanceId } from './instance-id';
import { RefreshSchedule } from './refresh-schedule';
import { RegisterGate } from './register-gate';
import type { Registration } from './registration';

/** Settings of all registrations of a stack. */
export interface RegisteringOptions {
  /** Instance of registrations that name none (RFC 5626 §4.1); a new one when absent. */
  instanceId?: string;
  /** Most REGISTERs that are on their way to one registrar at a time; 100 when absent. */
  concurrency?: number;
}

/** What a request came by. */
export interface Arrival {
  readonly request: SipRequest;
  readonly flow: Flow;
}

/** What the registrations of a stack share: time, flows, and turns at the registrars. */
export class RegistrationCenter {
  readonly schedule: RefreshSchedule;
  readonly keeper: FlowKeeper;
  readonly gate: RegisterGate;
  readonly addressOver: (flow: Flow, user: string | undefined) => NameAddr;
  readonly #host: StackHost;
  #instanceId: string | undefined;
  readonly #all = new Set<Registration>();
  /** By the user of the address-of-record, which is that of the Contact too unless it was given. */
  readonly #byUser = new Map<string, Set<Registration>>();

  /** @param addressOver our own address as a Contact for a flow */
  constructor(
    host: StackHost,
    addressOver: (flow: Flow, user: string | undefined) => NameAddr,
    options: RegisteringOptions = {},
  ) {
    this.#host = host;
    this.addressOver = addressOver;
    this.#instanceId = options.instanceId;
    this.schedule = new RefreshSchedule(host.clock);
    this.keeper = new FlowKeeper(host.environment.layer, this.schedule, host.random);
    this.gate = new RegisterGate(options.concurrency ?? 100);
  }

  /** Registrations that have not been removed or stopped. */
  get size(): number {
    return this.#all.size;
  }

  /** Instance of the user agent (RFC 5626 §4.1). */
  get instanceId(): string {
    this.#instanceId ??= newInstanceId(this.#host.random);
    return this.#instanceId;
  }

  [Symbol.iterator](): IterableIterator<Registration> {
    return this.#all.values();
  }

  add(registration: Registration): void {
    this.#all.add(registration);
    for (const user of registration.users) {
      const others = this.#byUser.get(user);
      if (others) others.add(registration);
      else this.#byUser.set(user, new Set([registration]));
    }
  }

  remove(registration: Registration): void {
    this.#all.delete(registration);
    for (const user of registration.users) {
      const others = this.#byUser.get(user);
      if (others?.delete(registration) && others.size === 0) this.#byUser.delete(user);
    }
  }

  /** The Contact of the line of a user over one of its flows; undefined when it is no other than our address. */
  contactFor(flow: Flow, user: string | undefined): NameAddr | undefined {
    if (this.#byUser.size === 0) return undefined;
    for (const each of this.#byUser.get(user ?? '') ?? []) if (each.owns(flow)) return each.contactOver(flow);
    return undefined;
  }

  /** The registration a request has come for: by its Request-URI, the flow it came over, and To. */
  find({ request, flow }: Arrival): Registration | undefined {
    const { uri, to } = request;
    const users = new Set<string>();
    if (uri instanceof SipUri) users.add(uri.user ?? '');
    if (to.uri instanceof SipUri) users.add(to.uri.user ?? '');
    let best: Registration | undefined;
    let most = 0;
    for (const user of users) {
      for (const each of this.#byUser.get(user) ?? []) {
        const fit = each.fit(request, flow);
        if (fit > most) {
          best = each;
          most = fit;
        }
      }
    }
    return best;
  }

  /**
   * The network is another one: all registrations that have begun give up their flows, and register anew when `ready` has resolved.
   */
  async networkChanged(ready: () => Promise<void>): Promise<void> {
    const begun = [...this.#all].filter(({ state }) => state !== 'unregistered');
    // Nobody watches any more when the connections close that many of them share.
    const abandoned = begun.map((each) => each.abandonFlows());
    for (const flow of new Set(abandoned.flatMap(({ flows }) => flows))) flow.close();
    await ready();
    await Promise.all(abandoned.map(({ restart }) => restart().catch(() => {})));
  }

  /** No message goes out any more. */
  close(): void {
    for (const registration of [...this.#all]) registration.stop();
    this.keeper.close();
    this.schedule.close();
  }
}
