import { expect, test } from 'vitest';
import type { SipMessage } from '../message/message';
import { parseMessage } from '../message/parse';
import { SipRequest } from '../message/request';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { TransportProtocol } from '../transport/transport';
import { SipStack } from './sip-stack';

/** Two phones, and all they say to each other. */
async function phones(...protocols: TransportProtocol[]) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  const said: { message: SipMessage; protocol: TransportProtocol }[] = [];
  network.tap = (data, _from, _to, protocol) => said.push({ message: parseMessage(data), protocol });
  const phone = async (last: number) => {
    const transports = protocols.map((protocol) =>
      network.transport(protocol, { host: `192.0.2.${last}`, port: protocol === 'TLS' ? 5061 : 5060 }),
    );
    const stack = new SipStack({ clock, random: seededRandomBytes(last), transports });
    await stack.start();
    return stack;
  };
  const [alice, bob] = [await phone(1), await phone(2)];
  bob.on('invite', (session) => {
    session.offerAnswer = new ScriptedMedia('B');
    void session.accept();
  });
  const contacts = (method: string) =>
    said
      .filter(({ message }) => message.cseq.method === method && message.contact)
      .map(({ message }) => `${message instanceof SipRequest ? 'request' : 'response'} ${message.contact!.uri}`);
  return { clock, alice, bob, said, contacts };
}

const call = { from: 'sip:alice@192.0.2.1' };

test('a call to sips: has sips: Contacts at both ends, and never leaves TLS (RFC 3261 §8.1.1.8, §12.1.1, §26.2.2)', async () => {
  const { clock, alice, bob, said, contacts } = await phones('UDP', 'TCP', 'TLS');
  const session = alice.invite({ uri: 'sips:bob@192.0.2.2', ...call, offerAnswer: new ScriptedMedia('A') });
  await clock.advance(50);
  expect(session.state).toBe('confirmed');
  await clock.until(session.reinvite());
  await clock.until(session.terminate());
  expect(contacts('INVITE')).toEqual([
    'request sips:alice@192.0.2.1:5061',
    'response sips:bob@192.0.2.2:5061',
    'request sips:alice@192.0.2.1:5061',
    'response sips:bob@192.0.2.2:5061',
  ]);
  expect(new Set(said.map(({ protocol }) => protocol))).toEqual(new Set(['TLS']));
  expect(said.some(({ message }) => message instanceof SipRequest && message.method === 'BYE')).toBe(true);
  await clock.until(Promise.all([alice.close(), bob.close()]));
});

test('over TLS without sips: the Contacts say how, and promise no more', async () => {
  const { clock, alice, bob, contacts } = await phones('TLS');
  const session = alice.invite({
    uri: 'sip:bob@192.0.2.2:5061;transport=tls',
    ...call,
    offerAnswer: new ScriptedMedia('A'),
  });
  await clock.advance(50);
  expect(contacts('INVITE')).toEqual([
    'request sip:alice@192.0.2.1:5061;transport=tls',
    'response sip:bob@192.0.2.2:5061;transport=tls',
  ]);
  await clock.until(session.terminate());
  await clock.until(Promise.all([alice.close(), bob.close()]));
});

test('a server or a route that would take it elsewhere is not followed: nothing is sent', async () => {
  const { clock, alice, bob, said } = await phones('UDP', 'TLS');
  const request = alice.request({
    method: 'MESSAGE',
    uri: 'sips:bob@192.0.2.2',
    server: 'sip:192.0.2.2;transport=udp',
    ...call,
  });
  await expect(clock.until(request)).rejects.toMatchObject({ code: 'ERR_SIP_NOT_PROTECTED' });
  expect(said).toEqual([]);
  await clock.until(Promise.all([alice.close(), bob.close()]));
});
