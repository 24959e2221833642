// Usage: node bot.mjs [PORT]: a bot to try the bridge with. It greets, is quiet as soon as somebody speaks, and says it again.
import { wavFileSource } from '@offhook/endpoint';
import { WebSocketServer } from 'ws';

const greeting = await wavFileSource(new URL('../../apps/quickstart/assets/speech.wav', import.meta.url));
const { samples, sampleRate } = greeting;
const hello = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
/** Root mean square above which a frame is taken for a voice. A real bot has a model for that. */
const VOICE = 500;
/** So much of a voice interrupts; so much silence ends what somebody says. */
const INTERRUPTS_MS = 100;
const ENDS_MS = 600;

const server = new WebSocketServer({ port: Number(process.argv[2] ?? 8080) });
server.on('listening', () => console.log(`The bot is at ws://127.0.0.1:${server.address().port}`));

server.on('connection', (socket) => {
  let said = [];
  let saidMs = 0;
  let voiceMs = 0;
  let silentMs = 0;
  socket.on('message', (data, isBinary) => {
    if (!isBinary) {
      const message = JSON.parse(data);
      console.log(JSON.stringify(message));
      if (message.type === 'start') say('greeting', [hello]);
      if (message.type === 'dtmf' && message.digit === '#') socket.send(JSON.stringify({ type: 'hangup' }));
      return;
    }
    const ms = (data.length * 500) / sampleRate;
    const speaks = loudness(data) > VOICE;
    if (speaks && voiceMs < INTERRUPTS_MS && voiceMs + ms >= INTERRUPTS_MS) {
      socket.send(JSON.stringify({ type: 'clear' }));
    }
    voiceMs = speaks ? voiceMs + ms : 0;
    silentMs = speaks ? 0 : silentMs + ms;
    if (!speaks && said.length === 0) return;
    said.push(data);
    saidMs += ms;
    if (silentMs < ENDS_MS) return;
    if (saidMs - silentMs >= INTERRUPTS_MS) say('again', said);
    said = [];
    saidMs = 0;
  });

  function say(name, pieces) {
    for (const piece of pieces) socket.send(piece);
    socket.send(JSON.stringify({ type: 'mark', name }));
  }
});

function loudness(bytes) {
  let energy = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) energy += bytes.readInt16LE(at) ** 2;
  return Math.sqrt((2 * energy) / bytes.length);
}
