import { queryObjects } from 'node:v8';
import { expect, test } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import { Dialog } from '../dialog/dialog';
import type { NameAddr } from '../message/name-addr';
import type { Registration } from '../registration/registration';
import { IncomingSession } from '../session/incoming-session';
import { OutgoingSession } from '../session/outgoing-session';
import { SipStack } from '../stack/sip-stack';
import { ForwardingProxy } from '../testing/forwarding-proxy';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandom, seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { ClientTransaction } from '../transaction/client-transaction';
import { ServerTransaction } from '../transaction/server-transaction';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A proxy with a registrar, for one transport protocol. */
class Site {
  readonly bindings = new Map<string, NameAddr>();
  proxy!: ForwardingProxy;
  registered = 0;

  constructor(
    readonly clock: VirtualClock,
    readonly network: MemoryNetwork,
    readonly protocol: 'UDP' | 'TCP',
    readonly host: string,
  ) {}

  /** Starts, for the first time or after {@link crash}; it remembers nothing. */
  async start(): Promise<void> {
    const { clock, network, protocol, host } = this;
    this.bindings.clear();
    const random = seededRandomBytes(protocol === 'UDP' ? 11 : 12);
    const digest = new DigestServer({ realm: 'example.com', password: () => 'secret', clock, random });
    this.proxy = new ForwardingProxy({
      clock,
      random,
      transport: network.transport(protocol, { host, port: 5060 }),
      serve: (transaction) => {
        const { request } = transaction;
        if (request.method !== 'REGISTER') return false;
        void digest.verify(request).then((verdict) => {
          if (transaction.answered || transaction.state === 'terminated') return;
          if (!verdict.ok) {
            transaction.reply(401, { headers: digest.challenge(verdict.stale) });
            return;
          }
          const { contact } = request;
          const user = request.to.sipUri!.user!;
          if (contact && contact.params.get('expires') !== '0') this.bindings.set(user, contact);
          else this.bindings.delete(user);
          this.registered++;
          transaction.reply(200, { headers: contact ? [['Contact', contact.toString()]] : [] });
        });
        return true;
      },
      route: (request) => {
        const contact = this.bindings.get(request.uri.toString().slice(4).split('@')[0]!);
        return contact ? [contact.uri] : { status: 480 };
      },
    });
    await this.proxy.start();
  }

  crash(): Promise<void> {
    return this.proxy.close();
  }
}

/** A phone that registers, answers most calls, and is quiet otherwise. */
class WeekendPhone {
  readonly stack: SipStack;
  readonly lines: Registration[];
  calls = 0;

  constructor(
    clock: VirtualClock,
    network: MemoryNetwork,
    readonly site: Site,
    protocol: 'UDP' | 'TCP',
    index: number,
    readonly users: readonly string[],
    readonly chance: () => number,
  ) {
    this.stack = new SipStack({
      clock,
      random: seededRandomBytes(100 + index),
      transports: [network.transport(protocol, { host: `192.0.2.${100 + index}`, port: 5060 })],
    });
    this.lines = [];
    this.stack.on('invite', (session) => this.answer(session, clock));
  }

  async start(): Promise<void> {
    await this.stack.start();
    for (const user of this.users) {
      const line = this.stack.register({
        aor: `sip:${user}@example.com`,
        server: this.server,
        expires: 1_800,
        credentials: { username: user, password: 'secret' },
      });
      this.lines.push(line);
      line.start().catch(() => {});
    }
  }

  get server(): string {
    const { protocol } = this.stack.transports[0]!;
    return `sip:${this.site.host};transport=${protocol.toLowerCase()}`;
  }

  private answer(session: IncomingSession, clock: VirtualClock): void {
    session.offerAnswer = new ScriptedMedia('callee');
    const choice = this.chance();
    if (choice < 0.1) {
      session.reject(486);
      return;
    }
    void session.ring().catch(() => {});
    const timer = clock.setTimer(this.chance() * 20_000, () => {
      if (session.state !== 'terminated') session.accept().catch(() => {});
    });
    session.on('ended', () => timer.cancel());
  }

