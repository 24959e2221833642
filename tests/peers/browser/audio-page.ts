/// <reference lib="dom" />
import { type BrowserMessage, type PageAudio, pageAudio } from '@offhook/endpoint/browser';

/** A page that lends its microphone and loudspeaker to an endpoint; a test carries the messages. */
export interface AudioPage {
  /** Begins; the offer comes by the function `toEndpoint` that the test has given the page. */
  open(): Promise<void>;
  receive(message: BrowserMessage): Promise<void>;
  /** What the loudspeaker plays in the next seconds: mono, 16 bit, at `rate` Hz, in base64. */
  record(seconds: number, rate: number): Promise<string>;
}

declare function toEndpoint(message: BrowserMessage): Promise<void>;

let audio: PageAudio | undefined;
let played: MediaStream | undefined;

// What is played is taken where any page could take it: from the element.
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
  if (this.srcObject instanceof MediaStream) played = this.srcObject;
  return play.call(this);
};

const page: AudioPage = {
  async open() {
    audio = await pageAudio({
      send: (message) => void toEndpoint(message),
      microphone: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
  },
  receive: (message) => audio!.receive(message),
  async record(seconds, rate) {
    const context = new AudioContext({ sampleRate: rate });
    await context.resume();
    const processor = context.createScriptProcessor(4096, 1, 1);
    const samples = new Int16Array(seconds * rate);
    let length = 0;
    await new Promise<void>((resolve) => {
      processor.onaudioprocess = ({ inputBuffer }) => {
        for (const value of inputBuffer.getChannelData(0)) {
          if (length === samples.length) break;
          samples[length++] = Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));
        }
        if (length === samples.length) resolve();
      };
      context.createMediaStreamSource(played!).connect(processor).connect(context.destination);
    });
    await context.close();
    let text = '';
    for (const byte of new Uint8Array(samples.buffer)) text += String.fromCharCode(byte);
    return btoa(text);
  },
};

Object.assign(globalThis, { page });
