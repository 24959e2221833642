import { describe, expect, test } from 'vitest';
import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { ScriptedMedia } from '../testing/scripted-media';
import { leaveNothingBehind, PhoneAndRegistrars } from './testing/phone-and-registrars';

leaveNothingBehind();

/** Requests other than REGISTER that come to the first registrar. */
function calls(scene: PhoneAndRegistrars): SipRequest[] {
  const seen: SipRequest[] = [];
  scene.registrar.stack.on('invite', (session) => {
    seen.push(session.invite);
    session.offerAnswer = new ScriptedMedia('server');
    void session.accept();
  });
  scene.registrar.stack.on('request', ({ request }) => {
    if (request.method !== 'REGISTER') seen.push(request);
  });
  return seen;
}

const callOf = (scene: PhoneAndRegistrars, registration: Parameters<typeof scene.phone.invite>[0]['registration']) =>
  scene.phone.invite({
    uri: 'sip:carol@example.org',
    from: 'sip:bob@example.com',
    offerAnswer: new ScriptedMedia('phone'),
    ...(registration && { registration }),
  });

describe('a call by a line', () => {
  test('goes over its flow, whomever it calls, and wants to be answered over it (RFC 5626 §4.3)', async () => {
    const scene = await PhoneAndRegistrars.start('TCP');
    const seen = calls(scene);
    const registration = await scene.registered({ outbound: true });
    const call = callOf(scene, registration);
    await scene.clock.advance(50);
    expect(call.state).toBe('confirmed');
    expect(seen[0]!.uriText).toBe('sip:carol@example.org');
    expect(seen[0]!.headers.get('Contact')).toBe('<sip:bob@192.0.2.1:5060;transport=tcp;ob>');
    expect(call.flow).toBe(registration.flow);
    expect(scene.network.connections).toBe(2);
  });

  test('goes by way of its Service-Route (RFC 3608 §5)', async () => {
    const scene = await PhoneAndRegistrars.start('UDP', [
      { outbound: false, headers: [['Service-Route', '<sip:p2.example.com;lr>, <sip:hsp.example.com;lr>']] },
    ]);
    const seen = calls(scene);
    const registration = await scene.registered();
    expect(registration.serviceRoute.map(String)).toEqual(['<sip:p2.example.com;lr>', '<sip:hsp.example.com;lr>']);
    callOf(scene, registration);
    await scene.clock.advance(50);
    await scene.clock.until(
      scene.phone.request({
        method: 'MESSAGE',
        uri: 'sip:carol@example.org',
        from: 'sip:bob@example.com',
        routes: [NameAddr.parse('<sip:last.example.com;lr>')],
        registration,
      }),
    );
    expect(seen.map((request) => request.routes.map(({ uri }) => uri.toString()))).toEqual([
      ['sip:p2.example.com;lr', 'sip:hsp.example.com;lr'],
      ['sip:p2.example.com;lr', 'sip:hsp.example.com;lr', 'sip:last.example.com;lr'],
    ]);
  });

  test.each([
    ['public', /^<sip:bob@example\.com;gr=urn:uuid:[-0-9a-fA-F]{36}>$/],
    ['temporary', /^<sip:tgruu\.1@example\.com;gr>$/],
  ] as const)('has its %s GRUU as Contact (RFC 5627 §4.4.1)', async (kind, expected) => {
    const scene = await PhoneAndRegistrars.start('UDP', [{ gruu: true }]);
    const seen = calls(scene);
    const registration = await scene.registered({ gruu: kind });
    expect(scene.registrar.arrivals[0]!.request.supported).toEqual(['path', 'gruu']);
    callOf(scene, registration);
    await scene.clock.advance(50);
    expect(seen[0]!.headers.get('Contact')).toMatch(expected);
  });

  test('a registrar that makes no GRUUs: our address', async () => {
    const scene = await PhoneAndRegistrars.start();
    const seen = calls(scene);
    callOf(scene, await scene.registered({ gruu: 'public' }));
    await scene.clock.advance(50);
    expect(seen[0]!.headers.get('Contact')).toBe('<sip:bob@192.0.2.1:5060>');
  });

  test('requests of an incoming call come back over the flow too', async () => {
    const scene = await PhoneAndRegistrars.start('TCP');
    await scene.registered({ outbound: true });
    const [binding] = scene.registrar.bindings('bob@example.com');
    scene.phone.on('invite', (session) => {
      session.offerAnswer = new ScriptedMedia('phone');
      void session.accept();
    });
    const call = scene.registrar.stack.invite({
      uri: binding!.contact.uri,
      from: 'sip:carol@example.org',
      flow: binding!.flow,
      offerAnswer: new ScriptedMedia('server'),
    });
    await scene.clock.advance(50);
    expect(call.dialog!.remoteTarget.toString()).toBe('sip:bob@192.0.2.1:5060;transport=tcp;ob');
    expect(scene.network.connections).toBe(2);
  });
});

describe('a request that comes in', () => {
  test('is for the registration whose Contact, flow and address it names', async () => {
    const scene = await PhoneAndRegistrars.start('UDP', [{}, {}]);
    const lines = [
      await scene.registered({ servers: [scene.server(1)] }),
      await scene.registered({ servers: [scene.server(2)], aor: 'sip:bob@example.net' }),
      await scene.registered({ servers: [scene.server(2)], aor: 'sip:dora@example.net' }),
    ];
    const found: (number | undefined)[] = [];
    scene.phone.on('request', (transaction) => {
      const line = scene.phone.registrationFor(transaction);
      found.push(line && lines.indexOf(line));
      transaction.reply(200);
    });
    const send = async (registrar: number, user: string, to: string) => {
      await scene.clock.until(
        scene.registrars[registrar - 1]!.stack.request({
          method: 'MESSAGE',
          uri: `sip:${user}@192.0.2.1:5060`,
          to,
          from: 'sip:carol@example.org',
        }),
      );
    };
    await send(1, 'bob', '<sip:bob@example.com>');
    await send(2, 'bob', '<sip:bob@example.net>');
    // Called at another address that led to us in the end: the path it came by tells.
    await send(1, 'bob', '<sip:sales@example.org>');
    await send(2, 'bob', '<sip:sales@example.org>');
    await send(2, 'dora', '<sip:sales@example.org>');
    await send(2, 'nobody', '<sip:nobody@example.net>');
    expect(found).toEqual([0, 1, 0, 1, 2, undefined]);
  });
});