  call(user: string, clock: VirtualClock): void {
    this.calls++;
    const session = this.stack.invite({
      uri: `sip:${user}@example.com`,
      from: `sip:${this.users[0]}@example.com`,
      server: this.server,
      offerAnswer: new ScriptedMedia('caller'),
    });
    const hangUp = clock.setTimer(10_000 + this.chance() * 30 * MINUTE, () => void session.terminate());
    const hold = clock.setTimer(60_000, () => {
      if (session.state === 'confirmed') session.reinvite().catch(() => {});
    });
    session.on('ended', () => {
      hangUp.cancel();
      hold.cancel();
    });
  }
}

test('a weekend of registrations, calls and network drops ends with nothing too many', async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock, { delay: 5, jitter: 10, loss: 0.01, duplicate: 0.01, seed: 5 });
  const chance = seededRandom(42);
  const sites = [new Site(clock, network, 'UDP', '192.0.2.1'), new Site(clock, network, 'TCP', '192.0.2.2')];
  await Promise.all(sites.map((site) => site.start()));
  const phones: WeekendPhone[] = [];
  for (let index = 0; index < 10; index++) {
    const site = sites[index % 2]!;
    const users = Array.from({ length: index < 2 ? 10 : 1 }, (_, line) => `u${index}x${line}`);
    phones.push(new WeekendPhone(clock, network, site, index % 2 ? 'TCP' : 'UDP', index, users, chance));
  }
  await Promise.all(phones.map((phone) => phone.start()));
  await clock.advance(MINUTE);
  const lines = phones.flatMap((phone) => phone.lines);
  expect(lines.map(({ state }) => state)).toEqual(lines.map(() => 'registered'));

  const quiet: { timers: number; connections: number; transactions: number }[] = [];
  for (let hour = 0; hour < 62; hour++) {
    const outage = hour % 6 === 4;
    for (let sixth = 0; sixth < 6; sixth++) {
      if (outage && sixth === 2) {
        network.filter = () => false;
        network.sever();
        await sites[1]!.crash();
      }
      if (outage && sixth === 3) {
        network.filter = undefined;
        await sites[1]!.start();
      }
      // Nobody calls at night, so that all can be seen to go back to what it was.
      if (hour % 12 < 9) {
        for (let count = 0; count < 3; count++) {
          const caller = phones[Math.floor(chance() * phones.length)]!;
          const others = phones.filter((phone) => phone.site === caller.site && phone !== caller);
          const callee = others[Math.floor(chance() * others.length)]!;
          caller.call(callee.users[Math.floor(chance() * callee.users.length)]!, clock);
        }
      }
      await clock.advance(10 * MINUTE);
    }
    if (hour % 12 === 11) {
      // 32 s after the last message no transaction is left but those of refreshes.
      expect(phones.map(({ stack }) => stack.load.sessions)).toEqual(phones.map(() => 0));
      quiet.push({
        timers: clock.pending,
        connections: network.connections,
        transactions: phones.reduce((sum, { stack }) => sum + stack.load.transactions, 0),
      });
    }
  }
  await clock.advance(HOUR);
  expect(lines.map(({ state }) => state)).toEqual(lines.map(() => 'registered'));
  const calls = phones.reduce((sum, phone) => sum + phone.calls, 0);
  expect(calls).toBeGreaterThan(700);
  expect(sites.every(({ registered }) => registered > 500)).toBe(true);
  // One night is like the other: one timer a line, one connection a phone over TCP, seen from both ends.
  for (const night of quiet) {
    expect(night.connections).toBeLessThanOrEqual(2 * 5);
    expect(night.timers - night.transactions * 3).toBeLessThanOrEqual(lines.length + 20);
  }

  await clock.until(Promise.all(lines.map((line) => line.remove())));
  expect(sites.map(({ bindings }) => bindings.size)).toEqual([0, 0]);
  await clock.advance(MINUTE);
  for (const { stack } of phones) expect(stack.load).toMatchObject({ sessions: 0, transactions: 0, registrations: 0 });
  await clock.until(Promise.all(phones.map(({ stack }) => stack.close())));
  await clock.until(Promise.all(sites.map(({ proxy }) => proxy.close())));
  await clock.advance(MINUTE);
  expect(clock.pending).toBe(0);
  expect(network.connections).toBe(0);
  phones.length = lines.length = sites.length = 0;
  for (const kind of [IncomingSession, OutgoingSession, Dialog, ClientTransaction, ServerTransaction]) {
    expect([kind.name, queryObjects(kind as never, { format: 'count' } as never)]).toEqual([kind.name, 0]);
  }
}, 120_000);
