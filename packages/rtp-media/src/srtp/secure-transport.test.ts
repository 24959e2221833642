import { defaultRegistry } from '@offhook/codecs';
import { describe, expect, test } from 'vitest';
import { toneLevelDbfs } from '../analysis/level';
import { Pacer } from '../pacing/pacer';
import { writeRtpHeader } from '../rtp/rtp-header';
import { AudioSession } from '../session/audio-session';
import { toneSource } from '../sources/tone-source';
import { MemoryRtpNetwork } from '../testing/memory-rtp-network';
import { seededRandomBytes } from '../testing/seeded-random';
import { PCMU, Recording } from '../testing/session-pair';
import { VirtualClock } from '../testing/virtual-clock';
import { secureTransport } from './secure-transport';
import { SrtpKey } from './srtp-key';
import { SRTP_SUITES, type SrtpSuite } from './srtp-suites';

const random = seededRandomBytes(11);

function newKey(suite: SrtpSuite = 'AES_CM_128_HMAC_SHA1_80', mki?: number): SrtpKey {
  const { keyBytes, saltBytes } = SRTP_SUITES[suite];
  const named = mki === undefined ? {} : { mki: new Uint8Array([mki]) };
  return new SrtpKey({ suite, masterKey: random(keyBytes), masterSalt: random(saltBytes), ...named });
}

/** A pair of transports over a network in memory, and what A sent and B's owner received. */
function pair() {
  const clock = new VirtualClock(1000);
  const network = new MemoryRtpNetwork(clock, 1);
  const inner = [network.transport('192.0.2.1'), network.transport('192.0.2.2')] as const;
  const [a, b] = [secureTransport(inner[0]), secureTransport(inner[1])];
  a.setRemote(inner[1].rtpAddress, inner[1].rtcpAddress);
  b.setRemote(inner[0].rtpAddress, inner[0].rtcpAddress);
  const wire: Uint8Array[] = [];
  const received: number[] = [];
  const reports: string[] = [];
  network.onDatagram = (bytes, from) => {
    if (from.host === '192.0.2.1') wire.push(bytes);
  };
  b.onRtp((bytes) => received.push((bytes[2]! << 8) | bytes[3]!));
  b.onRtcp((bytes) => reports.push(Buffer.from(bytes.subarray(8)).toString()));
  const send = (...sequenceNumbers: number[]) => {
    for (const each of sequenceNumbers) {
      const packet = new Uint8Array(32);
      writeRtpHeader(packet, 0, false, each, each * 160, 5);
      a.sendRtp(packet);
    }
    clock.advance(1);
  };
  return { clock, network, inner, a, b, wire, received, reports, send };
}

const REPORT = new Uint8Array([0x81, 200, 0, 6, 0, 0, 0, 5, ...Buffer.from('a report')]);

