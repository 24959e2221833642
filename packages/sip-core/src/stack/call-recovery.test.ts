import { afterEach, describe, expect, test } from 'vitest';
import type { IncomingSession } from '../session/incoming-session';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { Flow, TransportProtocol } from '../transport/transport';
import { SipStack } from './sip-stack';

const SERVER = { host: '192.0.2.9', port: 5060 };
const uri = (protocol: string) => `sip:server@192.0.2.9:5060;transport=${protocol.toLowerCase()}`;

const open: SipStack[] = [];
let clock: VirtualClock;

afterEach(async () => {
  for (const stack of open.splice(0)) await clock.until(stack.close(), 10_000);
  // Of the last connections to close.
  await clock.advance(10);
  expect(clock.pending).toBe(0);
});

/** A server, and phones that call it; who can be connected to says `listen`. */
class Scene {
  readonly network: MemoryNetwork;
  /** INVITEs the server got, with the time. */
  readonly invites: number[] = [];
  readonly flows: Flow[] = [];
  server!: SipStack;

  constructor(readonly protocol: TransportProtocol) {
    clock = new VirtualClock();
    this.network = new MemoryNetwork(clock);
  }

  async open(): Promise<this> {
    this.server = new SipStack({ clock, transports: [this.network.transport(this.protocol, SERVER)] });
    this.server.observe({
      request: ({ method }, flow, direction) => {
        if (direction === 'out' || method !== 'INVITE') return;
        this.invites.push(clock.now());
        this.flows.push(flow);
      },
    });
    await this.server.start();
    open.push(this.server);
    return this;
  }

  async call(number = 1, listen = false) {
    const transport = this.network.transport(this.protocol, { host: `192.0.2.${10 + number}`, listen });
    const phone = new SipStack({ clock, random: seededRandomBytes(number), transports: [transport] });
    await phone.start();
    open.push(phone);
    let incoming: IncomingSession | undefined;
    this.server.once('invite', (session) => {
      session.offerAnswer = new ScriptedMedia('server');
      void session.accept();
      incoming = session;
    });
    const offerAnswer = new ScriptedMedia('phone');
    const session = phone.invite({ uri: uri(this.protocol), from: 'sip:phone@192.0.2.1', offerAnswer });
    await clock.advance(100);
    expect(session.state).toBe('confirmed');
    return { phone, session, incoming: incoming! };
  }
}

describe.each(['TCP', 'WS'] as const)('a call whose connection breaks, over %s', (protocol) => {
  test('of a phone nobody can connect to: it tells the server of its new connection, and can be hung up on', async () => {
    const scene = await new Scene(protocol).open();
    const { session, incoming } = await scene.call();
    for (let round = 2; round <= 4; round++) {
      scene.network.sever();
      await clock.advance(1_000);
      expect(scene.invites).toHaveLength(round);
      expect(scene.network.connections).toBe(2);
    }
    expect(new Set(scene.flows).size).toBe(4);
    await clock.until(incoming.terminate());
    expect(session.state).toBe('terminated');
  });

  test('of a phone that listens: nothing need be said, the server connects', async () => {
    const scene = await new Scene(protocol).open();
    const { session, incoming } = await scene.call(1, true);
    scene.network.sever();
    await clock.advance(10_000);
    expect(scene.invites).toHaveLength(1);
    await clock.until(incoming.terminate());
    expect(session.state).toBe('terminated');
  });

  test('right before the ACK is through: it is sent again over another one, for the 2xx that comes again', async () => {
    const scene = await new Scene(protocol).open();
    const transport = scene.network.transport(scene.protocol, { host: '192.0.2.11', port: 5060 });
    const phone = new SipStack({ clock, transports: [transport] });
    await phone.start();
    open.push(phone);
    let incoming: IncomingSession | undefined;
    scene.server.once('invite', (session) => {
      session.offerAnswer = new ScriptedMedia('server');
      session.accept().catch(() => {});
      incoming = session;
    });
    const offerAnswer = new ScriptedMedia('phone');
    const session = phone.invite({ uri: uri(scene.protocol), from: 'sip:phone@192.0.2.11', offerAnswer });
    let acks = 0;
    scene.network.tap = (data) => {
      if (!new TextDecoder().decode(data).startsWith('ACK')) return;
      // It is on its way, and gone with the connection.
      if (++acks === 1) queueMicrotask(() => scene.network.sever());
    };
    await clock.advance(10_000);
    expect(acks).toBe(2);
    expect([session.state, incoming!.state]).toEqual(['confirmed', 'confirmed']);
    await clock.until(incoming!.terminate());
    expect(session.state).toBe('terminated');
  });

  test('while the server is away it is tried again, less and less often, and not for ever', async () => {
    const scene = await new Scene(protocol).open();
    const { session } = await scene.call();
    const connect: number[] = [];
    const { at } = scene.network;
    scene.network.at = () => {
      connect.push(clock.now());
      return undefined;
    };
    scene.network.sever();
    await clock.advance(300_000);
    expect(connect.length).toBeGreaterThan(4);
    expect(connect.length).toBeLessThan(40);
    expect(connect.at(-1)! - connect[0]!).toBeLessThan(70_000);
    expect(session.state).toBe('confirmed');
    // By hand it still can be.
    scene.network.at = at;
    await clock.until(session.reinvite(), 10_000);
  });

  test('when the server is back it is brought back', async () => {
    const scene = await new Scene(protocol).open();
    const { session, incoming } = await scene.call();
    const { at } = scene.network;
    scene.network.at = () => undefined;
    scene.network.sever();
    await clock.advance(10_000);
    scene.network.at = at;
    await clock.advance(20_000);
    expect(scene.invites).toHaveLength(2);
    await clock.until(incoming.terminate());
    expect(session.state).toBe('terminated');
  });

  test('a server that has forgotten the call says so, and it is over', async () => {
    const scene = await new Scene(protocol).open();
    const { session } = await scene.call();
    const closing = scene.server;
    open.splice(open.indexOf(closing), 1);
    scene.network.sever();
    void closing.close(0);
    await clock.advance(1);
    await scene.open();
    await clock.advance(30_000);
    expect(session.state).toBe('terminated');
  });
});

test('those who were cut off together do not come back together', async () => {
  const scene = await new Scene('WS').open();
  for (let number = 1; number <= 20; number++) await scene.call(number);
  scene.network.sever();
  const before = scene.invites.length;
  await clock.advance(1_000);
  const times = scene.invites.slice(before);
  expect(times).toHaveLength(20);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(200);
});
