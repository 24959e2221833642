import { afterEach, expect, test } from 'vitest';
import type { IncomingSession } from '../session/incoming-session';
import { SipStack } from '../stack/sip-stack';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { WireLog } from '../testing/wire-log';
import type { ServerTransaction } from '../transaction/server-transaction';

const clock = new VirtualClock();
const open: SipStack[] = [];

afterEach(async () => {
  const stacks = open.splice(0);
  await clock.until(Promise.all(stacks.map((stack) => stack.close())));
  await clock.advance(40_000);
  for (const { load, dialogs } of stacks) {
    expect([load.sessions, load.transactions, dialogs.size]).toEqual([0, 0, 0]);
  }
  expect(clock.pending).toBe(0);
});

/** Alice and Bob, who talk over connections. */
async function two() {
  const network = new MemoryNetwork(clock);
  const wire = new WireLog(network, { '192.0.2.101': 'alice', '192.0.2.201': 'bob' });
  const stack = async (host: string) => {
    const made = new SipStack({
      clock,
      random: seededRandomBytes(host.length + Number(host.at(-3))),
      transports: [network.transport('TCP', { host, port: 5060 })],
    });
    await made.start();
    open.push(made);
    return made;
  };
  const alice = await stack('192.0.2.101');
  const bob = await stack('192.0.2.201');
  const incoming: IncomingSession[] = [];
  bob.on('invite', (session) => {
    session.offerAnswer = new ScriptedMedia('bob');
    incoming.push(session);
  });
  const call = () =>
    alice.invite({
      uri: 'sip:bob@192.0.2.201;transport=tcp',
      from: 'sip:alice@192.0.2.101',
      offerAnswer: new ScriptedMedia('alice'),
    });
  return { network, wire, alice, bob, incoming, call };
}

test('§17.2.3 the connection breaks before Bob says anything: the INVITE that comes over another is the same one', async () => {
  const { network, wire, incoming, call } = await two();
  const session = call();
  await clock.advance(100);
  expect(incoming).toHaveLength(1);
  network.sever();
  await clock.advance(300);
  void incoming[0]!.accept();
  await clock.advance(100);
  const [first, second] = wire.messages('INVITE');
  expect([first!.via.branch, incoming.length]).toEqual([second!.via.branch, 1]);
  expect(wire.lines.filter((line) => !line.includes('100'))).toEqual([
    'alice > bob INVITE*',
    'alice > bob INVITE*',
    'bob > alice 200 INVITE*',
    'alice > bob ACK',
  ]);
  expect([session.state, incoming[0]!.state]).toEqual(['confirmed', 'confirmed']);
});

test('§18.2.2 the connection breaks while it rings: Bob answers over one of his own', async () => {
  const { network, wire, incoming, call } = await two();
  const session = call();
  await clock.advance(100);
  await incoming[0]!.ring();
  await clock.advance(100);
  network.sever();
  await clock.advance(100);
  void incoming[0]!.accept();
  await clock.advance(100);
  expect(wire.lines).toEqual([
    'alice > bob INVITE*',
    'bob > alice 180 INVITE',
    'bob > alice 200 INVITE*',
    'alice > bob ACK',
  ]);
  expect([session.state, incoming[0]!.state]).toEqual(['confirmed', 'confirmed']);
});

test('§17.2.3 the connection of a call breaks before a request in it is answered: over the next one it is the same request', async () => {
  const { network, wire, incoming, call } = await two();
  const session = call();
  await clock.advance(100);
  void incoming[0]!.accept();
  await clock.advance(100);
  const requests: ServerTransaction[] = [];
  // The peer takes its time to answer.
  session.on('request', (transaction) => requests.push(transaction));
  const info = incoming[0]!.send('INFO');
  await clock.advance(50);
  expect(requests).toHaveLength(1);
  network.sever();
  await clock.advance(300);
  requests[0]!.reply(200);
  expect((await clock.until(info)).status).toBe(200);
  const [first, second] = wire.messages('INFO');
  expect([first!.via.branch, requests.length]).toEqual([second!.via.branch, 1]);
});
