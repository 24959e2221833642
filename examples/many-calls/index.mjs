// Usage: node index.mjs [--port 5060] [--prompt FILE.wav] [--most 500] [--workers 0]
// Answers hundreds of calls at once, each with an announcement from its beginning; `*` begins it again, `#` hangs up.
import { parseArgs } from 'node:util';
import { Endpoint, RecordingSource, rtpMediaProvider, wavFileSource } from '@offhook/endpoint';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '5060' },
    prompt: { type: 'string' },
    most: { type: 'string', default: '500' },
    workers: { type: 'string', default: '0' },
  },
});
const speech = new URL('../../apps/quickstart/assets/speech.wav', import.meta.url);
// Read once: all calls play the same samples, each from where it is.
const { samples, sampleRate } = await wavFileSource(values.prompt ?? speech, { loop: true });
const workers = Number(values.workers);

const endpoint = await new Endpoint({
  transports: [{ protocol: 'udp', port: Number(values.port) }],
  // Telephone quality takes the least time a call; another codec is a word more.
  codecs: ['PCMU', 'PCMA'],
  // Above what this machine can do, calls go to another one: 503 tells a proxy to try the next.
  admission: ({ calls }) => (calls.length >= Number(values.most) ? 503 : undefined),
  // The audio of calls may be spread over threads.
  ...(workers > 0 ? { media: rtpMediaProvider({ workers }) } : {}),
}).start();
console.log(`Answering up to ${values.most} calls to sip:announcement@127.0.0.1:${endpoint.addresses[0].port}`);

let answered = 0;
let lowestMos = 5;
endpoint.on('call', (call) => {
  const announcement = new RecordingSource(samples, sampleRate, { loop: true });
  call.on('dtmf', ({ digit }) => {
    if (digit === '*') announcement.rewind();
    if (digit === '#') call.hangup();
  });
  call.on('quality', ({ quality }) => {
    if (quality) lowestMos = Math.min(lowestMos, quality.mosCq);
  });
  // One call that fails, such as one whose caller has given up, is no matter for the others.
  call.answer({ source: announcement }).then(
    () => answered++,
    ({ code }) => console.log(`${call.remote.uri}: ${code}`),
  );
});

let cpu = process.cpuUsage();
const report = setInterval(() => {
  const { user, system } = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  const figures = [
    `${endpoint.calls.length} calls`,
    `${answered} answered`,
    `lowest MOS ${lowestMos.toFixed(1)}`,
    `${Math.round((user + system) / 10_000)} % of a core`,
    `${process.memoryUsage.rss() >> 20} MB`,
  ];
  console.log(figures.join(', '));
}, 1000);
process.once('SIGINT', async () => {
  clearInterval(report);
  await endpoint.close();
});
