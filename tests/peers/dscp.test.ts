import { openUdpRtpTransport } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { startCapture } from './support/tshark';

describeWithPeers(['tshark'], 'tshark sees the packets that are marked', () => {
  test.each([
    ['127.0.0.1', 'ip.dsfield.dscp'],
    ['::1', 'ipv6.tclass.dscp'],
  ])('of RTP and RTCP, from %s', async (address, field) => {
    const [marked, plain] = await Promise.all([
      openUdpRtpTransport({ address, dscp: 46 }),
      openUdpRtpTransport({ address }),
    ]);
    const capture = await startCapture(`udp portrange ${marked.localPort}-${marked.localRtcpPort}`, []);
    const rtp = ({ localAddress: host, localPort: port }: typeof marked) => ({ host, port });
    const rtcp = ({ localAddress: host, localRtcpPort: port }: typeof marked) => ({ host, port });
    marked.setRemote(rtp(plain), rtcp(plain));
    plain.setRemote(rtp(marked), rtcp(marked));
    for (const transport of [marked, plain]) {
      transport.sendRtp(Uint8Array.of(0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff));
      transport.sendRtcp(Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1));
    }
    const traffic = await capture.stop();
    await Promise.all([marked.close(), plain.close()]);
    const from = (transport: typeof marked) => `udp.srcport in {${transport.localPort}, ${transport.localRtcpPort}}`;
    expect(traffic.count(`${from(marked)} && ${field} == 46`)).toBe(2);
    expect(traffic.count(`${from(plain)} && ${field} == 0`)).toBe(2);
    expect(traffic.count('udp')).toBe(4);
  });
});
