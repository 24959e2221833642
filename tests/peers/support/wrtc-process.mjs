// A WebRTC phone of libwebrtc: plays samples and records what it hears. Its parent says what it shall do (see wrtc-phone.ts).
import { createRequire } from 'node:module';

const { RTCPeerConnection, nonstandard } = createRequire(import.meta.url)('@roamhq/wrtc');

const connection = new RTCPeerConnection();
const source = new nonstandard.RTCAudioSource();
connection.addTrack(source.createTrack());
let heard = [];
let heardRate = 0;
let recording = false;
let playing = [];

connection.ontrack = ({ track }) => {
  new nonstandard.RTCAudioSink(track).ondata = ({ samples, sampleRate }) => {
    heardRate = sampleRate;
    if (recording) heard.push(samples.slice());
  };
};

/** Gives it 10 ms every 10 ms, from the samples over and over. */
let next = performance.now();
let at = 0;
setInterval(() => {
  for (; next <= performance.now(); next += 10) {
    const samples = Int16Array.from({ length: 80 }, () => playing[at++ % playing.length] ?? 0);
    source.onData({ samples, sampleRate: 8000, bitsPerSample: 16, channelCount: 1, numberOfFrames: 80 });
  }
}, 5);

const gathered = async () => {
  while (connection.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 20));
  return connection.localDescription.sdp;
};

const requests = {
  play: (samples) => {
    playing = samples;
  },
  async offer() {
    await connection.setLocalDescription(await connection.createOffer());
    return gathered();
  },
  async answer(sdp) {
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    return gathered();
  },
  take: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
  state: () => connection.connectionState,
  async record(ms) {
    heard = [];
    recording = true;
    await new Promise((resolve) => setTimeout(resolve, ms));
    recording = false;
    return { rate: heardRate, samples: heard.flatMap((each) => [...each]) };
  },
  async statistics() {
    const all = [...(await connection.getStats()).values()];
    const of = (type) => {
      const stream = all.find((each) => each.type === type && each.kind === 'audio');
      return { ...stream, mimeType: all.find(({ id }) => id === stream?.codecId)?.mimeType };
    };
    return { received: of('inbound-rtp'), sent: of('outbound-rtp') };
  },
};

process.on('message', async ({ id, name, argument }) => {
  try {
    process.send({ id, result: await requests[name](argument) });
  } catch (error) {
    process.send({ id, error: error.message });
  }
});
process.on('disconnect', () => process.exit());
