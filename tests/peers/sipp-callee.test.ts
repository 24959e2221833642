import { Endpoint } from '@offhook/endpoint';
import { expect, test } from 'vitest';
import { startOffhook } from './support/offhook';
import { describeWithPeers } from './support/peers';
import { type SippOptions, startSipp } from './support/sipp';
import { speechFile } from './support/speech';

async function calling(options: SippOptions, ...args: string[]) {
  const sipp = await startSipp(options);
  const tcp = options.transport === 't1' ? ';transport=tcp' : '';
  const offhook = startOffhook('call', `sip:service@127.0.0.1:${sipp.port}${tcp}`, '--play', speechFile, ...args);
  const [called, result] = await Promise.all([offhook.result, sipp.result]);
  return { called, result };
}

describeWithPeers(['sipp'], 'we call SIPp', () => {
  test('over UDP, with early media, and over TCP', async () => {
    const variants: SippOptions[] = [
      { scenario: 'uas' },
      { scenario: 'uas-early-media' },
      // Not SIPp's own callee, which pauses after its last answer and counts a call that it sees no connection for then as failed.
      { scenario: 'uas-early-media', transport: 't1' },
    ];
    for (const { called, result } of await Promise.all(variants.map((each) => calling(each, '--duration', '1')))) {
      expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0, retransmissions: 0 });
      expect(called).toMatchObject({ ok: true, exitCode: 0 });
    }
  });

  test('which wants credentials: the INVITE is repeated with a digest it accepts; a wrong one is refused: 403 and exit code 1', async () => {
    const withPassword = (password: string) =>
      calling({ scenario: 'uas-auth' }, '--user', 'alice', '--password', password, '--duration', '1');
    const [right, wrong] = await Promise.all([withPassword('secret'), withPassword('wrong')]);
    expect(right.result, right.result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
    expect(right.called).toMatchObject({ ok: true });
    expect(wrong.called).toMatchObject({ ok: false, exitCode: 1, error: { status: 403 } });
  });

  test('which holds, retrieves with an offerless re-INVITE and hangs up', async () => {
    const { called, result } = await calling({ scenario: 'uas-reinvite' }, '--duration', '20');
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
    expect(called).toMatchObject({ ok: true, exitCode: 0 });
  });

  test('which is busy: 486 and exit code 1; which only rings: we cancel when the time is up', async () => {
    const [busy, ringing] = await Promise.all([
      calling({ scenario: 'uas-busy' }),
      calling({ scenario: 'uas-ringing' }, '--timeout', '2'),
    ]);
    expect(busy.called).toMatchObject({ ok: false, exitCode: 1, error: { status: 486 } });
    expect(ringing.result, ringing.result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
    expect(ringing.called).toMatchObject({ ok: false, exitCode: 3 });
  });

  test('without an offer: SIPp offers in its 200 and finds our answer in the ACK', async () => {
    const sipp = await startSipp({ scenario: 'uas-delayed-offer' });
    await using endpoint = await new Endpoint({ transports: [{ protocol: 'udp', host: '127.0.0.1' }] }).start();
    const call = endpoint.call(`sip:service@127.0.0.1:${sipp.port}`, { delayedOffer: true });
    await call.established;
    await call.hangup();
    const result = await sipp.result;
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
  });
});
