import { describe, expect, test } from 'vitest';
import { SipResponse } from '../message/response';
import { ScriptedPeer } from '../testing/scripted-peer';
import { INSTANCE, leaveNothingBehind, PhoneAndRegistrars } from './testing/phone-and-registrars';

leaveNothingBehind();

/** A registration at a registrar that does what the script says. */
async function scripted(options: Parameters<PhoneAndRegistrars['register']>[0] = {}) {
  const scene = await PhoneAndRegistrars.start('UDP', []);
  const peer = await new ScriptedPeer(
    scene.clock,
    scene.network.transport('UDP', { host: '192.0.2.200', port: 5060 }),
  ).start();
  const registration = scene.register({ server: 'sip:192.0.2.200', servers: undefined!, ...options });
  return { scene, peer, registration };
}

describe('bindings of others (RFC 3261 §10.2.3)', () => {
  test('are told as the registrar lists them', async () => {
    const { scene, peer, registration } = await scripted();
    const done = registration.start();
    const request = await peer.receive('REGISTER');
    peer.reply(request, 200, {
      headers: [
        ['Contact', `${request.headers.get('Contact')}, <sip:bob@198.51.100.7>;q=0.3;expires=17`],
        ['Contact', '<sip:bob@198.51.100.8>;+sip.instance="<urn:uuid:other>";reg-id=3;expires=99'],
        ['P-Associated-URI', '<tel:+4912345>, <sip:bobby@example.com>'],
        ['P-Associated-URI', '<not an address'],
        ['Path', '<sip:edge.example.com;lr>'],
      ],
    });
    await scene.clock.until(done);
    expect(
      registration.bindings.map(({ contact, q, expires, instanceId, regId }) => [
        contact.sipUri!.host,
        q,
        expires,
        instanceId,
        regId,
      ]),
    ).toEqual([
      ['192.0.2.1', 1, 3600, INSTANCE, undefined],
      ['198.51.100.7', 0.3, 17, undefined, undefined],
      ['198.51.100.8', 1, 99, 'urn:uuid:other', 3],
    ]);
    expect(registration.associatedUris.map(String)).toEqual(['<tel:+4912345>', '<sip:bobby@example.com>']);
    expect(registration.path.map(String)).toEqual(['<sip:edge.example.com;lr>']);
    expect(registration.staleBindings).toEqual([]);
    await peer.close();
  });

  test('left from before a restart: the same instance at another address, removed when that is asked for', async () => {
    const scene = await PhoneAndRegistrars.start('UDP', [{ outbound: false }]);
    const before = await scene.registered({ contact: 'sip:bob@192.0.2.1:40000' });
    before.stop();
    const registration = await scene.registered({ staleBindings: 'remove' });
    expect(scene.registrar.arrivals).toHaveLength(3);
    expect(scene.lastContacts()).toEqual(['<sip:bob@192.0.2.1:40000>;expires=0']);
    expect(scene.registrar.bindings('bob@example.com').map(({ contact }) => contact.sipUri!.port)).toEqual([5060]);
    expect(registration.staleBindings).toEqual([]);
  });

  test('kept otherwise, and removed by hand; our own is not', async () => {
    const scene = await PhoneAndRegistrars.start('UDP', [{ outbound: false }]);
    (await scene.registered({ contact: 'sip:bob@192.0.2.1:40000' })).stop();
    const registration = await scene.registered();
    expect(registration.staleBindings.map(({ contact }) => contact.sipUri!.port)).toEqual([40_000]);
    await scene.clock.until(registration.removeBindings(registration.bindings));
    expect(scene.registrar.bindings('bob@example.com').map(({ contact }) => contact.sipUri!.port)).toEqual([5060]);
    expect((await scene.clock.until(registration.fetchBindings())).length).toBe(1);
    expect(scene.registrar.arrivals.at(-1)!.request.headers.has('Contact')).toBe(false);
  });

  test('our preference among them goes along', async () => {
    const scene = await PhoneAndRegistrars.start();
    await scene.registered({ q: 0.7 });
    expect(scene.lastContacts()[0]).toContain(';q=0.7;');
  });
});

describe('a NAT in front of a registrar without outbound (RFC 3581)', () => {
  test.each([
    ['auto', ['203.0.113.9:41000']],
    ['off', ['192.0.2.1:5060']],
  ] as const)('natContact %s', async (natContact, bound) => {
    const { scene, peer, registration } = await scripted({ natContact });
    const done = registration.start();
    const contacts: string[] = [];
    for (let turn = 0; turn < 2 && registration.state !== 'registered'; turn++) {
      const request = await peer.receive('REGISTER');
      const response = SipResponse.for(request, 200, 'OK', { toTag: 'r' });
      const via = request.via.clone();
      via.params.set('received', '203.0.113.9');
      via.params.set('rport', '41000');
      response.headers.set('Via', via);
      contacts.splice(0, contacts.length, ...request.headers.getAll('Contact'));
      response.headers.append('Contact', contacts[0]!);
      peer.sendAsIs(response, { host: '192.0.2.1', port: 5060 });
      await scene.clock.advance(10);
    }
    await scene.clock.until(done);
    expect(contacts.map((contact) => /@([^;>]+)/.exec(contact)?.[1])).toEqual(
      natContact === 'auto' ? [...bound, '192.0.2.1:5060'] : bound,
    );
    if (natContact === 'auto') expect(contacts[1]).toContain('expires=0');
    expect(peer.waiting).toEqual([]);
    await peer.close();
  });
});

describe('redirection (RFC 3261 §8.1.3.4)', () => {
  test('is followed', async () => {
    const scene = await PhoneAndRegistrars.start('UDP', [{}, {}]);
    scene.registrar.stack.on('request', () => {});
    const { registrar } = scene;
    registrar.serve = (transaction) => transaction.reply(302, { headers: [['Contact', '<sip:192.0.2.102>']] });
    const registration = await scene.registered({ servers: [scene.server(1)] });
    expect(registration.state).toBe('registered');
    expect(scene.registrars[1]!.arrivals[0]!.request.uriText).toBe('sip:192.0.2.102');
  });

  test('in a circle comes to an end', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    let asked = 0;
    scene.registrar.serve = (transaction) => {
      asked++;
      transaction.reply(302, { headers: [['Contact', '<sip:192.0.2.101>']] });
    };
    await expect(scene.clock.until(scene.register({ retryInterval: 0 }).start())).rejects.toMatchObject({
      status: 302,
    });
    expect(asked).toBe(5);
  });
});

describe('when it is not tried again', () => {
  test('is a setting', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    scene.registrar.refuse = () => 480;
    const registration = scene.register({ retry: { hopeless: [480] } });
    await expect(scene.clock.until(registration.start())).rejects.toMatchObject({ status: 480 });
    await scene.clock.advance(3_600_000);
    expect(scene.registrar.arrivals).toHaveLength(1);
    scene.registrar.refuse = () => 403;
    const other = scene.register({ retry: { hopeless: [], first: 5_000, longest: 20_000 } });
    await expect(scene.clock.until(other.start())).rejects.toMatchObject({ status: 403 });
    await scene.clock.advance(3_600_000);
    expect(scene.registrar.arrivals.length).toBeGreaterThan(150);
  });
});
