import { TestRegistrar } from '@offhook/sip-core/testing';
import { describe, expect, test } from 'vitest';
import type { Call } from '../call/call';
import { MemoryLab } from '../testing/memory-lab';
import type { ConnectionOptions } from './connection-options';

const INSTANCE = 'urn:uuid:00000000-0000-1000-8000-000A95A0E128';

async function lab(options: Partial<ConnectionOptions> = {}) {
  const lab = new MemoryLab();
  const registrars: TestRegistrar[] = [];
  for (const host of ['10.0.0.101', '10.0.0.102']) {
    registrars.push(
      await new TestRegistrar(lab.sipNetwork, { host, port: 5060 }, { protocols: ['UDP', 'TCP'], gruu: true }).start(),
    );
  }
  const endpoint = await lab.endpoint('alice');
  const line = endpoint.addConnection({
    user: 'sip:alice@lab.example',
    servers: ['10.0.0.101;transport=tcp', '10.0.0.102;transport=tcp'],
    instanceId: INSTANCE,
    ...options,
  });
  await lab.until(line.register());
  await lab.clock.advance(100);
  return { lab, registrars, endpoint, line };
}

describe('a line that is registered by flows', () => {
  test('is registered by all of its servers, and by its instance', async () => {
    const { registrars } = await lab({ outbound: true });
    const contacts = registrars.map(({ arrivals }) => arrivals.map(({ request }) => request.headers.get('Contact')));
    expect(contacts).toEqual([
      [expect.stringContaining(`;+sip.instance="<${INSTANCE}>";reg-id=1;`)],
      [expect.stringContaining(`;+sip.instance="<${INSTANCE}>";reg-id=2;`)],
    ]);
  });

  test('places its calls over them, and stays registered while one of two breaks', async () => {
    const { lab: world, registrars, line } = await lab({ outbound: true, gruu: 'public' });
    await world.clock.advance(130_000);
    await world.until(registrars[0]!.close());
    await world.clock.advance(100);
    expect(line.state).toBe('registered');
    let contact: string | undefined;
    registrars[1]!.stack.on('invite', (session) => {
      contact = session.invite.headers.get('Contact');
      session.reject(486);
    });
    const call = line.call('sip:bob@elsewhere.example');
    call.established.catch(() => {});
    expect(await world.until(call.ended)).toMatchObject({ status: 486 });
    expect(contact).toBe(`<sip:alice@lab.example;gr=${INSTANCE}>`);
  });

  test('takes calls that come back over them, each for its own line', async () => {
    const { lab: world, registrars, endpoint, line } = await lab({ outbound: true });
    const other = endpoint.addConnection({
      user: 'sip:alice@other.example',
      server: '10.0.0.102;transport=udp',
      outbound: true,
    });
    await world.until(other.register());
    const calls: Call[] = [];
    endpoint.on('call', (call) => calls.push(call));
    for (const [registrar, aor] of [
      [registrars[0]!, 'alice@lab.example'],
      [registrars[1]!, 'alice@other.example'],
    ] as const) {
      const [{ contact, flow } = { contact: undefined!, flow: undefined! }] = registrar.bindings(aor);
      registrar.stack.invite({
        uri: contact.uri,
        flow,
        from: 'sip:bob@elsewhere.example',
        to: 'sip:queue@elsewhere.example',
        delayedOffer: true,
        offerAnswer: { createOffer: never, createAnswer: never, acceptAnswer: () => {}, rollback: () => {} },
      });
      await world.clock.advance(100);
    }
    expect(calls.map(({ snapshot }) => snapshot.user)).toEqual([line.user, other.user]);
  });
});

const never = () => {
  throw new Error('Nobody answers.');
};
