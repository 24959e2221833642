import { type Call, type Connection, Endpoint, type EndpointOptions, toneSource } from '@offhook/endpoint';
import { toneLevelDbfs } from '@offhook/rtp-media';
import { onTestFinished } from 'vitest';

/** A phone of ours on 127.0.0.1, in G.711, whose tone tells who is heard. */
export class TestPhone {
  readonly endpoint: Endpoint;
  readonly hz: number;
  /** What it heard last, at 8 kHz: a second of it. */
  #heard: number[] = [];

  private constructor(endpoint: Endpoint, hz: number) {
    this.endpoint = endpoint;
    this.hz = hz;
  }

  /** Starts one that answers. @param hz of the tone it gives, which no other phone has */
  static async start(hz: number, options: EndpointOptions = {}): Promise<TestPhone> {
    const endpoint = await new Endpoint({
      transports: [{ protocol: 'udp', host: '127.0.0.1' }],
      codecs: ['PCMU', 'PCMA'],
      autoReplace: true,
      ...options,
    }).start();
    onTestFinished(() => endpoint.close());
    const phone = new TestPhone(endpoint, hz);
    endpoint.on('call', (call) => {
      phone.listen(call);
      if (options.autoAnswer === undefined) call.answer({ source: phone.tone }).catch(() => {});
    });
    return phone;
  }

  get uri(): string {
    return `sip:phone@127.0.0.1:${this.endpoint.addresses[0]!.port}`;
  }

  get tone() {
    return toneSource({ frequencies: [this.hz], sampleRate: 8000 });
  }

  /** Calls somebody, with its tone. @param by the line to call by */
  async call(uri: string, by: Pick<Connection, 'call'> = this.endpoint): Promise<Call> {
    const call = by.call(uri, { source: this.tone, timeout: 10_000 });
    this.listen(call);
    await call.established;
    return call;
  }

  /** What is heard in a call counts from now on. */
  listen(call: Call): void {
    call.audio.addSink({
      sampleRate: 8000,
      write: (frame) => {
        this.#heard = [...this.#heard.slice(-8000 + frame.length), ...frame];
      },
    });
  }

  /** Level of a tone in what it hears now, dBFS. */
  level(hz: number): number {
    return toneLevelDbfs(Int16Array.from(this.#heard), 8000, hz);
  }

  /** Forgets what it has heard. */
  forget(): void {
    this.#heard = [];
  }
}

export const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));
