import { describe, expect, it } from 'vitest';
import { DirectTransport, requestText } from '../limits/testing/direct-transport';
import { SipRequest } from '../message/request';
import { SipTransportError } from '../platform/errors';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { Flow, TransportHandlers } from '../transport/transport';
import type { ServerTransaction } from './server-transaction';
import { TransactionLayer } from './transaction-layer';

/** Connections that can be closed by the test. */
class Connections extends DirectTransport {
  handlers!: TransportHandlers;

  override async listen(handlers: TransportHandlers): Promise<void> {
    this.handlers = handlers;
    await super.listen(handlers);
  }

  close1(flow: Flow, error?: SipTransportError): void {
    Object.assign(flow, { closed: true });
    this.handlers.flowClosed(flow, error);
  }
}

async function setUp() {
  const clock = new VirtualClock();
  const transport = new Connections(undefined, 'TCP');
  const requests: ServerTransaction[] = [];
  const user = { request: (transaction: ServerTransaction) => requests.push(transaction), ack: () => {} };
  const layer = new TransactionLayer(user, { clock, random: seededRandomBytes(1), limits: { sourceRate: 0 } });
  await layer.attach(transport);
  const errors: number[] = [];
  const send = (flow: Flow, number: number) => {
    const headers = { From: '<sip:a@b>;tag=1', To: '<sip:b@b>', 'Call-ID': `${number}`, CSeq: '1 OPTIONS' };
    const request = SipRequest.create({ method: 'OPTIONS', uri: 'sip:b@192.0.2.2', headers });
    return layer.request(request, flow, {
      response: () => {},
      timeout: () => {},
      transportError: () => errors.push(number),
    });
  };
  return { clock, transport, layer, requests, errors, send };
}

describe('many connections', () => {
  it('each take with them the transactions that rely on them, and look at no others', async () => {
    const { clock, transport, layer, errors, send } = await setUp();
    const count = 20_000;
    const flows = Array.from({ length: count }, (_, port) => transport.flow({ host: '192.0.2.2', port: port + 1_000 }));
    for (const [number, flow] of flows.entries()) send(flow, number);
    expect(layer.size).toBe(count);
    const began = performance.now();
    for (const flow of flows) transport.close1(flow);
    // Each with a look at all others would take minutes.
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(errors).toEqual(flows.map((_, number) => number));
    expect(layer.size + clock.pending).toBe(0);
  });

  it('leave nothing behind when their transactions end before them', async () => {
    const { clock, transport, layer, errors, send } = await setUp();
    const flow = transport.flow({ host: '192.0.2.2', port: 5060 });
    for (let number = 0; number < 10; number++) send(flow, number);
    await clock.advance(32_000);
    expect(layer.size + clock.pending).toBe(0);
    transport.close1(flow);
    expect(errors).toEqual([]);
  });

  it('over which a request came may be gone when it is answered: the answer goes over another, and ends with that', async () => {
    const { clock, transport, layer, requests } = await setUp();
    transport.receive(requestText('INVITE'), { host: '192.0.2.2', port: 40_000 });
    const [transaction] = requests as [ServerTransaction];
    transport.close1(transaction.flow, new SipTransportError('reset'));
    expect(transaction.state).toBe('proceeding');
    transport.sent = [];
    transaction.reply(486);
    expect(transport.sent.map(({ to }) => to)).toEqual(['192.0.2.2:5060']);
    const errors: string[] = [];
    transaction.handlers = { transportError: ({ code }) => errors.push(code) };
    transport.close1(transaction.answeredOver!, new SipTransportError('refused', { code: 'ERR_SIP_CONNECT' }));
    expect(errors).toEqual(['ERR_SIP_CONNECT']);
    await clock.advance(40_000);
    expect(layer.size + clock.pending).toBe(0);
  });
});

describe('requests other than INVITE (RFC 4320)', () => {
  it('are answered 100 when the client repeats its request every T2, and never before', async () => {
    const { clock, transport, requests } = await setUp();
    transport.receive(requestText('OPTIONS'), { host: '192.0.2.2', port: 5060 });
    requests[0]!.reply(100);
    expect(requests[0]!.status).toBe(0);
    await clock.advance(3_499);
    expect(transport.statuses()).toEqual([]);
    await clock.advance(1);
    expect(transport.statuses()).toEqual(['100']);
    requests[0]!.reply(200);
    expect(transport.statuses()).toEqual(['200']);
  });

  it('have no provisional responses but that', async () => {
    const { requests, transport } = await setUp();
    transport.receive(requestText('MESSAGE'), { host: '192.0.2.2', port: 5060 });
    expect(() => requests[0]!.reply(180)).toThrowError(expect.objectContaining({ code: 'ERR_SIP_STATE' }));
    requests[0]!.reply(200);
  });

  it('are not answered 408: whom it would tell has given up', async () => {
    const { clock, layer, requests, transport } = await setUp();
    transport.receive(requestText('OPTIONS'), { host: '192.0.2.2', port: 5060 });
    let ended = 0;
    requests[0]!.handlers = { terminated: () => ended++ };
    requests[0]!.reply(408);
    expect(transport.statuses()).toEqual([]);
    expect(ended).toBe(1);
    expect(layer.size + clock.pending).toBe(0);
    transport.receive(requestText('INVITE', { branch: 'z9hG4bK2' }), { host: '192.0.2.2', port: 5060 });
    requests[1]!.reply(408);
    expect(transport.statuses()).toEqual(['408']);
  });

  it('that nobody answers end when the client has given up; an answer after that goes nowhere', async () => {
    const { clock, layer, requests, transport } = await setUp();
    transport.receive(requestText('OPTIONS'), { host: '192.0.2.2', port: 5060 });
    let timeouts = 0;
    requests[0]!.handlers = { timeout: () => timeouts++ };
    await clock.advance(32_000);
    expect(timeouts).toBe(1);
    expect(layer.size + clock.pending).toBe(0);
    transport.statuses();
    requests[0]!.reply(200);
    expect(transport.sent).toEqual([]);
    expect(layer.load.answered).toBe(0);
  });
});
