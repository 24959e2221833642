import { describe, expect, test } from 'vitest';
import { ScriptedMedia } from '../testing/scripted-media';
import { closeFarms, ServerFarm } from './testing/server-farm';

closeFarms();

const ZONE = 'one.example.com A 192.0.2.11';
const URI = 'sip:bob@one.example.com';
const filled = (size: number) => ({ body: { contentType: 'text/plain', body: new Uint8Array(size).fill(65) } });

/** Sizes of the datagrams that the stack sends. */
function datagrams(farm: ServerFarm): number[] {
  const sizes: number[] = [];
  farm.network.tap = (data, from, _to, protocol) => {
    if (protocol === 'UDP' && from.host === '192.0.2.1') sizes.push(data.length);
  };
  return sizes;
}

describe('requests too large for a datagram (RFC 3261 §18.1.1)', () => {
  test('1,300 bytes go over UDP, 1,301 over TCP to the same address, and Via says so', async () => {
    const farm = await ServerFarm.start(ZONE, ['UDP', 'TCP']);
    const udp = await farm.server(11, 200);
    const tcp = await farm.server(11, 200, 'TCP');
    const sizes = datagrams(farm);
    await farm.options(URI, filled(100));
    const room = 1_300 - sizes[0]!;
    // The length of a body has four digits from 1,000 on; here it stays at three.
    await farm.options(URI, filled(100 + room));
    expect([sizes[1], tcp.requests.length]).toEqual([1_300, 0]);
    await farm.options(URI, filled(101 + room));
    expect([udp.requests.length, tcp.requests.length, sizes.length]).toEqual([2, 1, 2]);
    expect(tcp.requests[0]!.via.transport).toBe('TCP');
    expect(tcp.requests[0]!.vias.length).toBe(1);
  });

  test('letters beyond ASCII count by their bytes', async () => {
    const farm = await ServerFarm.start(ZONE, ['UDP', 'TCP']);
    await farm.server(11, 200);
    const tcp = await farm.server(11, 200, 'TCP');
    await farm.options(URI, { headers: [['Subject', '電'.repeat(400)]] });
    expect(tcp.requests.length).toBe(1);
  });

  test('when the server takes no TCP, the request goes in a datagram after all, and TCP is not tried again for long', async () => {
    const farm = await ServerFarm.start(ZONE, ['UDP', 'TCP']);
    const udp = await farm.server(11, 200);
    expect((await farm.options(URI, filled(2_000))).status).toBe(200);
    expect(udp.requests[0]!.via.transport).toBe('UDP');
    expect(udp.requests[0]!.vias.length).toBe(1);
    const tcp = await farm.server(11, 200, 'TCP');
    await farm.options(URI, filled(2_000));
    expect([udp.requests.length, tcp.requests.length]).toEqual([2, 0]);
    await farm.clock.advance(600_000);
    await farm.options(URI, filled(2_000));
    expect([udp.requests.length, tcp.requests.length]).toEqual([2, 1]);
  });

  test('without a TCP transport there is no choice', async () => {
    const farm = await ServerFarm.start(ZONE, ['UDP']);
    const udp = await farm.server(11, 200);
    expect((await farm.options(URI, filled(4_000))).status).toBe(200);
    expect(udp.requests.length).toBe(1);
  });

  test('it can be switched off', async () => {
    const farm = await ServerFarm.start(ZONE, ['UDP', 'TCP'], { largeRequests: 'udp' });
    const udp = await farm.server(11, 200);
    const tcp = await farm.server(11, 200, 'TCP');
    await farm.options(URI, filled(4_000));
    expect([udp.requests.length, tcp.requests.length]).toEqual([1, 0]);
  });

  test('a known path MTU moves the limit: 200 bytes below it', async () => {
    const farm = await ServerFarm.start(ZONE, ['UDP', 'TCP'], { pathMtu: 9_000 });
    const udp = await farm.server(11, 200);
    const tcp = await farm.server(11, 200, 'TCP');
    await farm.options(URI, filled(8_000));
    await farm.options(URI, filled(8_700));
    expect([udp.requests.length, tcp.requests.length]).toEqual([1, 1]);
  });

  test('credentials that make a request large move it', async () => {
    const farm = await ServerFarm.start(ZONE, ['UDP', 'TCP']);
    const realm = 'r'.repeat(300);
    const challenge = ['WWW-Authenticate', `Digest realm="${realm}", nonce="${'n'.repeat(300)}", qop="auth"`] as const;
    await farm.server(11, (request, server) => server.reply(request, 401, [challenge]));
    const tcp = await farm.server(11, 200, 'TCP');
    const credentials = { username: 'alice', password: 'secret' };
    expect((await farm.options(URI, { ...filled(500), credentials })).status).toBe(200);
    expect(tcp.requests[0]!.headers.has('Authorization')).toBe(true);
  });

  test('an INVITE goes over TCP, and its CANCEL too; Contact stays where the registration is', async () => {
    const farm = await ServerFarm.start(ZONE, ['UDP', 'TCP']);
    const tcp = await farm.server(
      11,
      (request, server) => {
        if (request.method === 'INVITE') server.reply(request, 180);
        if (request.method === 'CANCEL') {
          server.reply(request, 200);
          server.reply(tcp.requests[0]!, 487);
        }
      },
      'TCP',
    );
    const session = farm.stack.invite({
      uri: URI,
      from: 'sip:alice@example.com',
      headers: [['X-Long', 'x'.repeat(1_500)]],
      offerAnswer: new ScriptedMedia('A'),
    });
    await farm.clock.advance(500);
    expect(session.state).toBe('early');
    await farm.clock.until(session.terminate());
    await farm.clock.advance(100);
    expect(tcp.methods).toEqual(['INVITE', 'CANCEL', 'ACK']);
    expect(tcp.requests[0]!.contact!.uri.toString()).toBe('sip:alice@192.0.2.1:5060');
  });
});
