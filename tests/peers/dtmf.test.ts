import { expect, test } from 'vitest';
import { startBaresip } from './support/baresip';
import { startOffhook } from './support/offhook';
import { describeWithPeers } from './support/peers';
import { freePort } from './support/ports';
import { speechFile } from './support/speech';
import { startCapture } from './support/tshark';

describeWithPeers(['baresip'], 'digits and baresip', () => {
  test.each(['rfc4733', 'info'])('it hears what we send by %s', async (method) => {
    const baresip = await startBaresip({ play: speechFile });
    const offhook = startOffhook('call', baresip.uri, '--dtmf', '159#D', '--dtmf-method', method);
    expect(await offhook.result).toMatchObject({ ok: true });
    await baresip.event('CALL_CLOSED');
    const pressed = baresip.events.filter(({ type }) => type === 'CALL_DTMF_START').map(({ param }) => param);
    expect(pressed.join('')).toBe('159#D');
  });

  test('we hear what it sends', async () => {
    const offhook = startOffhook('answer', '--host', '127.0.0.1', '--port', '0', '--count', '1');
    const { port } = (await offhook.line('listening')) as unknown as { port: number };
    const baresip = await startBaresip({ play: speechFile });
    await baresip.command('dial', `sip:offhook@127.0.0.1:${port}`);
    await baresip.event('CALL_ESTABLISHED');
    for (const digit of '27*') {
      await baresip.command('sndcode', digit);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await baresip.command('hangup');
    expect(await offhook.result).toMatchObject({ ok: true });
    const digits = offhook.lines().filter(({ type }) => type === 'dtmf');
    expect(digits.map(({ digit }) => digit).join('')).toBe('27*');
  });
});

describeWithPeers(['tshark'], 'tshark reads digits', () => {
  test.each([
    ['rfc4733', 'rtpevent.event_id == 5 && rtpevent.end_of_event == 1', 3],
    ['info', 'sip.Method == "INFO" && sip.Content-Type == "application/dtmf-relay"', 4],
    ['info-dtmf', 'sip.Method == "INFO" && sip.Content-Type == "application/dtmf"', 4],
  ])('by %s', async (method, filter, count) => {
    const port = await freePort();
    const capture = await startCapture('udp', [port]);
    const callee = startOffhook('answer', '--host', '127.0.0.1', '--port', String(port), '--count', '1');
    await callee.line('listening');
    const caller = startOffhook('call', `sip:x@127.0.0.1:${port}`, '--dtmf', '15#*', '--dtmf-method', method);
    expect(await caller.result).toMatchObject({ ok: true });
    await callee.result;
    const traffic = await capture.stop();
    expect(traffic.malformed()).toEqual([]);
    expect(traffic.count(filter)).toBe(count);
    const heard = callee.lines().filter(({ type }) => type === 'dtmf');
    expect(heard.map(({ digit }) => digit).join('')).toBe('15#*');
  });
});
