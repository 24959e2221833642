import { toneSource } from '@offhook/rtp-media';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Call } from '../call/call';
import { Endpoint } from './endpoint';
import type { EndpointOptions } from './endpoint-options';

const udp = { transports: [{ protocol: 'udp', host: '127.0.0.1' }] } as const;

/** A call between two endpoints, and its end at the one called. */
async function connect(caller: EndpointOptions, callee: EndpointOptions): Promise<[Call, Call]> {
  const alice = await new Endpoint({ ...udp, ...caller }).start();
  const bob = await new Endpoint({ ...udp, ...callee }).start();
  onTestFinished(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });
  const incoming = new Promise<Call>((resolve) =>
    bob.on('call', (call) => {
      call.answer({ source: toneSource({ frequencies: [1000] }) }).catch(() => {});
      resolve(call);
    }),
  );
  const call = alice.call(`sip:bob@127.0.0.1:${bob.addresses[0]!.port}`, {
    source: toneSource({ frequencies: [440] }),
  });
  await call.established;
  return [call, await incoming];
}

/** What the transports of both ends say once both hear something new. */
async function heard(...calls: Call[]) {
  const received = (call: Call) => call.audio.statistics().packetsReceived;
  const before = calls.map(received);
  await expect
    .poll(() => calls.every((call, index) => received(call) > before[index]! + 15), { timeout: 8000 })
    .toBe(true);
  return calls.map((call) => call.audio.statistics().transport);
}

describe('protected audio', () => {
  test.each([
    ['mandatory', 'mandatory', 'sdes'],
    ['elective', 'optional', 'sdes'],
    ['optional', 'elective', undefined],
    ['elective', 'disabled', undefined],
    ['disabled', 'elective', undefined],
  ] as const)('%s calls %s: %s', async (ours, theirs, outcome) => {
    const calls = await connect({ mediaSecurity: ours }, { mediaSecurity: theirs });
    const [a] = await heard(...calls);
    expect(a?.protection ?? 'clear').toBe(outcome ?? 'clear');
  });

  test('by DTLS, through hold and retrieve', async () => {
    const dtls = { mediaSecurity: { policy: 'mandatory', keying: ['dtls'] } } as const;
    const [call, incoming] = await connect(dtls, dtls);
    expect(await heard(call, incoming)).toMatchObject([{ protection: 'dtls' }, { protection: 'dtls' }]);
    await call.hold();
    await call.retrieve();
    expect(await heard(call, incoming)).toMatchObject([{ protection: 'dtls' }, { protection: 'dtls' }]);
  });

  test('who insists on it has no call with one who has none', async () => {
    await expect(connect({ mediaSecurity: 'mandatory' }, {})).rejects.toMatchObject({ status: 488 });
    await expect(connect({}, { mediaSecurity: 'mandatory' })).rejects.toMatchObject({ status: 488 });
  });
});

describe('ICE', () => {
  test('with DTLS as browsers do it; it begins anew when asked', async () => {
    const web: EndpointOptions = { ice: true, mediaSecurity: { policy: 'mandatory', keying: ['dtls'] } };
    const [call, incoming] = await connect(web, web);
    const [ofCall] = await heard(call, incoming);
    expect(ofCall).toMatchObject({ protection: 'dtls', localCandidateType: 'host', remoteCandidateType: 'host' });
    expect(ofCall!.iceState).toMatch(/connected|completed/);
    await call.restartIce();
    await heard(call, incoming);
    await expect.poll(() => call.audio.statistics().transport?.iceState, { timeout: 5000 }).toBe('completed');
    await incoming.hold();
    await incoming.retrieve();
    await heard(call, incoming);
  });

  test('a peer without it hears us all the same, and we hear it', async () => {
    for (const [ours, theirs] of [
      [{ ice: true }, {}],
      [{}, { ice: true }],
    ] as EndpointOptions[][]) {
      const calls = await connect(ours!, theirs!);
      await heard(...calls);
    }
    const [call] = await connect({}, {});
    await expect(call.restartIce()).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
  });

  test('a lite answerer', async () => {
    const calls = await connect({ ice: true }, { ice: { lite: true, addresses: [] } });
    const [full, lite] = await heard(...calls);
    expect([full, lite]).toMatchObject([{ localCandidateType: 'host' }, { remoteCandidateType: 'host' }]);
  });
});

test('wrong options are told', () => {
  const wrong = [
    { mediaSecurity: 'sometimes' },
    { mediaSecurity: { policy: 'mandatory', keying: [] } },
    { mediaSecurity: { policy: 'mandatory', suites: ['ROT13'] } },
  ] as unknown as EndpointOptions[];
  for (const options of wrong) expect(() => new Endpoint(options)).toThrow(/mediaSecurity/);
});

describe('raw descriptions', () => {
  test('can be read and adjusted, ours and those of the peer', async () => {
    const seen: string[] = [];
    const [call, incoming] = await connect(
      { descriptions: { adjustLocal: (sdp, kind) => (kind === 'offer' ? `${sdp}a=x-desk:7\r\n` : undefined) } },
      {
        descriptions: {
          adjustRemote: (sdp) => {
            seen.push(sdp);
            return sdp.replace('a=sendrecv', 'a=sendonly');
          },
        },
      },
    );
    expect(call.localDescription).toContain('a=x-desk:7');
    expect(incoming.remoteDescription).toBe(call.localDescription);
    expect(call.remoteDescription).toBe(incoming.localDescription);
    expect(seen[0]).toContain('a=x-desk:7');
    expect(incoming.localDescription).toContain('a=recvonly');
  });

  test('a function that throws ends the call, not the endpoint', async () => {
    const broken = () => {
      throw new Error('no');
    };
    await expect(connect({ descriptions: { adjustLocal: broken } }, {})).rejects.toMatchObject({ name: 'CallError' });
    await expect(connect({}, { descriptions: { adjustLocal: broken } })).rejects.toMatchObject({ status: 500 });
  });
});
