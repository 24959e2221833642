import {
  type IncomingSession,
  type OutgoingSession,
  type Registration,
  type RegistrationOptions,
  type Resolver,
  type SipRequest,
  SipStack,
  type Transport,
} from '@offhook/sip-core';
import { TcpTransport, TlsTransport, UdpTransport, WssTransport, WsTransport } from '@offhook/sip-core/node';
import { ScriptedMedia } from '@offhook/sip-core/testing';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { CertificateAuthority } from '../../packages/sip-core/src/node/testing/certificates';
import { type OutboundServers, type OutboundServersOptions, startOutboundServers } from './support/kamailio-outbound';
import { describeWithPeers } from './support/peers';
import { ended, established } from './support/sipp-stack';

const programs = ['kamailio', 'kamailio-outbound', 'kamailio-tls', 'kamailio-websocket'] as const;
const protocols = ['UDP', 'TCP', 'WS', 'TLS', 'WSS'] as const;
type Protocol = (typeof protocols)[number];

const host = '127.0.0.1';
const EDGE = 'edge.example.com';
let authority: CertificateAuthority;

beforeAll(async () => {
  authority = await CertificateAuthority.create();
});

const startServers = async (options: OutboundServersOptions = {}): Promise<OutboundServers> =>
  startOutboundServers({ certificate: await authority.issue({ dns: [EDGE] }), ...options });

/** Phones over connections listen to nothing: whatever reaches them comes by their flow. */
function transportOf(protocol: Protocol): Transport {
  if (protocol === 'UDP') return new UdpTransport({ host });
  if (protocol === 'TCP') return new TcpTransport({ host, listen: false });
  if (protocol === 'WS') return new WsTransport({ host, listen: false });
  const ca = authority.certificate;
  return protocol === 'TLS' ? new TlsTransport({ host, ca }) : new WssTransport({ host, ca });
}

/** Counts the keep-alives that are answered. */
function countPongs(transport: Transport): () => number {
  let pongs = 0;
  const listen = transport.listen.bind(transport);
  transport.listen = (handlers) => {
    const pong: typeof handlers.pong = (flow, mapped) => {
      pongs++;
      handlers.pong?.(flow, mapped);
    };
    return listen(Object.assign(Object.create(handlers), { pong }));
  };
  return () => pongs;
}

/** The names of the zone all lead to this machine. */
const resolver: Resolver = (uri, available) => {
  const wanted = uri.params.get('transport')?.toUpperCase() ?? '';
  const protocol = available.find((each) => each.startsWith(wanted))!;
  return [{ protocol, host, port: uri.port ?? 5060, domain: uri.host }];
};

interface Phone {
  stack: SipStack;
  registration: Registration;
  calls: IncomingSession[];
  /** Keep-alives answered so far. */
  pongs(): number;
}

interface PhoneOptions extends Partial<RegistrationOptions> {
  transports?: Transport[];
  /** What is done with calls; they are answered when absent. */
  called?(session: IncomingSession): void;
}

function answer(session: IncomingSession): void {
  session.accept().catch(() => {});
}

async function startPhone(servers: OutboundServers, protocol: Protocol, user: string, options: PhoneOptions = {}) {
  const { transports = [transportOf(protocol)], called = answer, ...more } = options;
  const pongs = countPongs(transports[0]!);
  const stack = new SipStack({ transports, resolver });
  await stack.start();
  onTestFinished(() => stack.close(100));
  const calls: IncomingSession[] = [];
  stack.on('invite', (session) => {
    calls.push(session);
    session.offerAnswer = new ScriptedMedia(user);
    called(session);
  });
  const port = protocol === 'TLS' || protocol === 'WSS' ? servers.tlsPort : servers.port;
  const registration = stack.register({
    aor: `sip:${user}@example.com`,
    server: `sip:${EDGE}:${port};transport=${protocol === 'WSS' ? 'ws' : protocol.toLowerCase()}`,
    outbound: true,
    credentials: { username: user, password: `secret-${user}` },
    retry: { flowBase: 200 },
    ...more,
  });
  const phone: Phone = { stack, registration, calls, pongs };
  return phone;
}

async function registered(...args: Parameters<typeof startPhone>): Promise<Phone> {
  const phone = await startPhone(...args);
  await phone.registration.start();
  return phone;
}

const call = ({ stack, registration }: Phone, uri: string): OutgoingSession =>
  stack.invite({ uri, from: 'sip:alice@example.com', registration, offerAnswer: new ScriptedMedia('caller') });

