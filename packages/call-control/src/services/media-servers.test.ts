import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodecRegistry, defaultRegistry, pcma, pcmu } from '@offhook/codecs';
import { AudioSession, encodeWav, levelDbfs, Pacer, toneLevelDbfs, toneSource } from '@offhook/rtp-media';
import { MemoryRtpNetwork } from '@offhook/rtp-media/testing';
import { type OutgoingSession, SipStack } from '@offhook/sip-core';
import { MemoryNetwork, seededRandomBytes, VirtualClock } from '@offhook/sip-core/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AudioLeg } from './audio-leg';
import { ConferenceService } from './conference-service';
import type { MediaServiceOptions } from './media-service';
import { MusicService } from './music-service';
import { TreatmentService } from './treatment-service';

/** Callers on networks in memory, in virtual time. */
class Lab {
  readonly clock = new VirtualClock();
  readonly sip = new MemoryNetwork(this.clock);
  readonly rtp = new MemoryRtpNetwork(this.clock);
  #hosts = 10;

  /** For the server, which is at 192.0.2.1. */
  get options(): MediaServiceOptions {
    return {
      transports: [this.sip.transport('UDP', { host: '192.0.2.1', port: 5060 })],
      mediaAddress: '192.0.2.1',
      openTransport: async (address) => this.rtp.transport(address),
      clock: this.clock,
      random: seededRandomBytes(1),
      codecs: defaultRegistry(),
    };
  }

  /** Starts a server, until the test is over. */
  async run<Service extends { start(): Promise<void>; close(): Promise<void> }>(service: Service): Promise<Service> {
    await service.start();
    onTestFinished(() => this.clock.until(service.close()));
    return service;
  }

