import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { SipTransportError } from '../platform/errors';
import { answerStun, readStun } from '../transport/stun';
import { closeAfterEach, decode, encode, hasIPv6, Listening, message, open } from './testing/listening';
import { UdpTransport } from './udp-transport';

closeAfterEach();

describe('UDP', () => {
  it('drops the CRLFs and zeros phones keep their way open with', async () => {
    const bob = await Listening.on(new UdpTransport({ host: '127.0.0.1' }));
    const alice = await Listening.on(new UdpTransport({ host: '127.0.0.1' }));
    const flow = alice.transport.flow(bob.address);
    for (const keepAlive of ['\r\n\r\n', '\r\n', '\0\0\0\0', '\0', '']) flow.send(encode(keepAlive));
    flow.send(message('INVITE'));
    expect(decode((await bob.next('message')).data)).toContain('INVITE');
    expect(bob.told).toEqual([]);
  });

  it('answers STUN Binding requests with where they came from, and asks so itself (RFC 5626 §3.5.2)', async () => {
    for (const host of ['127.0.0.1', ...(hasIPv6 ? ['::1'] : [])]) {
      const bob = await Listening.on(new UdpTransport({ host }));
      const alice = await Listening.on(new UdpTransport({ host }));
      const flow = alice.transport.flow(bob.address);
      for (let round = 0; round < 2; round++) {
        flow.ping();
        expect(await alice.next('pong')).toMatchObject({ flow, mapped: alice.address });
      }
      // A repeated request has the same id, so that two answers are one.
      flow.ping();
      flow.ping();
      await alice.next('pong');
      expect(await alice.next('noise')).toMatchObject({ flow });
      expect([alice.told, bob.told]).toEqual([[], []]);
    }
  });

  it('asks in vain who does not answer STUN, and hears nothing of it', async () => {
    const bob = await Listening.on(new UdpTransport({ host: '127.0.0.1', answerStun: false }));
    const alice = await Listening.on(new UdpTransport({ host: '127.0.0.1' }));
    const flow = alice.transport.flow(bob.address);
    flow.ping();
    flow.send(message('OPTIONS'));
    await bob.next('message');
    expect([alice.told, bob.told]).toEqual([[], []]);
  });

  it('keeps a NAT open by CRLF where STUN is not known', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    open.push(() => socket.close());
    await once(socket, 'listening');
    const alice = await Listening.on(new UdpTransport({ host: '127.0.0.1', keepAlive: 'crlf' }));
    alice.transport.flow({ host: '127.0.0.1', port: socket.address().port }).ping();
    expect(String((await once(socket, 'message'))[0])).toBe('\r\n\r\n');
  });

  it('takes no answer to a keep-alive from anybody but whom it asked', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    const mallory = createSocket('udp4').bind(0, '127.0.0.1');
    open.push(
      () => socket.close(),
      () => mallory.close(),
    );
    await Promise.all([once(socket, 'listening'), once(mallory, 'listening')]);
    const alice = await Listening.on(new UdpTransport({ host: '127.0.0.1' }));
    const flow = alice.transport.flow({ host: '127.0.0.1', port: socket.address().port });
    flow.ping();
    const [request] = (await once(socket, 'message')) as [Buffer];
    const forged = answerStun(readStun(request)!, { host: '203.0.113.66', port: 6 })!;
    mallory.send(forged, alice.address.port, '127.0.0.1');
    expect((await alice.next('noise')).flow.remote.port).toBe(mallory.address().port);
    socket.send(answerStun(readStun(request)!, alice.address)!, alice.address.port, '127.0.0.1');
    expect(await alice.next('pong')).toMatchObject({ flow, mapped: alice.address });
  });

  it('uses one flow for one address', async () => {
    const { transport } = await Listening.on(new UdpTransport({ host: '127.0.0.1' }));
    expect(transport.flow({ host: '127.0.0.1', port: 5060 })).toBe(transport.flow({ host: '127.0.0.1', port: 5060 }));
    expect(transport.flow({ host: '127.0.0.1', port: 5061 })).not.toBe(
      transport.flow({ host: '127.0.0.1', port: 5060 }),
    );
  });

  it('remembers the flows in use when strangers come in thousands', async () => {
    const { transport } = await Listening.on(new UdpTransport({ host: '0.0.0.0' }));
    const friend = transport.flow({ host: '127.0.0.1', port: 5060 });
    for (let index = 0; index < 20_000; index++) {
      transport.flow({ host: `10.0.${index >> 8}.${index & 255}`, port: 5060 });
      if (index % 100 === 0) expect(transport.flow({ host: '127.0.0.1', port: 5060 })).toBe(friend);
    }
  });

  it('tells of what cannot be sent: a port there is none, an address of the other family, too many bytes', async () => {
    const { transport, ...rest } = await Listening.on(new UdpTransport({ host: '127.0.0.1' })).then((alice) => ({
      transport: alice.transport,
      next: () => alice.next('closed'),
    }));
    for (const [to, data] of [
      [{ host: '127.0.0.1', port: 0 }, message('INVITE')],
      [{ host: '127.0.0.1', port: 70_000 }, message('INVITE')],
      [{ host: '2001:db8::1', port: 5060 }, message('INVITE')],
      [{ host: '127.0.0.1', port: 5060 }, new Uint8Array(70_000)],
    ] as const) {
      const flow = transport.flow(to);
      flow.send(data);
      const told = await rest.next();
      expect(told.flow).toBe(flow);
      expect(told.error).toBeInstanceOf(SipTransportError);
      expect(told.error!.code).toBe('ERR_SIP_CONNECT');
    }
  });
});