describe('a transport wrapped in SRTP', () => {
  test('lets nothing through either way before it has keys', () => {
    const { a, b, send, wire, received, network, inner, clock } = pair();
    send(1);
    a.sendRtcp(REPORT);
    network.send(new Uint8Array(40).fill(0x80), inner[0].rtpAddress, inner[1].rtpAddress);
    clock.advance(1);
    expect([wire.length, received.length]).toEqual([1, 0]);
    expect([a.state, a.counters.withoutKeys, b.counters.withoutKeys]).toEqual(['waiting', 2, 1]);
  });

  test('carries RTP and RTCP under the keys of each direction', () => {
    const { a, b, send, received, reports, wire, clock } = pair();
    const [ofA, ofB] = [newKey(), newKey('AEAD_AES_256_GCM')];
    a.setProtection({ local: ofA, remote: ofB });
    b.setProtection({ local: ofB, remote: ofA });
    send(1, 2, 3);
    a.sendRtcp(REPORT);
    clock.advance(1);
    expect(received).toEqual([1, 2, 3]);
    expect(reports).toEqual(['a report']);
    expect(wire.map(({ length }) => length)).toEqual([42, 42, 42, 16 + 14]);
    expect([a.state, a.counters.protected, b.counters.unprotected]).toEqual(['protected', 4, 4]);
  });

  test('goes in clear when that was agreed, and takes no clear packet when it was not', () => {
    const { a, b, send, received, wire } = pair();
    a.setProtection('clear');
    b.setProtection('clear');
    send(1);
    expect([a.state, received, wire[0]!.length]).toEqual(['clear', [1], 32]);
    const key = newKey();
    b.setProtection({ local: key, remote: key });
    send(2);
    expect(received).toEqual([1]);
    expect(b.counters.authenticationFailures).toBe(1);
  });

  test('counts forged and repeated packets, and hands neither on', () => {
    const { a, b, send, received, wire, network, inner, clock } = pair();
    const key = newKey();
    a.setProtection({ local: key, remote: newKey() });
    b.setProtection({ local: newKey(), remote: key });
    send(1, 2);
    const again = wire[0]!;
    network.send(again, inner[0].rtpAddress, inner[1].rtpAddress);
    network.send(again.with(3, 9).with(20, 1), inner[0].rtpAddress, inner[1].rtpAddress);
    network.send(again.subarray(0, 9), inner[0].rtpAddress, inner[1].rtpAddress);
    clock.advance(1);
    expect(received).toEqual([1, 2]);
    expect(b.counters).toMatchObject({ replays: 1, authenticationFailures: 1, malformed: 1, unprotected: 2 });
    send(2);
    expect(a.counters.repeatedSends).toBe(1);
  });

  test('keys change mid-stream: what was on its way under the old ones still comes in', () => {
    const { a, b, send, received, network } = pair();
    const [first, second, back] = [newKey(), newKey('AES_256_CM_HMAC_SHA1_32'), newKey()];
    a.setProtection({ local: first, remote: back });
    b.setProtection({ local: back, remote: first });
    network.setPath('192.0.2.1', '192.0.2.2', { delay: 0.5 });
    send(65_534, 65_535, 0);
    b.setProtection({ local: back, remote: second });
    send(1);
    a.setProtection({ local: second, remote: back });
    send(2, 3);
    expect(received).toEqual([65_534, 65_535, 0, 1, 2, 3]);
    // Once 64 packets came under the new key, the old one opens nothing any more.
    send(...Array.from({ length: 64 }, (_, i) => i + 4));
    a.setProtection({ local: first, remote: back });
    send(70);
    expect(received.at(-1)).toBe(67);
    expect(b.counters.authenticationFailures).toBe(1);
  });

  test('a peer that keeps its rollover counter over a change of keys is understood', () => {
    const { a, b, send, received } = pair();
    const [first, second, back] = [newKey(), newKey(), newKey()];
    a.setProtection({ local: first, remote: back });
    b.setProtection({ local: back, remote: first });
    const turns = Array.from({ length: 14 }, (_, i) => (i * 20_000) & 0xffff);
    send(...turns);
    // The sender has had its second key from the beginning, so its counter is as far as that of the first.
    const { a: other, wire, send: sendOther } = pair();
    other.setProtection({ local: second, remote: back });
    sendOther(...turns, 10_000);
    b.setProtection({ local: back, remote: second });
    const last = wire.at(-1)!;
    pairSend(last);
    expect(received.at(-1)).toBe(10_000);

    function pairSend(bytes: Uint8Array) {
      a.setProtection('clear');
      a.sendRtp(bytes);
      send();
    }
  });

  test('a re-offer that repeats the keys goes on where it was', () => {
    const { a, b, send, received, wire } = pair();
    const [key, back] = [newKey(), newKey()];
    const copy = new SrtpKey({ suite: key.suite, masterKey: key.masterKey, masterSalt: key.masterSalt });
    a.setProtection({ local: key, remote: back });
    b.setProtection({ local: back, remote: key });
    send(65_535, 0);
    a.setProtection({ local: copy, remote: back });
    b.setProtection({ local: back, remote: copy });
    send(0, 1);
    expect(received).toEqual([65_535, 0, 1]);
    expect([a.counters.repeatedSends, wire.length]).toEqual([1, 3]);
  });

  test('several keys of the peer are told apart by their MKI', () => {
    const { a, b, send, received } = pair();
    const [one, two, three] = [1, 2, 3].map((id) => newKey('AES_CM_128_HMAC_SHA1_80', id));
    const back = newKey();
    b.setProtection({ local: back, remote: [one!, two!] });
    for (const [at, local] of [one!, two!, three!].entries()) {
      a.setProtection({ local, remote: back });
      send(at);
    }
    expect(received).toEqual([0, 1]);
    expect(b.counters.unknownKeys).toBe(1);
  });

  test('an unusable key is an error, and what was set before stands', () => {
    const { a } = pair();
    const key = newKey();
    a.setProtection({ local: key, remote: key });
    const bad = { suite: key.suite, masterKey: new Uint8Array(3), masterSalt: key.masterSalt };
    expect(() => a.setProtection({ local: key, remote: bad })).toThrow(
      expect.objectContaining({ code: 'ERR_SRTP_KEY' }),
    );
    expect(a.state).toBe('protected');
  });

  test('a call of two sessions is heard through it', async () => {
    const { clock, a, b, inner } = pair();
    const [ofA, ofB] = [newKey('AEAD_AES_128_GCM'), newKey('AEAD_AES_128_GCM')];
    a.setProtection({ local: ofA, remote: ofB });
    b.setProtection({ local: ofB, remote: ofA });
    const session = (transport: typeof a, seed: number) =>
      new AudioSession({
        transport,
        codecs: defaultRegistry(),
        clock,
        pacer: new Pacer(clock),
        random: seededRandomBytes(seed),
      });
    const [caller, callee] = [session(a, 1), session(b, 2)];
    const heard = new Recording();
    callee.addSink(heard);
    caller.source = toneSource({ frequencies: [440], sampleRate: 8000 });
    const agreed = { sendCodec: PCMU, receiveCodecs: [PCMU], direction: 'sendrecv' } as const;
    caller.configure({ ...agreed, remoteRtp: inner[1].rtpAddress });
    callee.configure({ ...agreed, remoteRtp: inner[0].rtpAddress });
    await clock.advance(12_000);
    expect(callee.statistics()).toMatchObject({ packetsLost: 0, packetsReceived: caller.statistics().packetsSent });
    expect(toneLevelDbfs(heard.samples.subarray(-8000), 8000, 440)).toBeGreaterThan(-25);
    expect(b.counters).toMatchObject({ authenticationFailures: 0, replays: 0, malformed: 0 });
    await Promise.all([caller.close(), callee.close()]);
  });
});
