import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { levelDbfs, readWav, toneLevelDbfs } from '@offhook/rtp-media';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Line, Offhook, run } from './support/offhook';

/** A phone, and what it is told. */
class Phone {
  readonly process: Offhook;
  #number = 0;

  private constructor(options: string[]) {
    this.process = new Offhook(['ua', '--transport', 'udp', '--host', '127.0.0.1', '--port', '0', ...options], 'open');
  }

  static async open(...options: string[]) {
    const phone = new Phone(options);
    const { addresses } = (await phone.process.line('listening')) as Line & { addresses: { port: number }[] };
    return Object.assign(phone, { uri: `sip:me@127.0.0.1:${addresses[0]!.port}` });
  }

  /** Says what to do, and gives the reply. */
  async ask(verb: string, parameters: object = {}): Promise<Line & { ok: boolean; result: Record<string, unknown> }> {
    const id = ++this.#number;
    this.process.write(`${JSON.stringify({ do: verb, id, ...parameters })}\n`);
    return (await this.process.line('reply', (line) => line.id === id)) as never;
  }

  event(type: string, match: (line: Line) => boolean = () => true) {
    return this.process.line(type, match);
  }
}

describe('offhook ua', () => {
  it('rings for anybody, is told to answer, and talks: all by lines of JSON', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-ua-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [alice, bob] = [await Phone.open(), await Phone.open()];
    const placed = await alice.ask('call', {
      uri: bob.uri,
      source: 'tone:440',
      userToUser: 'ticket 7',
      codecs: ['PCMU'],
    });
    expect(placed).toMatchObject({ ok: true, result: { call: '1' } });
    expect(await bob.event('incoming')).toMatchObject({ call: '1', facts: { userToUser: [{ text: 'ticket 7' }] } });
    expect(await alice.event('progress', ({ status }) => status === 180)).toBeDefined();
    const file = join(folder, 'heard.wav');
    await bob.ask('answer', { source: 'tone:1000' });
    expect(await bob.ask('record', { file })).toMatchObject({ ok: true });
    await alice.event('state', ({ state }) => state === 'connected');
    expect((await alice.ask('dtmf', { digits: '42' })).ok).toBe(true);
    expect(await bob.event('dtmf', ({ digit }) => digit === '2')).toMatchObject({ method: 'rfc4733' });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await alice.ask('hold');
    expect(await bob.event('held')).toMatchObject({ by: 'remote' });
    await alice.ask('retrieve');
    const { result } = await alice.ask('statistics');
    expect((result.statistics as { packetsSent: number }).packetsSent).toBeGreaterThan(10);
    expect((await alice.ask('hangup')).ok).toBe(true);
    expect(await bob.event('ended')).toMatchObject({ by: 'remote' });
    expect(await bob.event('record')).toMatchObject({ record: { digits: '42', endedBy: 'remote' } });
    await bob.ask('quit');
    expect((await bob.process.ended).code).toBe(0);
    const { samples } = readWav(await readFile(file));
    // Digits, the hold and a busy machine leave holes: somewhere the tone stands alone.
    const pieces = Array.from({ length: Math.floor(samples.length / 400) }, (_, n) =>
      samples.subarray(n * 400, n * 400 + 400),
    );
    const pure = pieces.filter(
      (piece) => levelDbfs(piece) > -30 && levelDbfs(piece) - toneLevelDbfs(piece, 8000, 440) < 1,
    );
    expect(pure.length).toBeGreaterThan(3);
  });

  it('transfers: to somebody, and to the peer of another call', async () => {
    const alice = await Phone.open();
    const [bob, carol] = [await Phone.open('--auto-answer', 'all'), await Phone.open('--auto-answer', 'all')];
    const first = (await alice.ask('call', { uri: bob.uri })).result.call;
    await alice.event('state', ({ call, state }) => call === first && state === 'connected');
    expect(await alice.ask('transfer', { to: carol.uri })).toMatchObject({
      ok: true,
      result: { outcome: 'succeeded' },
    });
    expect(await bob.event('transferred')).toBeDefined();
    await carol.event('state', ({ state }) => state === 'connected');

    const held = (await alice.ask('call', { uri: bob.uri })).result.call as string;
    await alice.event('state', ({ call, state }) => call === held && state === 'connected');
    const consult = (await alice.ask('call', { uri: carol.uri })).result.call as string;
    await alice.event('state', ({ call, state }) => call === consult && state === 'connected');
    const end = await alice.ask('transfer', { call: held, toCall: consult });
    expect(end).toMatchObject({ ok: true, result: { outcome: 'succeeded' } });
    await alice.event('ended', ({ call }) => call === consult);
  });

  it('says what is wrong with a command, and goes on', async () => {
    const alice = await Phone.open();
    const errors = [
      await alice.ask('fly'),
      await alice.ask('call'),
      await alice.ask('call', { uri: 5 }),
      await alice.ask('call', { uri: 'sip:x@127.0.0.1', colour: 'red' }),
      await alice.ask('answer'),
      await alice.ask('hangup', { call: '99' }),
      await alice.ask('hold', { direction: 'up' }),
    ];
    expect(errors.map(({ ok }) => ok)).toEqual(Array(7).fill(false));
    const sentences = errors.map(({ error }) => (error as { message: string }).message);
    expect(sentences[0]).toMatch(/^There is no verb "fly"; verbs are: line, /);
    expect(sentences.slice(1)).toEqual([
      '"call" needs "uri".',
      '"uri" of "call" must be a string.',
      expect.stringContaining('"call" has no parameter "colour"'),
      'There are 0 calls: name one by "call".',
      'There is no call 99.',
      '"direction" of "hold" must be one of sendonly, inactive.',
    ]);
    alice.process.write('not json\n');
    expect(await alice.event('reply', ({ id, ok }) => id === undefined && ok === false)).toMatchObject({
      error: { code: 'ERR_COMMAND' },
    });
    expect((await alice.ask('snapshot')).result).toMatchObject({ state: 'active', calls: [] });
  });

  it('is set up by a SipEndpoint.config, and says what is wrong with one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-ua-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'SipEndpoint.config');
    const configuration = (timeout: string) => `<?xml version="1.0"?>
      <SipEndpoint xmlns="http://schemas.genesyslab.com/2009/sipendpoint">
        <Container name="Basic"><Connectivity user="7001" server="127.0.0.1:5999" protocol="udp"/></Container>
        <Container name="Genesys"><settings xmlns="http://www.genesyslab.com/sip">
          <domain name="policy"><section name="endpoint">
            <setting name="sip_port_min" value="15170"/><setting name="sip_port_max" value="15190"/>
          </section><section name="session"><setting name="auto_answer" value="1"/></section></domain>
          <domain name="proxies"><section name="proxy0"><setting name="reg_timeout" value="${timeout}"/></section></domain>
        </settings></Container>
      </SipEndpoint>`;
    await writeFile(file, configuration('0'));
    const phone = new Offhook(['ua', '--config', file], 'open');
    const { addresses } = (await phone.line('listening')) as Line & { addresses: { port: number }[] };
    expect(addresses[0]!.port).toBe(15_170);
    expect(await phone.line('reply')).toMatchObject({ ok: true, result: { user: 'sip:7001@127.0.0.1' } });
    const alice = await Phone.open();
    await alice.ask('call', { uri: 'sip:7001@127.0.0.1:15170;transport=udp' });
    await alice.event('state', ({ state }) => state === 'connected');
    await writeFile(file, configuration('soon').replace('protocol="udp"', 'protocol="smoke"'));
    const { code, result } = await run('ua', '--config', file);
    expect(code).toBe(2);
    expect(result.error!.message).toMatch(/protocol/);
  });

  it('has a schema for every verb', async () => {
    const { stdout, code } = await run('ua', '--schema');
    expect(code).toBe(0);
    const schema = JSON.parse(stdout) as { oneOf: { properties: { do: { const: string } }; required: string[] }[] };
    const verbs = schema.oneOf.map(({ properties }) => properties.do.const);
    expect(verbs).toEqual(expect.arrayContaining(['call', 'answer', 'transfer', 'watch', 'quit']));
    expect(schema.oneOf.find(({ properties }) => properties.do.const === 'call')!.required).toEqual(['do', 'uri']);
  });

  it('ends when its input does, once its calls are over', async () => {
    const bob = await Phone.open('--auto-answer', 'all');
    const alice = new Offhook(
      ['ua', '--transport', 'udp', '--host', '127.0.0.1', '--port', '0'],
      `${JSON.stringify({ do: 'call', uri: bob.uri })}\n`,
    );
    await alice.line('state', ({ state }) => state === 'connected');
    await bob.ask('hangup');
    expect((await alice.ended).code).toBe(0);
  });
});
