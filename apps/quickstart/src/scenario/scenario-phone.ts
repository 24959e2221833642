import { Endpoint, toneSource } from '@offhook/endpoint';
import { levelDbfs, toneLevelDbfs } from '@offhook/rtp-media';

const SAMPLE_RATE = 8000;
/** Samples that are listened to: 200 ms. */
const EAR = SAMPLE_RATE / 5;
/** dBFS from which something is heard. */
const HEARD = -30;

/** One of the phones of a scenario: it gives a tone that no other has, and knows whom it hears by theirs. */
export class ScenarioPhone {
  readonly name: string;
  /** Hz of its tone. */
  readonly tone: number;
  readonly endpoint: Endpoint;
  #heard = new Int16Array(EAR);
  #lastAudio = 0;

  private constructor(name: string, tone: number) {
    this.name = name;
    this.tone = tone;
    const sink = { sampleRate: SAMPLE_RATE, write: (frame: Int16Array) => this.#hear(frame) };
    this.endpoint = new Endpoint({
      transports: [{ protocol: 'udp', host: '127.0.0.1' }],
      codecs: ['PCMU', 'PCMA'],
      device: { source: toneSource({ frequencies: [tone], sampleRate: SAMPLE_RATE }), sink },
      holdOthers: false,
    });
  }

  /** Starts it, and registers it. @param server of the form `sip:host:port` */
  static async open(name: string, tone: number, server: string, password: string): Promise<ScenarioPhone> {
    const phone = new ScenarioPhone(name, tone);
    await phone.endpoint.start();
    await phone.endpoint.addConnection({ user: `sip:${name}@127.0.0.1`, server, password }).register();
    return phone;
  }

  #hear(frame: Int16Array): void {
    this.#lastAudio = performance.now();
    this.#heard.copyWithin(0, frame.length);
    this.#heard.set(frame.subarray(0, EAR), EAR - Math.min(EAR, frame.length));
  }

  /** Whom it hears now. @param tones of all phones, by name @returns names, `music` for something that is no tone of theirs, in order */
  hears(tones: ReadonlyMap<string, number>): string[] {
    // Nothing has come for a while: what is in the ear is old.
    if (performance.now() - this.#lastAudio > 150) return [];
    const names = [...tones]
      .filter(([, hz]) => toneLevelDbfs(this.#heard, SAMPLE_RATE, hz) > HEARD)
      .map(([name]) => name);
    if (names.length === 0 && levelDbfs(this.#heard) > -45) names.push('music');
    return names.sort();
  }
}
