import { afterEach, describe, expect, it } from 'vitest';
import { NameAddr } from '../message/name-addr';
import { parseMessage } from '../message/parse';
import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { serializeMessage } from '../message/serialize';
import { SipUri } from '../message/uri';
import { SipError } from '../platform/errors';
import { PublicationServer } from '../publication/publication-server';
import { PhoneAndPeer } from '../session/testing/phone-and-peer';
import { MemoryNetwork } from '../testing/memory-network';
import { VirtualClock } from '../testing/virtual-clock';
import { SipStack } from './sip-stack';
import type { SipStackOptions } from './stack-options';

const EVIL = ['x\r\nEvil: yes', 'x\nEvil: yes', 'x\rEvil: yes', 'x\0y', '\r\n\r\nINVITE sip:evil SIP/2.0\r\n'];

let pair: PhoneAndPeer | undefined;
/** Messages of ours with lines that nobody meant to write. */
const broken: string[] = [];

afterEach(async () => {
  const { clock, stack, peer } = pair!;
  pair = undefined;
  await clock.until(stack.close());
  await peer.close();
  expect(broken.splice(0)).toEqual([]);
});

/** A phone; all that it sends is looked at. */
async function watched(options: Partial<SipStackOptions> = {}) {
  pair = await PhoneAndPeer.start(options);
  const { stack, clock, peer } = pair;
  stack.on('trace', ({ direction, data }) => {
    if (direction === 'in') return;
    const text = new TextDecoder().decode(data);
    const head = text.slice(0, text.indexOf('\r\n\r\n'));
    const whole = !/[\r\n\0]/.test(head.replaceAll('\r\n', ''));
    if (!whole || /^(?:Evil:|INVITE sip:evil)/m.test(head)) broken.push(text);
  });
  return { pair, stack, clock, peer };
}

/** What came of it: a typed error, thrown or rejected with, or nothing. Something comes of it in any case. */
async function outcome(clock: VirtualClock, what: () => unknown): Promise<SipError | undefined> {
  try {
    await clock.until(Promise.resolve(what()), 70_000);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(SipError);
    return error as SipError;
  }
}

const FROM = 'sip:alice@192.0.2.1';
const TO = 'sip:bob@192.0.2.2';

