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
  test.each(['uas', 'uas-early-media'])('%s', async (scenario) => {
    const { called, result } = await calling({ scenario }, '--duration', '1');
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0, retransmissions: 0 });
    expect(called).toMatchObject({ ok: true, exitCode: 0 });
  });

  test('over TCP', async () => {
    const { called, result } = await calling({ scenario: 'uas', transport: 't1' }, '--duration', '1');
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
    expect(called).toMatchObject({ ok: true });
  });

  test('which wants credentials: the INVITE is repeated with a digest it accepts', async () => {
    const { called, result } = await calling(
      { scenario: 'uas-auth' },
      '--user',
      'alice',
      '--password',
      'secret',
      '--duration',
      '1',
    );
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
    expect(called).toMatchObject({ ok: true });
  });

  test('which refuses a wrong password: 403 and exit code 1', async () => {
    const { called } = await calling(
      { scenario: 'uas-auth' },
      '--user',
      'alice',
      '--password',
      'wrong',
      '--duration',
      '1',
    );
    expect(called).toMatchObject({ ok: false, exitCode: 1, error: { status: 403 } });
  });

  test('which holds, retrieves with an offerless re-INVITE and hangs up', async () => {
    const { called, result } = await calling({ scenario: 'uas-reinvite' }, '--duration', '20');
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
    expect(called).toMatchObject({ ok: true, exitCode: 0 });
  });

  test('which is busy: 486 and exit code 1', async () => {
    const { called } = await calling({ scenario: 'uas-busy' });
    expect(called).toMatchObject({ ok: false, exitCode: 1, error: { status: 486 } });
  });

  test('which only rings: we cancel when the time is up', async () => {
    const { called, result } = await calling({ scenario: 'uas-ringing' }, '--timeout', '2');
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
    expect(called).toMatchObject({ ok: false, exitCode: 3 });
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
