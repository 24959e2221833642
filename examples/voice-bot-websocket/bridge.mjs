import { pcmStreamSink } from '@offhook/endpoint';
import WebSocket from 'ws';
import { MarkedSpeech } from './marked-speech.mjs';

/** How far a bot may be ahead of the call with what it says. */
const MAX_AHEAD_MS = 120_000;
/** What may wait for a slow connection to the bot; audio beyond that is left out. */
const MAX_WAITING_BYTES = 256 * 1024;

/**
 * Connects a bot, answers the call, and passes audio both ways until one of them hangs up.
 *
 * @param call an incoming call of an Offhook endpoint
 * @param url of the bot's WebSocket
 * @param sampleRate Hz of the audio on the WebSocket, whatever the codec of the call is
 */
export async function bridgeCall(call, url, sampleRate = 16_000) {
  const bot = new WebSocket(url);
  bot.on('error', () => {}); // `close` follows
  call.ended.then(() => bot.close());
  // The phone rings meanwhile.
  if (!(await opened(bot))) {
    if (call.state === 'alerting') call.reject(503, { reason: 'No Bot' });
    return;
  }

  const tell = (message) => bot.readyState === WebSocket.OPEN && bot.send(JSON.stringify(message));
  const speech = new MarkedSpeech(sampleRate, MAX_AHEAD_MS, (name, cleared) => tell({ type: 'mark', name, cleared }));
  const heard = pcmStreamSink({ sampleRate });

  bot.on('close', () => call.hangup());
  bot.on('message', (data, isBinary) => {
    if (isBinary) {
      if (!speech.push(samplesOf(data))) tell({ type: 'error', message: `More than ${MAX_AHEAD_MS} ms ahead.` });
      return;
    }
    const message = parsed(data);
    if (message?.type === 'mark') speech.mark(message.name);
    else if (message?.type === 'clear') speech.clear();
    else if (message?.type === 'hangup') call.hangup();
    else tell({ type: 'error', message: 'Send PCM, or mark, clear or hangup.' });
  });
  call.on('dtmf', ({ digit, durationMs }) => tell({ type: 'dtmf', digit, durationMs }));
  call.ended.then(() => heard.close());

  const { uri, displayName } = call.remote;
  tell({ type: 'start', call: call.callId, from: uri, displayName, sampleRate });
  await call.answer({ source: speech, sink: heard });
  for await (const frame of heard) {
    if (bot.readyState === WebSocket.OPEN && bot.bufferedAmount < MAX_WAITING_BYTES) bot.send(bytesOf(frame));
  }
}

const opened = (socket) =>
  new Promise((settle) => {
    socket.once('open', () => settle(true));
    socket.once('close', () => settle(false));
  });

/** 16-bit samples, little-endian on the wire as in the memory of every machine Node.js runs on but s390x. */
const bytesOf = (pcm) => Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
const samplesOf = (bytes) => new Int16Array(new Uint8Array(bytes.subarray(0, bytes.length & ~1)).buffer);

function parsed(data) {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