describe.each(EVIL)('%j', (text) => {
  it('gets out in no request', async () => {
    const { stack, clock, peer } = await watched();
    const requests: Parameters<SipStack['request']>[0][] = [
      { method: text, uri: TO, from: FROM },
      { method: 'OPTIONS', uri: text, from: FROM },
      { method: 'OPTIONS', uri: `${TO};x=${text}`, from: FROM },
      { method: 'OPTIONS', uri: TO, from: text },
      { method: 'OPTIONS', uri: TO, from: `<${FROM}>;tag=${text}` },
      { method: 'OPTIONS', uri: TO, from: FROM, to: text },
      { method: 'OPTIONS', uri: TO, from: FROM, server: text },
      { method: 'OPTIONS', uri: TO, from: FROM, headers: [[text, 'x']] },
      { method: 'OPTIONS', uri: TO, from: FROM, headers: [['Subject', text]] },
      { method: 'MESSAGE', uri: TO, from: FROM, body: { contentType: text, body: new Uint8Array(1) } },
    ];
    for (const each of requests) expect(await outcome(clock, () => stack.request(each))).toBeDefined();
    expect(peer.log).toEqual([]);

    // These can be written with escapes, and arrive as what they are.
    const uri = new SipUri({ user: text, host: '192.0.2.2', params: { x: text } });
    const answered = stack.request({ method: 'OPTIONS', uri, from: new NameAddr(SipUri.parse(FROM), text) });
    const request = await peer.receive('OPTIONS');
    expect(request.uri.equals(uri)).toBe(true);
    peer.reply(request, 200);
    await clock.until(answered);
  });

  it('gets out in no call of ours, nor in what is said in it', async () => {
    const { pair, stack, clock } = await watched();
    const begin = (options: Partial<Parameters<SipStack['invite']>[0]>) => () => {
      const session = stack.invite({ uri: TO, from: FROM, offerAnswer: pair.media, ...options });
      return new Promise((resolve, reject) => {
        session.on('established', () => resolve(undefined));
        session.on('ended', ({ error }) => reject(error));
      });
    };
    expect(await outcome(clock, begin({ uri: text }))).toBeDefined();
    expect(await outcome(clock, begin({ from: text }))).toBeDefined();
    expect(await outcome(clock, begin({ headers: [['Subject', text]] }))).toBeDefined();
    expect(await outcome(clock, begin({ headers: [[text, 'x']] }))).toBeDefined();
    expect(pair.peer.log).toEqual([]);
    const odd = { createOffer: () => ({ contentType: text, body: new Uint8Array(1) }) };
    expect(await outcome(clock, begin({ offerAnswer: Object.assign(Object.create(pair.media), odd) }))).toBeDefined();

    const { session } = await pair.calling();
    expect(await outcome(clock, () => session.send(text))).toBeDefined();
    expect(await outcome(clock, () => session.send('INFO', { headers: [['X', text]] }))).toBeDefined();
    const body = { contentType: text, body: new Uint8Array(1) };
    expect(await outcome(clock, () => session.send('INFO', { body }))).toBeDefined();
    expect(await outcome(clock, () => session.reinvite({ headers: [['X', text]] }))).toBeDefined();
    expect(session.state).toBe('confirmed');
    const ended = outcome(clock, () => session.terminate({ headers: [['Reason', text]] }));
    await clock.advance(1);
    if (pair.peer.waiting.includes('BYE')) pair.peer.reply(await pair.peer.receive('BYE'), 200);
    await ended;
  });

  it('gets out in no answer of ours', async () => {
    const { pair, clock } = await watched();
    const answers: unknown[] = [];
    pair.stack.on('request', (transaction) => {
      const attempts = [
        () => transaction.reply(200, { reason: text }),
        () => transaction.reply(200, { headers: [['X', text]] }),
        () => transaction.reply(200, { headers: [[text, 'x']] }),
        () => transaction.reply(200, { toTag: text }),
        () => transaction.respond(SipResponse.for(transaction.request, 200, text)),
      ];
      for (const attempt of attempts) {
        try {
          attempt();
        } catch (error) {
          answers.push(error);
        }
      }
      transaction.reply(200);
    });
    pair.send('INFO');
    await pair.peer.receiveStatus(200);
    expect(answers).toHaveLength(5);
    for (const error of answers) expect(error).toBeInstanceOf(SipError);

    pair.send('INVITE', { body: 'offer', headers: [['X', '1']] });
    await clock.advance(1);
    const session = pair.incoming!;
    expect(await outcome(clock, () => session.ring({ headers: [['X', text]] }))).toBeDefined();
    expect(await outcome(clock, () => session.reject(486, text))).toBeDefined();
    expect(await outcome(clock, () => session.reject(486, undefined, [['X', text]]))).toBeDefined();
    expect(session.state).not.toBe('terminated');
    // A 2xx that cannot be written refuses the call.
    expect(await outcome(clock, () => session.accept({ headers: [['X', text]] }))).toBeDefined();
    await pair.peer.receiveStatus(488);
  });

  it('gets out in no registration, and no credentials', async () => {
    const { stack, clock, peer } = await watched();
    const registrations: (() => Parameters<SipStack['register']>[0])[] = [
      () => ({ aor: text }),
      () => ({ aor: TO, registrar: text }),
      () => ({ aor: TO, displayName: text, headers: [['X', text]] }),
      () => ({ aor: TO, server: text }),
    ];
    for (const options of registrations) {
      const start = () => {
        const registration = stack.register(options());
        return registration.start().finally(() => registration.stop());
      };
      expect(await outcome(clock, start)).toBeDefined();
    }
    expect(peer.log).toEqual([]);

    // Whoever logs in as this, is answered: in whatever form the name can be written, or with an error.
    const challenge: [string, string][] = [
      ['WWW-Authenticate', 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'],
    ];
    const credentials = { username: text, password: text };
    const answered = outcome(clock, () => stack.request({ method: 'OPTIONS', uri: TO, from: FROM, credentials }));
    const first = await peer.receive('OPTIONS').catch(() => undefined);
    if (first) {
      peer.reply(first, 401, { headers: challenge });
      await clock.advance(5);
      if (peer.waiting.length > 0) peer.reply((await peer.receive('OPTIONS')) as SipRequest, 200);
    }
    await answered;
  });

  it('gets out in no subscription, publication, message or referral', async () => {
    const { pair, stack, clock, peer } = await watched();
    const body = { contentType: 'text/plain', body: new Uint8Array(1) };
    const odd = { contentType: text, body: new Uint8Array(1) };
    const to = { uri: TO, from: FROM };
    const lines: [string, string][] = [['X', text]];
    const named: [string, string][] = [[text, 'x']];
    const ended = (what: { on: unknown }) =>
      new Promise((resolve, reject) => {
        const look = (...args: unknown[]) => {
          const { error } = args.find((each) => typeof each === 'object') as { error?: Error };
          if (error) reject(error);
        };
        const on = (what.on as (name: string, listener: (...args: unknown[]) => void) => void).bind(what);
        on('state', look);
        on('ended', look);
        clock.setTimer(200, () => resolve(undefined));
      });
    const attempts: (() => unknown)[] = [
      () => ended(stack.subscribe({ ...to, event: text })),
      () => ended(stack.subscribe({ ...to, event: 'presence', id: text })),
      () => ended(stack.subscribe({ ...to, event: 'presence', accept: [text] })),
      () => ended(stack.subscribe({ ...to, event: 'presence', headers: lines })),
      () => ended(stack.subscribe({ ...to, event: 'presence', headers: named })),
      () => ended(stack.subscribe({ ...to, event: 'presence', body: odd })),
      () => ended(stack.subscribe({ ...to, uri: text, event: 'presence' })),
      () => ended(stack.publish({ ...to, event: text, body })),
      () => ended(stack.publish({ ...to, event: 'presence', body: odd })),
      () => ended(stack.publish({ ...to, event: 'presence', body, headers: lines })),
      () => stack.message({ ...to, content: odd }),
      () => stack.message({ ...to, content: 'x', headers: lines }),
      () => stack.message({ ...to, from: text, content: 'x' }),
      () => ended(stack.refer({ ...to, target: text })),
      () => ended(stack.refer({ ...to, target: `<sip:carol@192.0.2.3>;x=${text}` })),
      () => ended(stack.refer({ ...to, target: 'sip:carol@192.0.2.3', referredBy: text })),
      () => ended(stack.refer({ ...to, target: 'sip:carol@192.0.2.3', headers: lines })),
    ];
    for (const [index, attempt] of attempts.entries()) {
      expect(await outcome(clock, attempt), `attempt ${index}`).toBeDefined();
    }
    expect(peer.log).toEqual([]);

    const { session } = await pair.calling();
    expect(await outcome(clock, () => session.refer(text))).toBeDefined();
    expect(await outcome(clock, () => ended(session.refer('sip:c@192.0.2.3', { headers: lines })))).toBeDefined();
    expect(await outcome(clock, () => session.message('x', { headers: lines } as never))).toBeDefined();
    expect(session.state).toBe('confirmed');
  });

  it('gets out in no notification', async () => {
    const { pair, stack, clock } = await watched();
    const refusals: unknown[] = [];
    const server = stack.serveEvent({ event: 'presence' });
    server.on('subscribe', (subscription) => {
      const attempts = [
        () => subscription.accept({ headers: [['X', text]] }),
        () => subscription.reject(403, [[text, 'x']]),
        () => subscription.accept(),
        () => subscription.notify({ contentType: text, body: new Uint8Array(1) }),
        () => subscription.notify(undefined, { headers: [['X', text]] }),
      ];
      for (const attempt of attempts) {
        try {
          Promise.resolve(attempt()).catch((error: unknown) => refusals.push(error));
        } catch (error) {
          refusals.push(error);
        }
      }
    });
    pair.send('SUBSCRIBE', { headers: [['Event', 'presence']] });
    await clock.advance(200);
    for (const error of refusals) expect(error).toBeInstanceOf(SipError);
    expect(refusals.length).toBeGreaterThan(0);
    expect(() => stack.serveEvent({ event: text })).toThrow(SipError);
    expect(() => new PublicationServer({ event: text })).toThrow(SipError);
  });

  it('is no setting of a stack', () => {
    const settings: Partial<SipStackOptions>[] = [
      { userAgent: text },
      { publicAddress: text },
      { allow: [text] },
      { supported: [text] },
      { accept: [text] },
    ];
    const clock = new VirtualClock();
    const transports = [new MemoryNetwork(clock).transport('UDP', { host: '192.0.2.1' })];
    for (const each of settings) {
      expect(() => new SipStack({ clock, transports, ...each }), JSON.stringify(each)).toThrow(SipError);
    }
    pair = new PhoneAndPeer();
  });
});

describe('what peers say', () => {
  it('can be told on: a reason with a NUL, a name with a NUL', async () => {
    // From goes back as it came, with the NUL that its quoted pair may have (RFC 3261 §25.1): nothing is watched.
    pair = await PhoneAndPeer.start();
    const { clock } = pair;
    const session = pair.call();
    const invite = await pair.peer.receive('INVITE');
    const response = SipResponse.for(invite, 486, undefined, { toTag: 'peer' });
    // Our own API would not let it be written.
    const wire = pair.network.transport('UDP', { host: '192.0.2.77', port: 5060 });
    await wire.listen({ message() {}, flowClosed() {}, noise() {} });
    const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    const text = ['SIP/2.0 486 Busy\0Here', ...lines, 'Content-Length: 0', '', ''].join('\r\n');
    wire.flow({ host: '192.0.2.1', port: 5060 }).send(new TextEncoder().encode(text));
    await clock.advance(5);
    expect(session.state).toBe('terminated');
    expect(pair.ends[0]).toMatchObject({ status: 486, reason: 'Busy Here' });
    await pair.peer.receive('ACK');

    const named = 'From: "Bob\\\0" <sip:bob@192.0.2.2>;tag=peer';
    const call = pair.request('INVITE', { body: 'offer' });
    call.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKnul');
    const bytes = new TextDecoder().decode(serializeMessage(call)).replace(/^From: .*$/m, named);
    pair.peer.sendAsIs(parseMessage(new TextEncoder().encode(bytes)), { host: '192.0.2.1', port: 5060 });
    await clock.advance(5);
    const incoming = pair.incoming!;
    expect(incoming.remote.displayName).toBe('Bob\0');
    const accepted = incoming.accept();
    accepted.catch(() => {});
    await pair.peer.receiveStatus(200);
    pair.sendAck(call);
    await clock.until(accepted);
    void incoming.terminate();
    const bye = await pair.peer.receive('BYE');
    expect(bye.to.displayName).toBe('Bob ');
    pair.peer.reply(bye, 200);
    await clock.advance(5);
    await wire.close();
  });
});