  /** Somebody who calls it. @param hz of the tone he says */
  async caller(uri: string, hz: number, options: { delayedOffer?: boolean; codecs?: CodecRegistry } = {}) {
    const host = `192.0.2.${++this.#hosts}`;
    const { codecs = defaultRegistry(), delayedOffer = false } = options;
    const stack = new SipStack({
      transports: [this.sip.transport('UDP', { host, port: 5060 })],
      clock: this.clock,
      random: seededRandomBytes(this.#hosts),
      allow: ['INFO'],
    });
    await stack.start();
    const audio = new AudioSession({
      transport: this.rtp.transport(host),
      codecs,
      pacer: new Pacer(this.clock),
      clock: this.clock,
      random: seededRandomBytes(this.#hosts + 50),
    });
    audio.source = toneSource({ frequencies: [hz], sampleRate: 8000 });
    let heard: number[] = [];
    audio.addSink({ sampleRate: 8000, write: (frame) => void (heard = [...heard.slice(-4000), ...frame]) });
    const leg = new AudioLeg(audio, codecs);
    const session = stack.invite({ uri, from: `<sip:caller@${host}>`, offerAnswer: leg, delayedOffer });
    const infos: string[] = [];
    session.on('request', (transaction) => {
      infos.push(new TextDecoder().decode(transaction.request.body));
      transaction.reply(200);
    });
    return {
      session,
      audio,
      leg,
      infos,
      level: (frequency: number) => toneLevelDbfs(Int16Array.from(heard.slice(-2000)), 8000, frequency),
      loudness: () => levelDbfs(Int16Array.from(heard.slice(-2000))),
    };
  }

  established(session: OutgoingSession): Promise<void> {
    return this.clock.until(
      new Promise((resolve, reject) => {
        if (session.state === 'confirmed') resolve();
        session.on('established', resolve);
        session.on('ended', reject);
      }),
    );
  }
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'offhook-media-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

const wav = (hz: number, ms: number): Uint8Array => {
  const samples = new Int16Array((8000 * ms) / 1000);
  toneSource({ frequencies: [hz], sampleRate: 8000 }).read(samples);
  return encodeWav(samples, 8000);
};

const HEARD = -25;

describe('music on hold', () => {
  test('is a file by its name, over and over, with an offer or without', async () => {
    const lab = new Lab();
    const file = join(await folder(), 'sales.wav');
    await writeFile(file, wav(700, 300));
    const music = await lab.run(new MusicService({ ...lab.options, music: { sales: file } }));
    for (const delayedOffer of [false, true]) {
      const caller = await lab.caller('sip:sales@192.0.2.1', 440, { delayedOffer });
      await lab.established(caller.session);
      await lab.clock.advance(2000);
      expect(caller.level(700)).toBeGreaterThan(HEARD);
      await lab.clock.until(caller.session.terminate());
    }
    await lab.clock.advance(100);
    expect(music.size).toBe(0);
  });

  test('is a tune where there is no file; held it is silent', async () => {
    const lab = new Lab();
    const _music = await lab.run(new MusicService(lab.options));
    const caller = await lab.caller('sip:anything@192.0.2.1', 440);
    await lab.established(caller.session);
    await lab.clock.advance(1500);
    expect(caller.loudness()).toBeGreaterThan(-40);
    const received = caller.audio.statistics().packetsReceived;
    caller.leg.direction = 'inactive';
    await lab.clock.until(caller.session.reinvite());
    await lab.clock.advance(1000);
    expect(caller.audio.statistics().packetsReceived - received).toBeLessThan(10);
  });

  test('that cannot be read is told of at the start', async () => {
    const lab = new Lab();
    const music = new MusicService({ ...lab.options, music: { music: '/nowhere.wav' } });
    await expect(music.start()).rejects.toMatchObject({ code: 'ERR_WAV_FILE' });
  });
});

describe('treatments', () => {
  const prompts = async () => {
    const file = join(await folder(), 'hello.wav');
    await writeFile(file, wav(600, 800));
    return { hello: file };
  };

  test('ringback is that of the country', async () => {
    const lab = new Lab();
    const _treatments = await lab.run(new TreatmentService({ ...lab.options, plan: 'DE' }));
    const caller = await lab.caller('sip:ringback@192.0.2.1', 900);
    await lab.established(caller.session);
    await lab.clock.advance(700);
    expect(caller.level(425)).toBeGreaterThan(-30);
  });

  test.each(['sip:nothing@192.0.2.1', 'sip:annc@192.0.2.1', 'sip:annc@192.0.2.1;play=none', 'sip:record@192.0.2.1'])(
    'there is no %s: 404',
    async (uri) => {
      const lab = new Lab();
      const _treatments = await lab.run(new TreatmentService(lab.options));
      const { session } = await lab.caller(uri, 440);
      await expect(lab.established(session)).rejects.toMatchObject({ status: 404 });
    },
  );

  test('an announcement is said, and the call is over', async () => {
    const lab = new Lab();
    const treatments = await lab.run(new TreatmentService({ ...lab.options, prompts: await prompts() }));
    const played: string[] = [];
    treatments.on('played', (_, prompt) => played.push(prompt));
    const caller = await lab.caller('sip:annc@192.0.2.1;play=hello', 440);
    await lab.established(caller.session);
    await lab.clock.advance(600);
    expect(caller.level(600)).toBeGreaterThan(HEARD);
    await lab.clock.advance(2000);
    expect(played).toEqual(['hello']);
    expect(caller.session.state).toBe('terminated');
  });

  test('digits are collected and told by INFO', async () => {
    const lab = new Lab();
    const treatments = await lab.run(new TreatmentService({ ...lab.options, prompts: await prompts() }));
    const told: string[] = [];
    treatments.on('digits', (_, digits) => told.push(digits));
    const caller = await lab.caller('sip:collect@192.0.2.1;play=hello;digits=4', 440);
    await lab.established(caller.session);
    void caller.audio.sendDtmf('12').catch(() => {});
    await lab.clock.advance(6000);
    void caller.audio.sendDtmf('98765').catch(() => {});
    await lab.clock.advance(6000);
    expect(told).toEqual(['12', '9876', '5']);
    expect(caller.infos.map((text) => JSON.parse(text).digits)).toEqual(told);
  });

  test('a caller is recorded', async () => {
    const lab = new Lab();
    const recordings = await folder();
    const treatments = await lab.run(new TreatmentService({ ...lab.options, recordings }));
    const done = new Promise<string>((resolve) => treatments.on('recorded', (_, path) => resolve(path)));
    const caller = await lab.caller('sip:record@192.0.2.1', 440);
    await lab.established(caller.session);
    await lab.clock.advance(1000);
    await lab.clock.until(caller.session.terminate());
    expect(await done).toContain(recordings);
    expect(await readdir(recordings)).toHaveLength(1);
  });
});

describe('a conference', () => {
  test('each hears the others and not himself, whatever the codec; who leaves is heard no more', async () => {
    const lab = new Lab();
    const server = await lab.run(new ConferenceService(lab.options));
    const events: string[] = [];
    server.on('joined', (name) => events.push(`joined ${name}`));
    server.on('left', (name) => events.push(`left ${name}`));
    const tones = [440, 1000, 1700];
    const codecs = [new CodecRegistry([pcmu]), new CodecRegistry([pcma]), defaultRegistry()];
    const callers = await Promise.all(
      tones.map((hz, i) => lab.caller('sip:conf-7@192.0.2.1', hz, { delayedOffer: i === 2, codecs: codecs[i]! })),
    );
    for (const { session } of callers) await lab.established(session);
    await lab.clock.advance(2000);
    for (const [i, caller] of callers.entries()) {
      for (const [j, hz] of tones.entries()) {
        if (i === j) expect(caller.level(hz), `${i} hears himself`).toBeLessThan(-45);
        else expect(caller.level(hz), `${i} hears ${j}`).toBeGreaterThan(HEARD);
      }
    }
    const [first, second, third] = callers;
    const muted = server.parties('conf-7').find(({ callId }) => callId === first!.session.invite.callId)!;
    muted.muted = true;
    await lab.clock.advance(1000);
    expect(second!.level(440)).toBeLessThan(-45);
    await lab.clock.until(third!.session.terminate());
    await lab.clock.advance(1000);
    expect(second!.level(1700)).toBeLessThan(-45);
    for (const { session } of [first!, second!]) await lab.clock.until(session.terminate());
    await lab.clock.advance(100);
    expect(server.conferences).toEqual([]);
    expect(events).toEqual([...Array(3).fill('joined conf-7'), ...Array(3).fill('left conf-7')]);
  });

  test('of another name is another one; more than there is room for get 486; no offer, 488 where it is not taken', async () => {
    const lab = new Lab();
    const server = await lab.run(new ConferenceService({ ...lab.options, maxParties: 2, takesDelayedOffer: false }));
    const [a, b] = [await lab.caller('sip:a@192.0.2.1', 440), await lab.caller('sip:b@192.0.2.1', 1000)];
    await lab.established(a.session);
    await lab.established(b.session);
    await lab.clock.advance(1000);
    expect(a.level(1000)).toBeLessThan(-45);
    expect(server.conferences).toEqual(['a', 'b']);
    const late = await lab.caller('sip:a@192.0.2.1', 600);
    await expect(lab.established(late.session)).rejects.toMatchObject({ status: 486 });
    await lab.clock.until(a.session.terminate());
    const offerless = await lab.caller('sip:a@192.0.2.1', 600, { delayedOffer: true });
    await expect(lab.established(offerless.session)).rejects.toMatchObject({ status: 488 });
  });
});
