import { defaultRegistry } from '@offhook/codecs';
import { describe, expect, test } from 'vitest';
import { toneLevelDbfs } from '../analysis/level';
import { AudioSession } from '../session/audio-session';
import { toneSource } from '../sources/tone-source';
import { PCMU, Recording } from '../testing/session-pair';
import type { RtpTransport } from '../transport/rtp-transport';
import { openUdpRtpTransport } from './udp-rtp-transport';

const rtpOf = (transport: RtpTransport) => ({ host: transport.localAddress, port: transport.localPort });
const rtcpOf = (transport: RtpTransport) => ({ host: transport.localAddress, port: transport.localRtcpPort });

function received(transport: RtpTransport, kind: 'onRtp' | 'onRtcp'): Promise<{ bytes: number[]; port: number }> {
  return new Promise((resolve) => transport[kind]((bytes, { port }) => resolve({ bytes: [...bytes], port })));
}

describe('UDP', () => {
  test.each(['127.0.0.1', '::1'])('RTP on an even port, RTCP on the next (%s)', async (address) => {
    const [a, b] = await Promise.all([openUdpRtpTransport({ address }), openUdpRtpTransport({ address })]);
    expect(a.localPort % 2).toBe(0);
    expect(a.localRtcpPort).toBe(a.localPort + 1);
    a.setRemote(rtpOf(b), rtcpOf(b));
    const [rtp, rtcp] = [received(b, 'onRtp'), received(b, 'onRtcp')];
    a.sendRtp(Uint8Array.of(0x80, 0, 1));
    a.sendRtcp(Uint8Array.of(0x80, 201, 0, 0));
    expect(await rtp).toEqual({ bytes: [0x80, 0, 1], port: a.localPort });
    expect(await rtcp).toEqual({ bytes: [0x80, 201, 0, 0], port: a.localRtcpPort });
    await Promise.all([a.close(), b.close()]);
  });

  test('goes on at another address of this machine', async () => {
    const [a, b] = await Promise.all([openUdpRtpTransport(), openUdpRtpTransport()]);
    a.setRemote(rtpOf(b), rtcpOf(b));
    b.setRemote(rtpOf(a), rtcpOf(a));
    const heard: number[] = [];
    a.onRtp((bytes) => heard.push(bytes[2]!));
    await a.moveTo!('127.0.0.2');
    expect(a.localAddress).toBe('127.0.0.2');
    const [there, back] = [received(b, 'onRtp'), rtpOf(a)];
    a.sendRtp(Uint8Array.of(0x80, 0, 1));
    expect(await there).toEqual({ bytes: [0x80, 0, 1], port: back.port });
    b.setRemote(back, rtcpOf(a));
    b.sendRtp(Uint8Array.of(0x80, 0, 2));
    await expect.poll(() => heard).toEqual([2]);
    await expect(a.moveTo!('192.0.2.77')).rejects.toMatchObject({ code: 'ERR_RTP_SOCKET' });
    expect(a.localAddress).toBe('127.0.0.2');
    await Promise.all([a.close(), b.close()]);
  });

  test('both on one port, told apart by the packet type (RFC 5761)', async () => {
    const options = { rtcpMux: true };
    const [a, b] = await Promise.all([openUdpRtpTransport(options), openUdpRtpTransport(options)]);
    expect(a.localRtcpPort).toBe(a.localPort);
    a.setRemote(rtpOf(b), rtcpOf(b));
    const [rtp, rtcp] = [received(b, 'onRtp'), received(b, 'onRtcp')];
    a.sendRtcp(Uint8Array.of(0x80, 200, 0, 0));
    a.sendRtp(Uint8Array.of(0x80, 0x80, 1));
    expect((await rtcp).bytes[1]).toBe(200);
    expect((await rtp).bytes[1]).toBe(0x80);
    await Promise.all([a.close(), b.close()]);
  });

  test('a range is used up pair by pair, then refused, and free again after closing', async () => {
    const probe = await openUdpRtpTransport();
    const min = probe.localPort;
    await probe.close();
    const portRange = [min, min + 1] as const;
    const only = await openUdpRtpTransport({ portRange });
    expect(only.localPort).toBe(min);
    await expect(openUdpRtpTransport({ portRange })).rejects.toMatchObject({ code: 'ERR_RTP_PORTS' });
    await only.close();
    const again = await openUdpRtpTransport({ portRange });
    await again.close();
  });

  test.each([
    ['127.0.0.1', false, 3],
    ['127.0.0.1', true, 6],
    ['::1', false, 3],
    ['::1', true, 6],
  ])(
    'a range of six ports on %s (one port for both: %s) carries %i streams and no more',
    async (address, rtcpMux, most) => {
      // A range below those the system gives out by itself.
      const min = 30_100 + 2 * Math.floor(Math.random() * 1200);
      const options = { address, rtcpMux, portRange: [min, min + 5] as const };
      const opened = await Promise.all(Array.from({ length: most }, () => openUdpRtpTransport(options)));
      const ports = opened.map(({ localPort }) => localPort);
      expect(new Set(ports).size).toBe(most);
      for (const { localPort, localRtcpPort } of opened) {
        expect(localPort).toBeGreaterThanOrEqual(min);
        expect(localRtcpPort).toBeLessThanOrEqual(min + 5);
        if (!rtcpMux) expect([localPort % 2, localRtcpPort - localPort]).toEqual([0, 1]);
      }
      await expect(openUdpRtpTransport(options)).rejects.toMatchObject({ code: 'ERR_RTP_PORTS' });
      await opened[0]!.close();
      const again = await openUdpRtpTransport(options);
      expect(again.localPort).toBe(ports[0]);
      await Promise.all([again, ...opened.slice(1)].map((transport) => transport.close()));
    },
  );

  test.each([[[5000, 4000]], [[5001, 5002]], [[0, 10]], [[65_000, 70_000]], [[4000.5, 5000]]])(
    'the range %j is refused',
    async (range) => {
      await expect(openUdpRtpTransport({ portRange: range as [number, number] })).rejects.toMatchObject({
        code: 'ERR_MEDIA_ARGUMENT',
      });
    },
  );

  test('an address that is not of this machine is one clear error', async () => {
    await expect(openUdpRtpTransport({ address: '192.0.2.1' })).rejects.toMatchObject({ code: 'ERR_RTP_SOCKET' });
  });

  test('sending nowhere, or after closing, does nothing', async () => {
    const transport = await openUdpRtpTransport();
    transport.sendRtp(Uint8Array.of(1));
    transport.setRemote({ host: '0.0.0.0', port: 9 }, { host: '127.0.0.1', port: 0 });
    transport.sendRtp(Uint8Array.of(1));
    transport.sendRtcp(Uint8Array.of(1));
    await transport.close();
    await transport.close();
    transport.sendRtp(Uint8Array.of(1));
  });

  test('a session on the real clock carries a tone', async () => {
    const [a, b] = await Promise.all([openUdpRtpTransport(), openUdpRtpTransport()]);
    const heard = new Recording();
    const done = new Promise<void>((resolve) => {
      const write = heard.write.bind(heard);
      heard.write = (frame) => {
        write(frame);
        if (heard.samples.length >= 4800) resolve();
      };
    });
    const sessions = [a, b].map((transport) => new AudioSession({ transport, codecs: defaultRegistry() }));
    const [from, to] = sessions as [AudioSession, AudioSession];
    const agreed = { sendCodec: PCMU, receiveCodecs: [PCMU], direction: 'sendrecv' as const };
    from.source = toneSource({ frequencies: [600] });
    from.configure({ ...agreed, remoteRtp: rtpOf(b) });
    to.configure({ ...agreed, remoteRtp: rtpOf(a) });
    to.addSink(heard);
    await done;
    expect(toneLevelDbfs(heard.samples.subarray(1600, 4800), 8000, 600)).toBeGreaterThan(-14);
    expect(to.statistics().packetsReceived).toBeGreaterThan(10);
    await Promise.all(sessions.map((session) => session.close()));
  });
});
