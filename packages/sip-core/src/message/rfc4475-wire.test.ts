import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SipStack } from '../stack/sip-stack';
import { MemoryNetwork } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import { parseMessage } from './parse';
import type { SipResponse } from './response';
import { expectations } from './rfc4475-expectations';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = join(process.env.OFFHOOK_VECTORS ?? join(root, '../shared/vectors'), 'rfc4475');
const PHONE = { host: '192.0.2.1', port: 5060 };
const STRANGER = { host: '192.0.2.2', port: 5060 };

/** How the 49 messages are answered by a phone that takes every call: status and header fields, or the counter of the drop. */
const answers: Record<string, [status: number, header?: string] | 'stray' | 'malformed'> = {
  // Its To has a tag: it belongs to a dialog that is not there.
  wsinv: [481],
  intmeth: [405, 'Allow'],
  esc01: [200, 'Contact'],
  escnull: [405, 'Allow'],
  esc02: [405, 'Allow'],
  lwsdisp: [200, 'Accept'],
  longreq: [200, 'Contact'],
  dblreq: [405, 'Allow'],
  semiuri: [200, 'Accept'],
  transports: [200, 'Accept'],
  mpart01: [405, 'Allow'],
  unreason: 'stray',
  noreason: 'stray',
  badinv01: [400],
  clerr: [400],
  ncl: [400],
  scalar02: [400],
  scalarlg: 'malformed',
  quotbal: [400],
  ltgtruri: [400],
  lwsruri: [400],
  lwsstart: [400],
  trws: [400],
  escruri: [400],
  baddate: [200, 'Contact'],
  regbadct: [400],
  badaspec: [400],
  baddn: [400],
  badvers: [505],
  mismatch01: [400],
  mismatch02: [400],
  bigcode: 'malformed',
  badbranch: [200, 'Accept'],
  insuf: 'malformed',
  unkscm: [416],
  novelsc: [416],
  // A phone is no registrar.
  unksm2: [405, 'Allow'],
  bext01: [420, 'Unsupported'],
  invut: [415, 'Accept'],
  regaut01: [405, 'Allow'],
  multi01: [400],
  mcl01: [400],
  bcast: 'malformed',
  zeromf: [200, 'Accept'],
  cparam01: [405, 'Allow'],
  cparam02: [405, 'Allow'],
  regescrt: [405, 'Allow'],
  sdp01: [406],
  inv2543: [200, 'Contact'],
};

test('all 49 messages have an answer', () => {
  expect(Object.keys(answers)).toEqual(expectations.map(({ file }) => file));
});

if (!existsSync(folder)) {
  test.skip(`The messages of RFC 4475 are not at ${folder}: set OFFHOOK_VECTORS to the folder above them.`, () => {});
}

describe.runIf(existsSync(folder))('the messages of RFC 4475 at the door of a phone', () => {
  test.each(Object.entries(answers))('%s', async (file, expected) => {
    const clock = new VirtualClock();
    const network = new MemoryNetwork(clock);
    const stack = new SipStack({ clock, random: seededRandomBytes(1), transports: [network.transport('UDP', PHONE)] });
    let calls = 0;
    stack.on('invite', (session) => {
      calls++;
      session.offerAnswer = new ScriptedMedia('A');
      session.accept().catch(() => {});
    });
    await stack.start();
    const stranger = network.transport('UDP', STRANGER);
    await stranger.listen({ message() {}, flowClosed() {}, noise() {} });
    const sent: SipResponse[] = [];
    network.tap = (data, from) => {
      if (from.host === PHONE.host) sent.push(parseMessage(data) as SipResponse);
    };
    stranger.flow(PHONE).send(new Uint8Array(readFileSync(join(folder, `${file}.dat`))));
    await clock.advance(5);
    network.tap = undefined;

    const final = sent.filter(({ status }) => status > 100);
    if (typeof expected === 'string') {
      expect(final).toEqual([]);
      expect(stack.counters[expected]).toBe(1);
    } else {
      const [status, header] = expected;
      expect(final.map((each) => each.status)).toEqual([status]);
      if (header !== undefined) expect(final[0]!.headers.has(header)).toBe(true);
      if (file !== 'mpart01') expect(final[0]!.headers.get('Call-ID')).toContain(file);
      if (file === 'bext01')
        expect(final[0]!.headers.get('Unsupported')).toBe('nothingSupportsThis, nothingSupportsThisEither');
    }
    expect(calls).toBe(header(expected) === 'Contact' ? 1 : 0);

    // Whatever it was, nothing is left of it.
    await clock.until(stack.close());
    await stranger.close();
    await clock.advance(100);
    expect(clock.pending).toBe(0);
  });
});

const header = (expected: (typeof answers)[string]) => (typeof expected === 'string' ? undefined : expected[1]);
