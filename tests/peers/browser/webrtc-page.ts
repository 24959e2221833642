/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** A page with a microphone and a loudspeaker, which a test drives: one WebRTC call, and what is heard in it. */
export interface WebRtcPage {
  /** Offers audio in these codecs, the preferred first, all candidates gathered. */
  offer(...names: string[]): Promise<string>;
  /** Takes the answer to it. */
  take(answer: string): Promise<void>;
  /** Takes an offer, and answers with all candidates. */
  answer(offer: string): Promise<string>;
  /** What was heard in the next seconds: mono, 16 bit, at `rate` Hz, in base64. */
  record(seconds: number, rate: number): Promise<string>;
  /** Names of the states of connection and ICE. */
  states(): { connection: string; ice: string };
  /** What `getStats` says of what comes in. */
  inbound(): Promise<
    { packetsReceived: number; packetsLost: number; mimeType: string; concealed: number; played: number } | undefined
  >;
}

const connection = new RTCPeerConnection();
let remote: MediaStream | undefined;

connection.addEventListener('track', ({ track, streams }) => {
  remote = streams[0] ?? new MediaStream([track]);
  // Chromium decodes a remote track only when it is played.
  const player = new Audio();
  player.muted = true;
  player.srcObject = remote;
  void player.play();
});

const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

async function useMicrophone(): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  for (const track of stream.getTracks()) connection.addTrack(track, stream);
}

/** The description with all candidates in it. */
async function gathered(): Promise<string> {
  if (connection.iceGatheringState !== 'complete') {
    await new Promise<void>((resolve) => {
      connection.addEventListener('icegatheringstatechange', () => {
        if (connection.iceGatheringState === 'complete') resolve();
      });
    });
  }
  return connection.localDescription!.sdp;
}

const page: WebRtcPage = {
  async offer(...names) {
    await useMicrophone();
    const { codecs = [] } = RTCRtpReceiver.getCapabilities('audio') ?? {};
    const wanted = names.flatMap((name) =>
      codecs.filter(({ mimeType }) => mimeType.toLowerCase() === `audio/${name.toLowerCase()}`),
    );
    connection.getTransceivers()[0]!.setCodecPreferences(wanted);
    await connection.setLocalDescription(await connection.createOffer());
    return gathered();
  },
  async take(answer) {
    await connection.setRemoteDescription({ type: 'answer', sdp: answer });
  },
  async answer(offer) {
    await connection.setRemoteDescription({ type: 'offer', sdp: offer });
    await useMicrophone();
    await connection.setLocalDescription(await connection.createAnswer());
    return gathered();
  },
  async record(seconds, rate) {
    const context = new AudioContext({ sampleRate: rate });
    await context.resume();
    const source = context.createMediaStreamSource(remote!);
    const processor = context.createScriptProcessor(4096, 1, 1);
    const total = seconds * rate;
    const samples = new Int16Array(total);
    let length = 0;
    await new Promise<void>((resolve) => {
      processor.onaudioprocess = ({ inputBuffer }) => {
        for (const value of inputBuffer.getChannelData(0)) {
          if (length === total) break;
          samples[length++] = Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));
        }
        if (length === total) resolve();
      };
      source.connect(processor).connect(context.destination);
    });
    await context.close();
    let text = '';
    for (const byte of new Uint8Array(samples.buffer)) text += String.fromCharCode(byte);
    return btoa(text);
  },
  states: () => ({ connection: connection.connectionState, ice: connection.iceConnectionState }),
  async inbound() {
    const all = [...(await connection.getStats()).values()];
    const stream = all.find(({ type }) => type === 'inbound-rtp');
    const codec = all.find(({ id }) => id === stream?.codecId);
    return (
      stream && {
        packetsReceived: stream.packetsReceived,
        packetsLost: stream.packetsLost,
        mimeType: codec?.mimeType ?? '',
        concealed: stream.concealedSamples ?? 0,
        played: stream.totalSamplesReceived ?? 0,
      }
    );
  },
};

Object.assign(globalThis, { page });