/** A call from one phone to another, and its end. */
async function talk(from: Phone, to: Phone, uri: string, hangUp: 'caller' | 'callee'): Promise<SipRequest> {
  const outgoing = call(from, uri);
  await established(outgoing);
  const incoming = to.calls.at(-1)!;
  await established(incoming);
  const both = Promise.all([ended(outgoing), ended(incoming)]);
  await (hangUp === 'caller' ? outgoing : incoming).terminate();
  await both;
  return incoming.invite;
}

const until = (condition: () => boolean) => expect.poll(condition, { timeout: 20_000, interval: 20 }).toBe(true);

describeWithPeers(programs, 'Kamailio with outbound (RFC 5626)', () => {
  test.each(protocols)('%s: flows are registered through an edge, and calls come by them', async (protocol) => {
    const servers = await startServers();
    const alice = await registered(servers, protocol, 'alice');
    const bob = await registered(servers, protocol, 'bob');
    const [flow] = bob.registration.flows;
    expect(flow).toMatchObject({ regId: 1, state: 'registered', outbound: true });
    expect(servers.registrar.child.output()).toMatch(/path <sip:[^@>]+@127\.0\.0\.1:[^>]*;ob>/);
    const before = servers.edge.child.output().length;
    const invite = await talk(alice, bob, 'sip:bob@example.com', 'caller');
    await talk(bob, alice, 'sip:alice@example.com', 'callee');
    expect(invite.recordRoutes.length).toBeGreaterThanOrEqual(2);
    expect(servers.edge.child.output().slice(before)).toMatch(/BY FLOW INVITE/);
    await Promise.all([alice.registration.remove(), bob.registration.remove()]);
    expect(bob.registration.state).toBe('unregistered');
  });

  test.each(protocols)(
    '%s: all of a call goes by the flows: PRACK, UPDATE, re-INVITE of either, CANCEL',
    async (protocol) => {
      const servers = await startServers();
      const alice = await registered(servers, protocol, 'alice');
      const ringing = (session: IncomingSession) => session.ring({ earlyMedia: true, reliable: true });
      const bob = await registered(servers, protocol, 'bob', { called: ringing });
      const methods: string[] = [];
      bob.stack.on('trace', ({ direction, data }) => {
        if (direction === 'in') methods.push(/^[A-Z]+(?= )/.exec(new TextDecoder().decode(data))?.[0] ?? '');
      });
      const outgoing = call(alice, 'sip:bob@example.com');
      await until(() => outgoing.state === 'early');
      await outgoing.update();
      await until(() => methods.includes('UPDATE'));
      const incoming = bob.calls[0]!;
      await incoming.accept();
      await outgoing.reinvite();
      await incoming.reinvite();
      const over = ended(outgoing);
      await incoming.terminate();
      await over;
      // Kamailio's processes may change the order, and repetitions are nobody's fault.
      expect(new Set(methods)).toEqual(new Set(['', 'INVITE', 'PRACK', 'UPDATE', 'ACK']));
      const cancelled = call(alice, 'sip:bob@example.com');
      await until(() => cancelled.state === 'early');
      const gone = ended(bob.calls[1]!);
      await cancelled.terminate();
      await gone;
      expect(methods).toContain('CANCEL');
    },
  );

  test('UDP: a call outlives a restart of the edge', async () => {
    const servers = await startServers();
    const alice = await registered(servers, 'UDP', 'alice');
    const bob = await registered(servers, 'UDP', 'bob');
    const outgoing = call(alice, 'sip:bob@example.com');
    await established(outgoing);
    await servers.edge.stop();
    await servers.edge.start();
    await outgoing.reinvite();
    const over = ended(outgoing);
    await bob.calls[0]!.terminate();
    expect(await over).toMatchObject({ by: 'remote' });
  });

  test.each(protocols)('%s: keep-alives as often as the edge asks are answered', async (protocol) => {
    const servers = await startServers({ flowTimer: 1 });
    const { pongs, registration } = await registered(servers, protocol, 'alice');
    await until(() => pongs() >= 3);
    expect(registration.state).toBe('registered');
  });

  test.each(protocols)('%s: the edge is restarted; the next call arrives', async (protocol) => {
    const servers = await startServers();
    const alice = await registered(servers, protocol, 'alice');
    const bob = await registered(servers, protocol, 'bob');
    const old = bob.registration.flow!;
    const states: string[] = [];
    bob.registration.on('flow', ({ state }) => states.push(state));
    await servers.edge.stop();
    // The flow is gone, and two attempts to make another have failed.
    if (protocol !== 'UDP') await until(() => old.closed && states.filter((state) => state === 'failed').length > 2);
    await servers.edge.start();
    if (protocol !== 'UDP') {
      const lines = [alice.registration, bob.registration];
      await until(() => lines.every(({ state, flow }) => state === 'registered' && flow?.closed === false));
      expect(states.at(-1)).toBe('registered');
    }
    await talk(alice, bob, 'sip:bob@example.com', 'caller');
    await talk(bob, alice, 'sip:alice@example.com', 'caller');
  });

  test('a phone with two flows loses one: calls come by the other', async () => {
    const servers = await startServers();
    const alice = await registered(servers, 'UDP', 'alice');
    const bob = await registered(servers, 'TCP', 'bob', {
      transports: [transportOf('TCP'), transportOf('TLS')],
      servers: [`sip:${EDGE}:${servers.port};transport=tcp`, `sip:${EDGE}:${servers.tlsPort};transport=tls`],
      retry: { flowBase: 1_000_000, spareFlowBase: 1_000_000 },
    });
    await until(() => bob.registration.flows.every(({ state }) => state === 'registered'));
    const [first, second] = bob.registration.flows.map(({ flow }) => flow);
    expect(first).not.toBe(second);
    first!.close();
    await talk(alice, bob, 'sip:bob@example.com', 'caller');
    expect(bob.calls.map(({ flow }) => flow)).toEqual([second]);
    expect(bob.registration.state).toBe('registered');
  });
});

