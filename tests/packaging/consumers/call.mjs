import { Endpoint } from '@offhook/endpoint';
import { correlate, pcmStreamSink, RecordingSource, toneSource } from '@offhook/rtp-media';
import { parseMessage } from '@offhook/sip-core';

// Two endpoints of this process call each other; each plays a tone of its own and listens for the other's.
const tones = { caller: 440, callee: 620 };
const endpoints = [];
const phone = async () => {
  const endpoint = await new Endpoint({ transports: [{ protocol: 'udp', host: '127.0.0.1' }] }).start();
  endpoints.push(endpoint);
  return endpoint;
};
const sampled = (frequency) => {
  const samples = new Int16Array(4000);
  toneSource({ frequencies: [frequency] }).read(samples);
  return samples;
};
const listen = () => {
  const sink = { sampleRate: 8000, samples: [], write: (frame) => sink.samples.push(...frame) };
  return sink;
};

const callee = await phone();
const caller = await phone();
const heard = { caller: listen(), callee: listen() };
callee.on('trace', ({ data }) => parseMessage(data));
callee.on('call', (call) => call.answer({ source: toneSource({ frequencies: [tones.callee] }), sink: heard.callee }));
const call = caller.call(`sip:callee@127.0.0.1:${callee.addresses[0].port}`, {
  source: toneSource({ frequencies: [tones.caller] }),
  sink: heard.caller,
});
await call.established;
await new Promise((resolve) => setTimeout(resolve, 1500));
await call.hangup();
await Promise.all(endpoints.map((endpoint) => endpoint.close()));
if (typeof pcmStreamSink !== 'function' || typeof RecordingSource !== 'function') process.exit(1);

const match = (samples, frequency) =>
  correlate(sampled(frequency), Int16Array.from(samples.slice(4000, 8000))).correlation;
console.log(
  JSON.stringify({
    caller: match(heard.caller.samples, tones.callee),
    callee: match(heard.callee.samples, tones.caller),
  }),
);
