import { defaultRegistry } from '@offhook/codecs';
import { parseSessionDescription, serializeSessionDescription } from '@offhook/sdp';
import { SipStack, WebSocketTransport } from '@offhook/sip-core';

/** What the page tells the test. */
export interface PhonePage {
  /** Registers over a WebSocket, waits for a MESSAGE to the address registered, and takes the registration away. */
  register(url: string, aor: string, password: string): Promise<{ states: string[]; contact: string; message: string }>;
  /** Reads and writes a session description. */
  describe(text: string): string;
  /** Encodes and decodes a tone by a codec; answers the signal-to-noise ratio in dB. */
  encode(codec: string): number;
}

const page: PhonePage = {
  async register(url, aor, password) {
    const stack = new SipStack({ transports: [new WebSocketTransport({ url })], userAgent: 'Offhook in a browser' });
    await stack.start();
    const message = new Promise<string>((resolve) => {
      stack.on('request', (transaction) => {
        transaction.reply(200);
        resolve(transaction.request.text);
      });
    });
    const username = aor.slice('sip:'.length, aor.indexOf('@'));
    const registration = stack.register({ aor, credentials: { username, password } });
    const states: string[] = [];
    registration.on('state', (state) => states.push(state));
    await registration.start();
    const contact = String(registration.contact);
    const text = await message;
    await registration.remove();
    await stack.close();
    return { states, contact, message: text };
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