describeWithPeers(programs, 'Kamailio and who we are', () => {
  test.each(['public', 'temporary'] as const)('a %s GRUU leads to the phone it was given to', async (gruu) => {
    const servers = await startServers();
    const alice = await registered(servers, 'TCP', 'alice');
    const bob = await registered(servers, 'TCP', 'bob', { gruu });
    const uri = bob.registration.gruu!;
    expect(uri.params.has('gr')).toBe(true);
    if (gruu === 'temporary') expect(uri.user).not.toContain('bob');
    await talk(alice, bob, uri.toString(), 'callee');
  });

  test('a password is proved by SHA-256, and a wrong one is refused', async () => {
    const servers = await startServers();
    const phone = await startPhone(servers, 'TCP', 'alice', { credentials: { username: 'alice', password: 'wrong' } });
    const sent: string[] = [];
    phone.stack.on('trace', ({ direction, data }) => direction === 'out' && sent.push(new TextDecoder().decode(data)));
    await expect(phone.registration.start()).rejects.toMatchObject({ status: 401 });
    expect(sent.at(-1)).toMatch(/^Authorization: Digest .*algorithm=SHA-256/m);
    await registered(servers, 'TCP', 'alice');
  });

  test.each(['TLS', 'WSS'] as const)(
    '%s: a certificate of somebody else is refused, and the error says so',
    async (protocol) => {
      const servers = await startServers({ certificate: await authority.issue({ dns: ['other.example.com'] }) });
      const { registration } = await startPhone(servers, protocol, 'alice', { retry: { first: 0 } });
      await expect(registration.start()).rejects.toMatchObject({
        code: 'ERR_SIP_TLS_IDENTITY',
        message: expect.stringMatching(/edge\.example\.com.*other\.example\.com/),
      });
    },
  );

  test.each(['TLS', 'WSS'] as const)(
    '%s: an authority nobody trusts is refused, and the error says so',
    async (protocol) => {
      const stranger = await CertificateAuthority.create('Stranger');
      const servers = await startServers({ certificate: await stranger.issue({ dns: [EDGE] }) });
      const { registration } = await startPhone(servers, protocol, 'alice', { retry: { first: 0 } });
      await expect(registration.start()).rejects.toMatchObject({ code: 'ERR_SIP_TLS_UNTRUSTED' });
    },
  );

  test('TLS: who shows the certificate the server wants comes in, nobody else', async () => {
    const servers = await startServers({ clientAuthority: authority.certificate });
    const ca = authority.certificate;
    const { registration } = await startPhone(servers, 'TLS', 'alice', { retry: { first: 0 } });
    await expect(registration.start()).rejects.toMatchObject({ code: 'ERR_SIP_TLS_CLIENT_CERTIFICATE' });
    const certificate = await authority.issue({ dns: ['alice.example.com'] });
    const transport = new TlsTransport({ host, ca, certificate, listen: false });
    const known = await registered(servers, 'TLS', 'alice', { transports: [transport] });
    expect(known.registration.state).toBe('registered');
  });
});
