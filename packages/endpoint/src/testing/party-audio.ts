import type { MemoryLab } from './memory-lab';

/** Somebody behind a server who sends µ-law to the endpoint at `10.0.0.1` from an address of their own. */
export class PartyAudio {
  readonly #lab: MemoryLab;
  readonly #from: { host: string; port: number };
  readonly #ssrc: number;
  readonly #type: number;
  #sequence: number;

  constructor(lab: MemoryLab, from: { host: string; port: number }, { ssrc = from.port, type = 0 } = {}) {
    this.#lab = lab;
    this.#from = from;
    this.#ssrc = ssrc;
    this.#type = type;
    this.#sequence = ssrc & 0x7fff;
  }

  /** Speaks for a while, in packets of 20 ms. @param to which of the endpoint's transports */
  async speak(milliseconds: number, to = 0): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 20) {
      const packet = new Uint8Array(172).map((_, at) => (at * 7) & 255);
      const view = new DataView(packet.buffer);
      view.setUint16(0, 0x8000 | this.#type);
      view.setUint16(2, ++this.#sequence & 0xffff);
      view.setUint32(4, this.#sequence * 160);
      view.setUint32(8, this.#ssrc);
      this.#lab.rtpNetwork.send(packet, this.#from, this.#lab.media[to]!.rtpAddress);
      await this.#lab.clock.advance(20);
    }
  }
}
