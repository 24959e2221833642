import { afterEach, expect } from 'vitest';
import { SipStack } from '../../stack/sip-stack';
import type { SipStackOptions } from '../../stack/stack-options';
import { MemoryNetwork } from '../../testing/memory-network';
import { seededRandomBytes } from '../../testing/seeded-random';
import { TestRegistrar, type TestRegistrarOptions } from '../../testing/test-registrar';
import { VirtualClock } from '../../testing/virtual-clock';
import type { TransportProtocol } from '../../transport/transport';
import type { Registration } from '../registration';
import type { RegistrationOptions } from '../registration-options';

/** An instance id for all tests. */
export const INSTANCE = 'urn:uuid:00000000-0000-1000-8000-000A95A0E128';

/** A phone at 192.0.2.1 and registrars at 192.0.2.101, .102 and so on, in virtual time. */
export class PhoneAndRegistrars {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly registrars: TestRegistrar[] = [];
  readonly phone: SipStack;
  /** Protocol and time in ms of each keep-alive the phone sent. */
  readonly pings: number[] = [];
  /** What became of the registration: `registered 200`, and `flow 2 failed` of its flows. */
  readonly story: string[] = [];

  private constructor(
    readonly protocol: TransportProtocol,
    options: Partial<SipStackOptions>,
  ) {
    const transport = this.network.transport(protocol, { host: '192.0.2.1', port: 5060 });
    const { flow } = transport;
    const seen = new WeakSet();
    transport.flow = (remote) => {
      const made = flow.call(transport, remote);
      if (!seen.has(made)) {
        seen.add(made);
        const { ping } = made;
        made.ping = () => {
          this.pings.push(this.clock.now());
          ping.call(made);
        };
      }
      return made;
    };
    this.phone = new SipStack({
      clock: this.clock,
      random: seededRandomBytes(11),
      transports: [transport],
      ...options,
    });
  }

  static async start(
    protocol: TransportProtocol = 'UDP',
    registrars: readonly TestRegistrarOptions[] = [{}],
    options: Partial<SipStackOptions> = {},
  ): Promise<PhoneAndRegistrars> {
    const scene = new PhoneAndRegistrars(protocol, options);
    await scene.phone.start();
    for (const each of registrars) {
      const address = { host: `192.0.2.${101 + scene.registrars.length}`, port: 5060 };
      scene.registrars.push(
        await new TestRegistrar(scene.network, address, { protocols: [protocol], ...each }).start(),
      );
    }
    running = scene;
    return scene;
  }

  /** The first registrar. */
  get registrar(): TestRegistrar {
    return this.registrars[0]!;
  }

  /** URI of a registrar, the first being number 1. */
  server(number: number): string {
    return `sip:192.0.2.${100 + number};transport=${this.protocol.toLowerCase()}`;
  }

  /** A registration of bob@example.com with all registrars as servers; not begun yet. */
  register(options: Partial<RegistrationOptions> = {}): Registration {
    const registration = this.phone.register({
      aor: 'sip:bob@example.com',
      servers: this.registrars.map((_, index) => this.server(index + 1)),
      instanceId: INSTANCE,
      ...options,
    });
    registration.on('state', (state, { status }) => this.story.push(status ? `${state} ${status}` : state));
    if (registration.flows.length > 1) {
      registration.on('flow', ({ regId, state }) => this.story.push(`flow ${regId} ${state}`));
    }
    return registration;
  }

  /** A registration that is registered. */
  async registered(options: Partial<RegistrationOptions> = {}): Promise<Registration> {
    const registration = this.register(options);
    await this.clock.until(registration.start());
    await this.clock.advance(100);
    return registration;
  }

  /** Contacts of the last REGISTER at a registrar, the first being number 1. */
  lastContacts(number = 1): string[] {
    return this.registrars[number - 1]!.arrivals.at(-1)!.request.headers.getAll('Contact');
  }
}

let running: PhoneAndRegistrars | undefined;

/** After each test of a file: closing leaves no timer, transaction or connection behind. */
export function leaveNothingBehind(): void {
  afterEach(async () => {
    const scene = running!;
    running = undefined;
    await scene.clock.until(scene.phone.close());
    for (const registrar of scene.registrars) await scene.clock.until(registrar.close());
    await scene.clock.advance(100);
    expect(scene.phone.load).toMatchObject({ sessions: 0, transactions: 0, registrations: 0 });
    expect(scene.clock.pending).toBe(0);
    expect(scene.network.connections).toBe(0);
  });
}
