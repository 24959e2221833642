import { describe, expect, test } from 'vitest';
import { ScriptedMedia } from '../testing/scripted-media';
import type { TransportProtocol } from '../transport/transport';
import { leaveNothingBehind, PhoneAndRegistrars } from './testing/phone-and-registrars';

leaveNothingBehind();

/** The phone leaves its address for 192.0.2.77. */
async function move(scene: PhoneAndRegistrars, options: { refreshDialogs?: boolean } = {}): Promise<void> {
  const attach = [scene.network.transport(scene.protocol, { host: '192.0.2.77', port: 5060 })];
  await scene.clock.until(scene.phone.networkChanged({ attach, detach: [...scene.phone.transports], ...options }));
  await scene.clock.advance(100);
}

const addresses = (scene: PhoneAndRegistrars) =>
  scene.registrar.bindings('bob@example.com').map(({ contact }) => contact.sipUri!.host);

describe('another network', () => {
  test.each<TransportProtocol>(['UDP', 'TCP'])(
    'a plain registration over %s moves at once, and takes its former address away',
    async (protocol) => {
      const scene = await PhoneAndRegistrars.start(protocol, [{ outbound: false }]);
      const registration = await scene.registered();
      await move(scene);
      expect(addresses(scene)).toEqual(['192.0.2.77']);
      expect(scene.lastContacts().map((contact) => contact.replace(/;\+sip.*;/, ';'))).toEqual([
        expect.stringMatching(/^<sip:bob@192\.0\.2\.77:5060.*>;expires=3600$/),
        expect.stringMatching(/^<sip:bob@192\.0\.2\.1:5060.*>;expires=0$/),
      ]);
      expect(registration.state).toBe('registered');
      expect(scene.story).toEqual(['registering', 'registered 200', 'registering', 'registered 200']);
      await scene.clock.until(registration.refresh());
      expect(scene.lastContacts()).toHaveLength(1);
    },
  );

  test.each<TransportProtocol>(['UDP', 'TCP'])(
    'a registration by flows over %s replaces the binding of its flow',
    async (protocol) => {
      const scene = await PhoneAndRegistrars.start(protocol, [{}, {}]);
      const registration = await scene.registered({ outbound: true });
      await move(scene);
      expect(scene.lastContacts()).toHaveLength(1);
      expect(addresses(scene)).toEqual(['192.0.2.77']);
      expect(registration.flows.map(({ state, flow }) => [state, flow?.local.host])).toEqual([
        ['registered', '192.0.2.77'],
        ['registered', '192.0.2.77'],
      ]);
    },
  );

  test('what waits to be tried again need not wait any longer', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    scene.registrar.refuse = () => 503;
    const registration = scene.register();
    await expect(scene.clock.until(registration.start())).rejects.toMatchObject({ status: 503 });
    await scene.clock.advance(100_000);
    scene.registrar.refuse = undefined;
    await move(scene);
    expect(registration.state).toBe('registered');
  });

  test('a REGISTER that was under way is given up', async () => {
    const scene = await PhoneAndRegistrars.start('UDP');
    const registration = await scene.registered();
    scene.registrar.refuse = () => 0;
    const refreshing = registration.refresh();
    await scene.clock.advance(1_000);
    scene.registrar.refuse = undefined;
    await move(scene);
    await expect(refreshing).rejects.toMatchObject({ code: 'ERR_SIP_TRANSPORT' });
    expect(registration.state).toBe('registered');
    expect(addresses(scene)).toContain('192.0.2.77');
  });

  test('calls go on: their peers are told the new address when that is asked for', async () => {
    const scene = await PhoneAndRegistrars.start('UDP', [{ outbound: false }]);
    const registration = await scene.registered();
    const peers: { target: () => string; states: string[] }[] = [];
    scene.registrar.stack.on('invite', (session) => {
      const states: string[] = [];
      session.offerAnswer = new ScriptedMedia('peer');
      session.on('state', (state) => states.push(state));
      peers.push({ target: () => session.dialog!.remoteTarget.toString(), states });
      void session.accept();
    });
    const call = scene.phone.invite({
      uri: 'sip:carol@192.0.2.101',
      from: 'sip:bob@example.com',
      registration,
      offerAnswer: new ScriptedMedia('phone'),
    });
    await scene.clock.advance(100);
    await move(scene, { refreshDialogs: true });
    expect(peers[0]!.target()).toBe('sip:bob@192.0.2.77:5060');
    expect(call.state).toBe('confirmed');
  });

  test('one registration alone can be told', async () => {
    const scene = await PhoneAndRegistrars.start('TCP');
    const registration = await scene.registered({ outbound: true });
    const { flow } = registration;
    await scene.clock.until(registration.networkChanged());
    expect(flow!.closed).toBe(true);
    expect(registration.flow!.closed).toBe(false);
    expect(scene.network.connections).toBe(2);
  });
});
