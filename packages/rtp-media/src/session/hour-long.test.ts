import { defaultRegistry } from '@offhook/codecs';
import { expect, test } from 'vitest';
import { correlateSegments } from '../analysis/correlate';
import type { AudioSink } from '../audio/audio-sink';
import { Pacer } from '../pacing/pacer';
import { RecordingSource } from '../sources/recording-source';
import { type SrtpProtection, secureTransport } from '../srtp/secure-transport';
import { MemoryRtpNetwork } from '../testing/memory-rtp-network';
import { seededRandom, seededRandomBytes } from '../testing/seeded-random';
import { EVENTS, PCMU } from '../testing/session-pair';
import { DriftingClock, VirtualClock } from '../testing/virtual-clock';
import { voice } from '../testing/voice';
import { AudioSession } from './audio-session';

const MINUTE = 60_000;

/** Keeps the last seconds of what is heard. */
class Window implements AudioSink {
  readonly sampleRate = 8000;
  readonly #ring = new Int16Array(20 * 8000);
  #at = 0;

  write(frame: Int16Array): void {
    for (const sample of frame) {
      this.#ring[this.#at] = sample;
      this.#at = (this.#at + 1) % this.#ring.length;
    }
  }

  get samples(): Int16Array {
    const samples = new Int16Array(this.#ring.length);
    samples.set(this.#ring.subarray(this.#at));
    samples.set(this.#ring.subarray(0, this.#at), this.#ring.length - this.#at);
    return samples;
  }
}

const key = (fill: number) => ({
  suite: 'AES_CM_128_HMAC_SHA1_80' as const,
  masterKey: new Uint8Array(16).fill(fill),
  masterSalt: new Uint8Array(14).fill(fill),
});

test.each([-100, 100])(
  'an hour of a protected call over a bad network, clocks %d ppm apart',
  (ppm) => {
    const clock = new VirtualClock(1000);
    const network = new MemoryRtpNetwork(clock, 3);
    const random = seededRandom(5);
    const said = voice(10, 8000, 4);
    const sides = [0, 1].map((index) => {
      const own = index === 0 ? clock : new DriftingClock(clock, ppm);
      const inner = network.transport(`192.0.2.${index + 1}`);
      const protection: SrtpProtection = { local: key(1 + index), remote: key(2 - index) };
      const transport = secureTransport(inner, protection);
      const session = new AudioSession({
        transport,
        codecs: defaultRegistry(),
        clock: own,
        pacer: new Pacer(own),
        random: seededRandomBytes(7 + index),
      });
      const heard = new Window();
      const digits: string[] = [];
      session.source = new RecordingSource(said, 8000, { loop: true });
      session.addSink(heard);
      session.on('dtmf', ({ digit }) => digits.push(digit));
      return { session, transport, inner, heard, digits, sent: [] as string[] };
    });
    const [a, b] = sides as [(typeof sides)[0], (typeof sides)[0]];
    const configure = (direction: 'sendrecv' | 'sendonly' | 'recvonly') => {
      const other = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly' } as const;
      const agreed = { sendCodec: PCMU, receiveCodecs: [PCMU], telephoneEvent: EVENTS };
      a.session.configure({ ...agreed, remoteRtp: b.inner.rtpAddress, direction });
      b.session.configure({ ...agreed, remoteRtp: a.inner.rtpAddress, direction: other[direction] });
    };
    let bad = false;
    for (const [from, to] of [
      ['192.0.2.1', '192.0.2.2'],
      ['192.0.2.2', '192.0.2.1'],
    ] as const) {
      let burst = 0;
      network.setPath(from, to, {
        deliver: () => {
          if (bad && burst === 0 && random() < 0.02) burst = 1 + Math.floor(random() * 4);
          if (burst > 0 && burst-- > 0) return [];
          return [20 + random() * (bad ? 60 : 5)];
        },
      });
    }
    configure('sendrecv');
    for (let minute = 0; minute < 60; minute++) {
      bad = minute % 3 === 1;
      // On hold by either side, a quarter of a minute every seventh.
      if (minute % 7 === 3) {
        configure(minute % 2 === 0 ? 'sendonly' : 'recvonly');
        clock.advance(15_000);
        configure('sendrecv');
        clock.advance(5000);
      }
      for (const [index, side] of sides.entries()) {
        const digit = '0123456789*#'[(minute + index * 5) % 12]!;
        side.sent.push(digit);
        void side.session.sendDtmf(digit, { durationMs: 160 });
      }
      clock.advance(MINUTE - (minute % 7 === 3 ? 20_000 : 0));
      for (const { session } of sides) {
        const { bufferMs, targetBufferMs } = session.statistics();
        expect(bufferMs, `minute ${minute}`).toBeLessThan(250);
        expect(targetBufferMs, `minute ${minute}`).toBeLessThan(200);
      }
    }
    for (const [side, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const statistics = side.session.statistics();
      expect(side.digits).toEqual(other.sent);
      // More than two wraps of the sequence number: the roll-over counter is part of each key stream (RFC 3711 §3.3.1).
      expect(statistics.packetsReceived).toBeGreaterThan(150_000);
      expect(side.transport.counters).toMatchObject({ authenticationFailures: 0, replays: 0, malformed: 0 });
      expect(statistics.concealedMs).toBeLessThan(0.03 * 60 * MINUTE);
      expect(statistics.concealedMs).toBeGreaterThan(0.003 * 60 * MINUTE);
      const { correlation } = correlateSegments(said.subarray(0, 8 * 8000), side.heard.samples, {
        segment: 1600,
        maxLag: 4000,
      });
      expect(correlation).toBeGreaterThan(0.9);
    }
    void Promise.all(sides.map(({ session }) => session.close()));
    clock.advance(MINUTE);
    expect(clock.pending).toBe(0);
  },
  90_000,
);
