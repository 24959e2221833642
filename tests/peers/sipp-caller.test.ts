import { expect, test } from 'vitest';
import { residentMemory } from './support/memory';
import { startOffhook } from './support/offhook';
import { describeWithPeers } from './support/peers';
import { startSipp } from './support/sipp';

async function answering(...args: string[]) {
  const offhook = startOffhook('answer', '--host', '127.0.0.1', '--port', '0', '--echo', ...args);
  const { port } = (await offhook.line('listening')) as unknown as { port: number };
  return { offhook, address: `127.0.0.1:${port}` };
}

describeWithPeers(['sipp'], 'SIPp calls us', () => {
  test.each(['uac', 'uac-delayed-offer', 'uac-reinvite', 'uac-options', 'uac-no-common-codec'])(
    '%s',
    async (scenario) => {
      const { address } = await answering();
      const sipp = await startSipp({ scenario, remote: address, calls: 3 });
      const result = await sipp.result;
      expect(result, result.report).toMatchObject({ exitCode: 0, successful: 3, failed: 0, retransmissions: 0 });
    },
  );

  test('and gives up while we ring: 487, and the answering side knows', async () => {
    const { offhook, address } = await answering('--delay', '30');
    const sipp = await startSipp({ scenario: 'uac-cancel', remote: address });
    const result = await sipp.result;
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
    expect(await offhook.line('ended')).toMatchObject({ type: 'ended' });
  });

  test('over TCP', async () => {
    const { address } = await answering('--transport', 'tcp');
    const sipp = await startSipp({ scenario: 'uac', remote: address, transport: 't1', calls: 5 });
    const result = await sipp.result;
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 5, failed: 0 });
  });

  test('200 times at 20 calls a second: none fails, nothing is retransmitted, memory returns', async () => {
    const { offhook, address } = await answering();
    const warmUp = await startSipp({ scenario: 'uac', remote: address, calls: 40, rate: 20, args: ['-d', '500'] });
    await warmUp.result;
    const before = residentMemory(offhook.child.process.pid!);
    const sipp = await startSipp({ scenario: 'uac', remote: address, calls: 200, rate: 20, args: ['-d', '1000'] });
    const result = await sipp.result;
    expect(result, result.report).toMatchObject({ exitCode: 0, successful: 200, failed: 0, retransmissions: 0 });
    const grown = residentMemory(offhook.child.process.pid!) - before;
    expect(grown).toBeLessThan(40 << 20);
  });
});
