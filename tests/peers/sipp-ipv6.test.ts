import { networkInterfaces } from 'node:os';
import { TcpTransport, UdpTransport } from '@offhook/sip-core/node';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { SippScenario } from './support/sipp-scenario';
import { answering, call, callee, caller, established, expectSuccess, startStack } from './support/sipp-stack';

/** Containers may have no IPv6 at all. */
const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

const local = { host: '::1' };

describeWithPeers(['sipp'], 'SIPp over IPv6', () => {
  test.skipIf(!hasIPv6).each(['u1', 't1'] as const)(
    'calls in both directions, with addresses in brackets wherever they stand (%s)',
    async (transport) => {
      const stack = await startStack({ transports: [new UdpTransport(local), new TcpTransport(local)] });
      answering(stack);
      const six = { transport, ipv6: true };
      const { port } = stack.transports[transport === 't1' ? 1 : 0]!.local;
      await expectSuccess(
        await caller(
          stack,
          new SippScenario('caller', 'uac')
            .call({}, { check: ['Contact: <sip:offhook@\\[::1\\]:[0-9]+', 'Via: SIP/2.0/(UDP|TCP) \\[::1\\]:'] })
            .hangUp(),
          { ...six, remote: `[::1]:${port}` },
        ),
      );
      const sipp = await callee(
        new SippScenario('callee', 'uas')
          .answerCall({ check: ['INVITE sip:sipp@\\[::1\\]:[0-9]+', 'Via: SIP/2.0/(UDP|TCP) \\[::1\\]:[0-9]+;branch'] })
          .hungUp({ check: ['BYE sip:sipp@\\[::1\\]:[0-9]+'] }),
        six,
      );
      const session = call(stack, `sip:sipp@[::1]:${sipp.port}${transport === 't1' ? ';transport=tcp' : ''}`);
      await established(session);
      expect(session.flow?.remote.host).toBe('::1');
      await session.terminate();
      await expectSuccess(sipp);
    },
  );
});
