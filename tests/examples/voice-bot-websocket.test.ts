import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Endpoint, PcmStreamSource, toneSource } from '@offhook/endpoint';
import { levelDbfs, toneLevelDbfs } from '@offhook/rtp-media';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { start } from '../peers/support/child';

const folder = fileURLToPath(new URL('../../examples/voice-bot-websocket/', import.meta.url));
const RATE = 16_000;

/** A bot made by the test: what it is told, and the audio it gets. */
class Bot {
  readonly told: { type: string; [field: string]: unknown }[] = [];
  /** Frames of the caller's tone that came. */
  heard = 0;

  constructor(
    readonly socket: WebSocket,
    callersHz: number,
  ) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!isBinary) this.told.push(JSON.parse(data.toString()));
      else if (isTone(new Int16Array(new Uint8Array(data).buffer), RATE, callersHz)) this.heard++;
    });
  }

  tell(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  say(hz: number, ms: number): void {
    const pcm = new Int16Array((RATE * ms) / 1000);
    for (let i = 0; i < pcm.length; i++) pcm[i] = 8000 * Math.sin((2 * Math.PI * hz * i) / RATE);
    this.socket.send(Buffer.from(pcm.buffer));
  }

  async toldOf(type: string, fields: object = {}) {
    return waitFor(
      () => {
        const wanted = expect.objectContaining({ type, ...fields });
        return this.told.find((message) => wanted.asymmetricMatch(message));
      },
      `${type} ${JSON.stringify(fields)}`,
    );
  }
}

const isTone = (pcm: Int16Array, rate: number, hz: number) => {
  const level = levelDbfs(pcm);
  return level > -30 && Math.abs(toneLevelDbfs(pcm, rate, hz) - level) < 1;
};

/** Waits for real programs; how long it takes decides nothing. */
async function waitFor<T>(look: () => T | undefined | false, what: string): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`There was no ${what}.`);
    await new Promise((go) => setTimeout(go, 20));
  }
}

/** The caller, and what it hears: ms of each tone. */
async function caller() {
  const endpoint = await new Endpoint({ transports: [{ protocol: 'udp', host: '127.0.0.1' }] }).start();
  onTestFinished(() => endpoint.close());
  const ms = new Map<number, number>();
  const sink = {
    sampleRate: 8000,
    write(frame: Int16Array) {
      for (const hz of [440, 700, 1300]) {
        if (isTone(frame, 8000, hz)) ms.set(hz, (ms.get(hz) ?? 0) + frame.length / 8);
      }
    },
  };
  return { endpoint, sink, heardMs: (hz: number) => ms.get(hz) ?? 0 };
}

async function startBridge(bot: string): Promise<string> {
  const program = start(process.execPath, [join(folder, 'index.mjs'), bot, '0']);
  const [, uri] = await program.waitFor(/Calls to (\S+) talk/);
  return uri!;
}

test('audio both ways, marks, an interruption, a digit, and the end', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const connected = once(server, 'connection');
  const uri = await startBridge(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
  const { endpoint, sink, heardMs } = await caller();
  const call = endpoint.call(uri, { source: toneSource({ frequencies: [1000] }), sink });
  const [socket] = (await connected) as [WebSocket];
  const bot = new Bot(socket, 1000);

  await call.established;
  expect(await bot.toldOf('start')).toMatchObject({ call: call.callId, sampleRate: RATE });
  await waitFor(() => bot.heard > 10, "caller's tone");

  bot.say(440, 400);
  bot.tell({ type: 'mark', name: 'first' });
  expect(await bot.toldOf('mark', { name: 'first' })).toMatchObject({ cleared: false });
  await waitFor(() => heardMs(440) > 100, 'tone of 440 Hz');

  bot.say(700, 60_000);
  bot.tell({ type: 'mark', name: 'interrupted' });
  await waitFor(() => heardMs(700) > 100, 'tone of 700 Hz');
  bot.tell({ type: 'clear' });
  bot.say(1300, 400);
  bot.tell({ type: 'mark', name: 'last' });
  expect(await bot.toldOf('mark', { name: 'interrupted' })).toMatchObject({ cleared: true });
  expect(await bot.toldOf('mark', { name: 'last' })).toMatchObject({ cleared: false });
  await waitFor(() => heardMs(1300) > 100, 'tone of 1300 Hz');
  expect(heardMs(700)).toBeLessThan(30_000);

  await call.sendDtmf('5');
  await bot.toldOf('dtmf', { digit: '5' });
  socket.send('no JSON');
  await bot.toldOf('error');

  const closed = once(socket, 'close');
  bot.tell({ type: 'hangup' });
  expect(await call.ended).toMatchObject({ by: 'remote' });
  await closed;
});

test('the caller of a bot that is not there gets 503', async () => {
  const uri = await startBridge('ws://127.0.0.1:9');
  const { endpoint } = await caller();
  await expect(endpoint.call(uri).established).rejects.toMatchObject({ status: 503 });
});

test('a bot that goes away ends the call', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  server.on('connection', (socket) => socket.once('message', () => setTimeout(() => socket.terminate(), 500)));
  const uri = await startBridge(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
  const { endpoint } = await caller();
  const call = endpoint.call(uri);
  expect(await call.ended).toMatchObject({ by: 'remote' });
});

test('its bot greets, is quiet when somebody speaks, and says it again', async () => {
  const bot = start(process.execPath, [join(folder, 'bot.mjs'), '0']);
  const [, url] = await bot.waitFor(/The bot is at (\S+)/);
  const uri = await startBridge(url!);
  const { endpoint, sink, heardMs } = await caller();
  const said = new PcmStreamSource({ sampleRate: 8000, maxQueueMs: 5000 });
  let loud = 0;
  const greeted = {
    sampleRate: 8000,
    write(frame: Int16Array) {
      if (levelDbfs(frame) > -40) loud++;
    },
  };
  const call = endpoint.call(uri, { source: said, sink });
  call.audio.addSink(greeted);
  await call.established;
  await waitFor(() => loud > 10, 'greeting');

  const tone = new Int16Array(8000);
  for (let i = 0; i < tone.length; i++) tone[i] = 8000 * Math.sin((2 * Math.PI * 1300 * i) / 8000);
  said.push(tone);
  await bot.waitFor(/"name":"greeting","cleared":true/, 30_000);
  await waitFor(() => heardMs(1300) > 300, 'tone that was said');
  await bot.waitFor(/"name":"again","cleared":false/, 30_000);

  call.sendDtmf('#').catch(() => {}); // the call may end before its last packet has been sent
  expect(await call.ended).toMatchObject({ by: 'remote' });
});
