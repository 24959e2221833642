import { describe, expect, test } from 'vitest';
import type { SipRequest } from '../message/request';
import type { Registration } from '../registration/registration';
import { clearTheStage, PASSWORD, Scene } from './scene';

clearTheStage();

const BOB = 'sip:bob@biloxi.example.com';

/** Bob's phone and a registrar that does what the script says; who it is it checks by digest. */
async function registrar(password = PASSWORD) {
  const scene = new Scene();
  const server = await scene.peer('server', '192.0.2.222');
  const bob = await scene.phone('bob', BOB, '192.0.2.201');
  const digest = scene.digest('biloxi.example.com', false);
  const registration = bob.stack.register({
    aor: BOB,
    displayName: 'Bob',
    credentials: { username: 'bob', password },
    retryInterval: 0,
  });
  /** Serves one REGISTER: a challenge, or 200 with these bindings beside the one asked for. */
  const serve = async (...bindings: string[]): Promise<SipRequest> => {
    const request = await server.receive('REGISTER');
    const { ok } = await digest.verify(request);
    if (!ok) {
      server.reply(request, 401, { headers: digest.challenge() });
      return request;
    }
    const own = request.headers.get('Contact');
    const headers = [...(own && own !== '*' && request.expires !== 0 ? [own] : []), ...bindings].map(
      (contact) => ['Contact', contact] as const,
    );
    server.reply(request, 200, { headers });
    return request;
  };
  return { scene, bob, registration, serve };
}

const states = (registration: Registration) => {
  const seen: string[] = [];
  registration.on('state', (state) => seen.push(state));
  return seen;
};

describe('RFC 3665 §2: registration', () => {
  test('§2.1 a new registration: challenged, then done', async () => {
    const { scene, registration, serve } = await registrar();
    const seen = states(registration);
    const done = registration.start();
    const first = await serve();
    const second = await serve();
    await scene.clock.until(done);
    expect(seen).toEqual(['registering', 'registered']);
    expect(scene.wire.lines).toEqual([
      'bob > server REGISTER',
      'server > bob 401 REGISTER',
      'bob > server REGISTER',
      'server > bob 200 REGISTER',
    ]);
    // The same Call-ID, the next CSeq; the address-of-record in From and To, the domain alone in the Request-URI.
    expect([second.callId, second.cseq.sequence]).toEqual([first.callId, first.cseq.sequence + 1]);
    expect([second.uriText, second.from.uri.toString(), second.to.uri.toString()]).toEqual([
      'sip:biloxi.example.com',
      BOB,
      BOB,
    ]);
    registration.stop();
  });

  test('§2.2 the contact list is updated: other bindings of the same address stay', async () => {
    const { scene, registration, serve } = await registrar();
    const done = registration.start();
    await serve();
    await serve(
      '<sip:bob@client.biloxi.example.com>;expires=3600',
      '<mailto:bob@biloxi.example.com>;expires=4294967295',
    );
    await scene.clock.until(done);
    expect(registration.state).toBe('registered');
    registration.stop();
  });

  test('§2.3 the current contact list is asked for: a REGISTER without Contact', async () => {
    const { scene, bob, registration, serve } = await registrar();
    registration.stop();
    const answer = bob.stack.request({
      method: 'REGISTER',
      uri: 'sip:biloxi.example.com',
      from: BOB,
      to: `<${BOB}>`,
      credentials: { username: 'bob', password: PASSWORD },
    });
    await serve();
    const request = await serve(
      '<sip:bob@client.biloxi.example.com>;expires=3600',
      '<mailto:bob@biloxi.example.com>;expires=4294967295',
    );
    const response = await scene.clock.until(answer);
    expect(request.headers.has('Contact')).toBe(false);
    const contacts = response.contacts === '*' ? [] : response.contacts;
    expect(contacts.map(({ uri, params }) => [uri.toString(), params.get('expires')])).toEqual([
      ['sip:bob@client.biloxi.example.com', '3600'],
      ['mailto:bob@biloxi.example.com', '4294967295'],
    ]);
  });

  test('§2.4 the registration is cancelled', async () => {
    const { scene, registration, serve } = await registrar();
    const done = registration.start();
    await serve();
    await serve();
    await scene.clock.until(done);
    const removed = registration.remove();
    const request = await serve();
    await scene.clock.until(removed);
    expect(request.expires).toBe(0);
    expect(registration.state).toBe('unregistered');
  });

  test('§2.5 unsuccessful: a second 401 for the same credentials is the end', async () => {
    const { scene, registration, serve } = await registrar('wrong');
    const failure = registration.start().catch((error: unknown) => error);
    await serve();
    await serve();
    expect(await scene.clock.until(failure)).toMatchObject({ status: 401 });
    expect(registration.state).toBe('failed');
    await scene.settle(60_000);
    expect(scene.wire.lines.filter((line) => line.includes('> server'))).toHaveLength(2);
    registration.stop();
  });
});
