import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startKamailio } from './support/kamailio';
import { startOffhook } from './support/offhook';
import { describeWithPeers } from './support/peers';
import { heardSpeech, recordingPath, speechFile } from './support/speech';

describeWithPeers(['kamailio'], 'Kamailio', () => {
  test.each(['udp', 'tcp'])('is our registrar over %s: digest, binding, removal', async (transport) => {
    const { port } = await startKamailio();
    const uri = `sip:alice@127.0.0.1:${port};transport=${transport}`;
    const register = startOffhook('register', uri, '--password', 'secret-alice');
    expect(await register.result).toMatchObject({ ok: true, registered: true });
  });

  test('refuses a wrong password: exit code 1 and the status', async () => {
    const { port } = await startKamailio();
    const register = startOffhook('register', `sip:alice@127.0.0.1:${port}`, '--password', 'wrong');
    expect(await register.result).toMatchObject({ ok: false, exitCode: 1, error: { status: 401 } });
  });

  test.each(['udp', 'tcp'])(
    'is the proxy between two of our endpoints over %s, speech comes back from the echo',
    async (transport) => {
      const { port } = await startKamailio();
      const server = `sip:127.0.0.1:${port};transport=${transport}`;
      const callee = startOffhook(
        ...['answer', '--host', '127.0.0.1', '--port', '0', '--transport', transport, '--echo', '--count', '1'],
        ...['--register', `sip:bob@127.0.0.1:${port};transport=${transport}`, '--password', 'secret-bob'],
      );
      await callee.line('registered');
      const record = recordingPath('kamailio');
      const caller = startOffhook(
        ...['call', `sip:bob@127.0.0.1:${port};transport=${transport}`, '--server', server],
        ...['--codec', 'PCMU', '--play', speechFile, '--record', record, '--duration', '6'],
      );
      expect(await caller.result).toMatchObject({ ok: true });
      expect(await callee.result).toMatchObject({ ok: true });
      expect(heardSpeech(readFileSync(record))).toBeGreaterThan(0.9);
    },
  );
});
