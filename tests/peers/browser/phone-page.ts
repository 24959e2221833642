import { defaultRegistry } from '@offhook/codecs';
import { parseSessionDescription, serializeSessionDescription } from '@offhook/sdp';
import { SipStack, WebSocketTransport } from '@offhook/sip-core';

/** What the page tells the test. */
export interface PhonePage {
  /** Registers over a WebSocket, waits for a MESSAGE to the address registered, and takes the registration away. */
  register(url: string, aor: string, password: string): Promise<{ states: string[]; contact: string; message: string }>;
  /** Registers a flow (RFC 5626), calls somebody and hangs up; gives the states of the call. */
  call(url: string, aor: string, password: string, to: string): Promise<string[]>;
  /** Reads and writes a session description. */
  describe(text: string): string;
  /** Encodes and decodes a tone by a codec; answers the signal-to-noise ratio in dB. */
  encode(codec: string): number;
}

async function start(url: string): Promise<SipStack> {
  const stack = new SipStack({ transports: [new WebSocketTransport({ url })], userAgent: 'Offhook in a browser' });
  await stack.start();
  return stack;
}

const userOf = (aor: string) => aor.slice('sip:'.length, aor.indexOf('@'));

const page: PhonePage = {
  async register(url, aor, password) {
    const stack = await start(url);
    const message = new Promise<string>((resolve) => {
      stack.on('request', (transaction) => {
        transaction.reply(200);
        resolve(transaction.request.text);
      });
    });
    const registration = stack.register({ aor, credentials: { username: userOf(aor), password }, outbound: true });
    const states: string[] = [];
    registration.on('state', (state) => states.push(state));
    await registration.start();
    const contact = String(registration.contact);
    const text = await message;
    await registration.remove();
    await stack.close();
    return { states, contact, message: text };
  },

  async call(url, aor, password, to) {
    const stack = await start(url);
    const registration = stack.register({ aor, credentials: { username: userOf(aor), password }, outbound: true });
    await registration.start();
    const description = {
      contentType: 'application/sdp',
      body: new TextEncoder().encode(
        'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n',
      ),
    };
    const call = stack.invite({
      uri: to,
      from: aor,
      registration,
      offerAnswer: {
        createOffer: () => description,
        createAnswer: () => description,
        acceptAnswer: () => {},
        rollback: () => {},
      },
    });
    const states: string[] = [];
    call.on('state', (state) => states.push(state));
    await new Promise<void>((resolve, reject) => {
      call.on('established', resolve);
      call.on('ended', ({ error, status }) => reject(error ?? new Error(`The call ended: ${status}.`)));
    });
    await call.terminate();
    await registration.remove();
    await stack.close();
    return states;
  },

  describe: (text) => serializeSessionDescription(parseSessionDescription(text)),

  encode(name) {
    const codec = defaultRegistry().get(name);
    if (!codec) throw new Error(`There is no codec ${name}.`);
    const encoder = codec.createEncoder();
    const decoder = codec.createDecoder();
    const pcm = Int16Array.from({ length: encoder.frameSamples }, (_, index) => 10_000 * Math.sin(index / 5));
    const payload = new Uint8Array(codec.maxPayloadBytes(codec.defaultFrameDuration));
    const bytes = encoder.encode(pcm, payload);
    const out = new Int16Array(pcm.length);
    decoder.decode(payload.subarray(0, bytes), out);
    let signal = 0;
    let noise = 0;
    for (const [index, sample] of pcm.entries()) {
      signal += sample ** 2;
      noise += (sample - out[index]!) ** 2;
    }
    return 10 * Math.log10(signal / noise);
  },
};

Object.assign(globalThis, { page });
