import { expect, test } from 'vitest';
import { startOffhook } from './support/offhook';
import { describeWithPeers } from './support/peers';
import { freePort } from './support/ports';
import { speechFile } from './support/speech';
import { startCapture } from './support/tshark';

describeWithPeers(['tshark'], 'tshark reads a call of ours', () => {
  test('and finds nothing malformed in SIP, SDP, RTP and RTCP', async () => {
    const port = await freePort();
    const capture = await startCapture('udp', [port]);
    const callee = startOffhook('answer', '--host', '127.0.0.1', '--port', String(port), '--echo', '--count', '1');
    await callee.line('listening');
    const caller = startOffhook(
      'call',
      `sip:echo@127.0.0.1:${port}`,
      '--codec',
      'PCMU',
      '--play',
      speechFile,
      '--dtmf',
      '159#',
      '--duration',
      '7',
    );
    expect(await caller.result).toMatchObject({ ok: true });
    await callee.result;
    const traffic = await capture.stop();
    expect(traffic.malformed()).toEqual([]);
    expect(traffic.count(`sip.Method == "INVITE" && udp.dstport == ${port}`)).toBe(1);
    expect(traffic.count(`sip.Method == "BYE" && udp.dstport == ${port}`)).toBe(1);
    expect(traffic.count(`sdp && udp.port == ${port}`)).toBe(2);
    expect(traffic.count('rtp && rtp.p_type == 0')).toBeGreaterThan(500);
    expect(traffic.count('rtpevent.end_of_event == 1')).toBeGreaterThanOrEqual(4 * 3);
    expect(traffic.count('rtcp')).toBeGreaterThanOrEqual(2);
  });
});
