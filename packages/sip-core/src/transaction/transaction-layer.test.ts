import { describe, expect, it } from 'vitest';
import { parseMessage } from '../message/parse';
import { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { MemoryNetwork, type MemoryNetworkOptions } from '../testing/memory-network';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { Address, Flow, Transport, TransportProtocol } from '../transport/transport';
import type { ClientTransaction } from './client-transaction';
import type { ServerTransaction } from './server-transaction';
import { TransactionLayer, type TransactionUser } from './transaction-layer';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (data: Uint8Array) => new TextDecoder().decode(data);
const lines = (...each: string[]) => `${each.join('\r\n')}\r\n\r\n`;

const CLIENT = { host: '192.0.2.1', port: 5060 };
const SERVER = { host: '192.0.2.2', port: 5060 };

/** One element: a layer, its transport, and what its user has been told. */
class Element {
  readonly layer: TransactionLayer;
  readonly requests: ServerTransaction[] = [];
  readonly acks: SipRequest[] = [];
  readonly stray: SipResponse[] = [];
  /** First lines of what went in and out, with the time in ms. */
  readonly seen: string[] = [];
  serve: (transaction: ServerTransaction) => void = () => {};
  acknowledged: (ack: SipRequest) => void = () => {};

  constructor(
    readonly clock: VirtualClock,
    seed: number,
    readonly transport: Transport,
  ) {
    const user: TransactionUser = {
      request: (transaction) => {
        this.requests.push(transaction);
        this.serve(transaction);
      },
      ack: (ack) => {
        this.acks.push(ack);
        this.acknowledged(ack);
      },
      strayResponse: (response) => this.stray.push(response),
      trace: ({ direction, data }) => {
        const [first] = decode(data).split('\r\n', 1);
        const what = first!.startsWith('SIP/2.0') ? first!.split(' ')[1] : first!.split(' ')[0];
        this.seen.push(`${clock.now()} ${direction} ${what}`);
      },
    };
    this.layer = new TransactionLayer(user, { clock, random: seededRandomBytes(seed) });
  }

  /** What went a direction, without the times. */
  went(direction: 'in' | 'out'): string[] {
    return this.seen.filter((each) => each.includes(` ${direction} `)).map((each) => each.split(' ')[2]!);
  }
}

/** What a client transaction has told. */
class Client {
  readonly responses: SipResponse[] = [];
  readonly events: string[] = [];
  transaction!: ClientTransaction;
  onResponse: (response: SipResponse) => void = () => {};

  get statuses(): number[] {
    return this.responses.map(({ status }) => status);
  }
}

async function setUp(options: MemoryNetworkOptions = {}, protocol: TransportProtocol = 'UDP') {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock, options);
  const client = new Element(clock, 1, network.transport(protocol, CLIENT));
  const server = new Element(clock, 2, network.transport(protocol, SERVER));
  await client.layer.attach(client.transport);
  await server.layer.attach(server.transport);
  const flow = client.transport.flow(SERVER);

  let sequence = 0;
  const request = (method: string, headers: [string, string][] = []) =>
    SipRequest.create({
      method,
      uri: 'sip:bob@192.0.2.2',
      headers: [
        ['Max-Forwards', '70'],
        ['From', '<sip:alice@192.0.2.1>;tag=alice'],
        ['To', '<sip:bob@192.0.2.2>'],
        ['Call-ID', `call-${++sequence}`],
        ['CSeq', `1 ${method}`],
        ...headers,
      ],
    });
  const send = (message: SipRequest, over: Flow = flow): Client => {
    const told = new Client();
    told.transaction = client.layer.request(message, over, {
      response: (response) => {
        told.responses.push(response);
        told.onResponse(response);
      },
      timeout: () => told.events.push(`${clock.now()} timeout`),
      transportError: (error) => told.events.push(`${clock.now()} ${error.code}`),
      terminated: () => told.events.push(`${clock.now()} terminated`),
    });
    return told;
  };
  return { clock, network, client, server, flow, request, send };
}

/** An element without a layer: a bare transport that sends what it is told and keeps what comes. */
async function setUpRaw(protocol: TransportProtocol = 'UDP', options: MemoryNetworkOptions = {}) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock, options);
  const server = new Element(clock, 2, network.transport(protocol, SERVER));
  await server.layer.attach(server.transport);
  const received: { text: string; from: Address }[] = [];
  const listen = async (address: Address) => {
    const transport = network.transport(protocol, address);
    await transport.listen({
      message: (data, flow) => received.push({ text: decode(data), from: flow.remote }),
      flowClosed: () => {},
      noise: () => {},
    });
    return transport;
  };
  const peer = await listen(CLIENT);
  const flow = peer.flow(SERVER);
  const say = async (text: string) => {
    flow.send(encode(text));
    await clock.advance(4);
    return received.splice(0).map((each) => each.text);
  };
  return { clock, network, server, peer, flow, listen, received, say };
}

/** A request as text, with headers to change. */
function text(method: string, changes: Record<string, string | string[]> = {}, uri = 'sip:bob@192.0.2.2'): string {
  const headers: Record<string, string | string[]> = {
    Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
    'Max-Forwards': '70',
    From: '<sip:alice@192.0.2.1>;tag=alice',
    To: '<sip:bob@192.0.2.2>',
    'Call-ID': 'one',
    CSeq: `1 ${method}`,
    'Content-Length': '0',
    ...changes,
  };
  return lines(
    `${method} ${uri} SIP/2.0`,
    ...Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`)),
  );
}

const responseOf = (bytes: string) => parseMessage(encode(bytes)) as SipResponse;
const statusOf = (bytes: string) => responseOf(bytes).status;

describe('requests and responses', () => {
  it('meet in their transaction, from request to last timer', async () => {
    const { clock, client, server, request, send } = await setUp();
    server.serve = (transaction) => transaction.reply(200, { headers: [['Server', 'x']] });
    const told = send(request('OPTIONS'));
    expect(told.transaction.state).toBe('trying');
    await clock.advance(2);
    expect(told.statuses).toEqual([200]);
    expect(told.responses[0]!.headers.get('Server')).toBe('x');
    expect(told.transaction.state).toBe('completed');
    expect(client.layer.size).toBe(1);
    await clock.advance(40_000);
    expect(told.events).toEqual(['5002 terminated']);
    expect(client.layer.size + server.layer.size).toBe(0);
    expect(clock.pending).toBe(0);
    expect(client.layer.counters).toMatchObject({ sent: 1, received: 1, stray: 0, malformed: 0 });
  });

  it('meet also when many are under way and answers come in another order', async () => {
    const { clock, server, request, send } = await setUp();
    const told = Array.from({ length: 20 }, () => send(request('OPTIONS')));
    await clock.advance(1);
    for (const [index, transaction] of [...server.requests.entries()].reverse()) transaction.reply(200 + index);
    await clock.advance(1);
    expect(told.map(({ statuses }) => statuses)).toEqual(told.map((_, index) => [200 + index]));
  });

  it('carry a Via with sent-by, a branch of their own with the magic cookie, and rport', async () => {
    const { clock, server, request, send } = await setUp();
    const one = send(request('OPTIONS')).transaction.request.via;
    const two = send(request('OPTIONS')).transaction.request.via;
    expect(one.toString()).toMatch(/^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK\w{16,};rport$/);
    expect(two.branch).not.toBe(one.branch);
    await clock.advance(1);
    expect(server.requests[0]!.request.via.rport).toBe(5060);
    expect(server.requests[0]!.request.via.received).toBe('192.0.2.1');
  });

  it('put their Via above those there are', async () => {
    const { request, send } = await setUp();
    const below = 'SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKbelow';
    const { vias } = send(request('OPTIONS', [['Via', below]])).transaction.request;
    expect(vias.map(({ host }) => host)).toEqual(['192.0.2.1', '198.51.100.7']);
  });

  it('give every response of the transaction one To tag, and 100 none', async () => {
    const { clock, server, request, send } = await setUp();
    const told = send(request('INVITE'));
    await clock.advance(250);
    server.requests[0]!.reply(180);
    server.requests[0]!.reply(486);
    await clock.advance(1);
    const tags = told.responses.map(({ to }) => to.tag);
    expect(told.statuses).toEqual([100, 180, 486]);
    expect(tags[0]).toBeUndefined();
    expect(tags[1]).toMatch(/^\w{8,}$/);
    expect(tags[2]).toBe(tags[1]);
  });

  it('end with a timeout when nobody answers, 64*T1 after the first', async () => {
    const { clock, network, client, request, send } = await setUp();
    network.filter = () => false;
    const invite = send(request('INVITE'));
    const options = send(request('OPTIONS'));
    await clock.advance(32_000);
    expect(invite.events).toEqual(['32000 terminated', '32000 timeout']);
    expect(options.events).toEqual(['32000 terminated', '32000 timeout']);
    expect(client.layer.counters.sent).toBe(7 + 11);
    expect(client.layer.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('are answered once: a second final response is a mistake of the user', async () => {
    const { clock, server, request, send } = await setUp();
    send(request('OPTIONS'));
    await clock.advance(1);
    server.requests[0]!.reply(200);
    expect(() => server.requests[0]!.reply(200)).toThrowError(expect.objectContaining({ code: 'ERR_SIP_STATE' }));
  });

  it('are answered 500 when their user throws, and the layer goes on', async () => {
    const { clock, server, request, send } = await setUp();
    server.serve = () => {
      throw new Error('a bug of the user');
    };
    const told = send(request('OPTIONS'));
    await clock.advance(2);
    expect(told.statuses).toEqual([500]);
    server.serve = (transaction) => transaction.reply(200);
    const next = send(request('OPTIONS'));
    await clock.advance(2);
    expect(next.statuses).toEqual([200]);
  });
});

describe('where a response goes (RFC 3261 §18.2.2, RFC 3581)', () => {
  const via = (value: string) => text('OPTIONS', { Via: value });

  async function answerTo(value: string, listenAt: Address[] = []) {
    const raw = await setUpRaw();
    for (const address of listenAt) await raw.listen(address);
    raw.server.serve = (transaction) => transaction.reply(200);
    const arrived: string[] = [];
    raw.network.filter = (data, from, to) => {
      if (from.host === SERVER.host) arrived.push(`${to.host}:${to.port}`);
      return data.length > 0;
    };
    const [answer] = await raw.say(via(value));
    return { arrived, via: raw.server.requests[0]!.request.via, answer };
  }

  it('to the source address and port when the Via has rport; both are noted', async () => {
    const { arrived, answer } = await answerTo('SIP/2.0/UDP 10.0.0.9:6000;rport;branch=z9hG4bK1');
    expect(arrived).toEqual(['192.0.2.1:5060']);
    expect(responseOf(answer!).via.toString()).toBe(
      'SIP/2.0/UDP 10.0.0.9:6000;rport=5060;branch=z9hG4bK1;received=192.0.2.1',
    );
  });

  it('to the source address and the port of sent-by without rport', async () => {
    const other = { host: CLIENT.host, port: 6_000 };
    const { arrived, via } = await answerTo('SIP/2.0/UDP 10.0.0.9:6000;branch=z9hG4bK1', [other]);
    expect(arrived).toEqual(['192.0.2.1:6000']);
    expect(via.received).toBe('192.0.2.1');
    expect(via.rport).toBeUndefined();
  });

  it('to port 5060 when sent-by names none', async () => {
    const { arrived } = await answerTo('SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1');
    expect(arrived).toEqual(['192.0.2.1:5060']);
  });

  it('to the source address when sent-by is a name', async () => {
    const { arrived, via } = await answerTo('SIP/2.0/UDP client.example.com:5060;branch=z9hG4bK1');
    expect(arrived).toEqual(['192.0.2.1:5060']);
    expect(via.received).toBe('192.0.2.1');
  });

  it('to maddr when there is one', async () => {
    const { arrived } = await answerTo('SIP/2.0/UDP 192.0.2.1;maddr=192.0.2.77;branch=z9hG4bK1');
    expect(arrived).toEqual(['192.0.2.77:5060']);
  });

  it.each([
    'SIP/2.0/UDP 192.0.2.1;received=203.0.113.9;branch=z9hG4bK1',
    'SIP/2.0/UDP 10.0.0.9;received=203.0.113.9;branch=z9hG4bK1',
  ])('never where a received the sender wrote itself points: %s', async (value) => {
    const { arrived, via } = await answerTo(value);
    expect(arrived).toEqual(['192.0.2.1:5060']);
    expect(via.received).toBe('192.0.2.1');
  });

  it('leaves a Via alone that is right', async () => {
    const { via } = await answerTo('SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1');
    expect(via.toString()).toBe('SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1');
  });

  it('out of the transport the request came in by, of several', async () => {
    const clock = new VirtualClock();
    const network = new MemoryNetwork(clock);
    const server = new Element(clock, 2, network.transport('UDP', SERVER));
    server.serve = (transaction) => transaction.reply(200);
    const addresses = [SERVER, { host: '192.0.2.3', port: 5060 }, { host: '2001:db8::2', port: 5060 }];
    await server.layer.attach(server.transport);
    for (const address of addresses.slice(1)) await server.layer.attach(network.transport('UDP', address));
    const sources: string[] = [];
    for (const address of addresses) {
      const host = address.host.includes(':') ? '2001:db8::1' : '192.0.2.1';
      const peer = network.transport('UDP', { host, port: 5060 });
      await peer.listen({ message: (_, { remote }) => sources.push(remote.host), flowClosed() {}, noise() {} });
      const sentBy = address.host.includes(':') ? `[${host}]` : host;
      peer.flow(address).send(encode(via(`SIP/2.0/UDP ${sentBy}:5060;branch=z9hG4bK${address.host.at(-1)}`)));
      await clock.advance(5);
      await peer.close();
    }
    expect(sources).toEqual(addresses.map(({ host }) => host));
  });
});

describe('repeated requests', () => {
  it('are absorbed, and answered from memory once there is an answer', async () => {
    const { server, say } = await setUpRaw();
    expect(await say(text('OPTIONS'))).toEqual([]);
    expect(await say(text('OPTIONS'))).toEqual([]);
    server.requests[0]!.reply(200);
    const [first, second] = [...(await say(text('OPTIONS'))), ...(await say(text('OPTIONS')))];
    expect(statusOf(first!)).toBe(200);
    expect(second).toBe(first);
    expect(server.requests).toHaveLength(1);
    expect(server.layer.counters.requestsAbsorbed).toBeGreaterThanOrEqual(2);
  });

  it('are told apart by branch, sent-by and method (§17.2.3)', async () => {
    const { server, say } = await setUpRaw();
    await say(text('OPTIONS'));
    await say(text('OPTIONS', { Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK2' }));
    await say(text('OPTIONS', { Via: 'SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1' }));
    await say(text('MESSAGE'));
    expect(server.requests).toHaveLength(4);
  });

  it('begin anew after the transaction has ended', async () => {
    const { clock, server, say } = await setUpRaw();
    server.serve = (transaction) => transaction.reply(200);
    await say(text('OPTIONS'));
    await clock.advance(32_000);
    expect(server.layer.size).toBe(0);
    await say(text('OPTIONS'));
    expect(server.requests).toHaveLength(2);
  });

  describe('of RFC 2543 elements, without the magic cookie', () => {
    const old = { Via: 'SIP/2.0/UDP 192.0.2.1:5060' };

    it('are known by Request-URI, From tag, Call-ID, CSeq and Via', async () => {
      const { server, say } = await setUpRaw();
      server.serve = (transaction) => transaction.reply(200);
      expect(await say(text('OPTIONS', old))).toHaveLength(1);
      expect(await say(text('OPTIONS', old))).toHaveLength(1);
      expect(server.requests).toHaveLength(1);
      await say(text('OPTIONS', { ...old, CSeq: '2 OPTIONS' }));
      await say(text('OPTIONS', { ...old, 'Call-ID': 'two' }));
      await say(text('OPTIONS', { ...old, From: '<sip:alice@192.0.2.1>;tag=other' }));
      await say(text('OPTIONS', { ...old, Via: 'SIP/2.0/UDP 192.0.2.1:5062' }));
      await say(text('OPTIONS', old, 'sip:carol@192.0.2.2'));
      expect(server.requests).toHaveLength(6);
    });

    it('have the ACK of a refusal absorbed, which alone has a To tag', async () => {
      const { clock, server, say } = await setUpRaw();
      server.serve = (transaction) => transaction.reply(486);
      const [refusal] = await say(text('INVITE', old));
      const tag = responseOf(refusal!).to.tag!;
      await say(text('ACK', { ...old, To: `<sip:bob@192.0.2.2>;tag=${tag}` }));
      expect(server.requests[0]!.state).toBe('confirmed');
      expect(server.acks).toEqual([]);
      await clock.advance(5_000);
      expect(server.layer.size).toBe(0);
    });

    it('have the ACK of a 2xx given to the user', async () => {
      const { server, say } = await setUpRaw();
      server.serve = (transaction) => transaction.reply(200);
      await say(text('INVITE', old));
      await say(text('ACK', { ...old, To: '<sip:bob@192.0.2.2>;tag=x' }));
      expect(server.acks).toHaveLength(1);
    });

    it('are cancelled', async () => {
      const { server, say } = await setUpRaw();
      await say(text('INVITE', old));
      const [answer] = await say(text('CANCEL', old));
      expect(statusOf(answer!)).toBe(200);
      expect(server.requests).toHaveLength(1);
    });
  });
});

describe('ACK', () => {
  it('of a refusal is made and absorbed by the transactions (§17.1.1.3)', async () => {
    const { clock, client, server, request, send } = await setUp();
    const events: string[] = [];
    server.serve = (transaction) => {
      transaction.handlers = {
        acknowledged: () => events.push('acknowledged'),
        timeout: () => events.push('timeout'),
      };
      transaction.reply(486);
    };
    const told = send(request('INVITE', [['Route', '<sip:192.0.2.2;lr>']]));
    await clock.advance(3);
    expect(told.statuses).toEqual([486]);
    expect(client.went('out')).toEqual(['INVITE', 'ACK']);
    expect(server.acks).toEqual([]);
    expect(events).toEqual(['acknowledged']);
    await clock.advance(32_000);
    expect(events).toEqual(['acknowledged']);
    expect(clock.pending).toBe(0);
  });

  it('has the Via, Request-URI, Route, From and Call-ID of the INVITE and the To of the response', async () => {
    const { clock, network, server, request, send } = await setUp();
    let ack: SipRequest | undefined;
    network.filter = (data, from) => {
      if (from.host === CLIENT.host && decode(data).startsWith('ACK')) ack = parseMessage(data) as SipRequest;
      return true;
    };
    server.serve = (transaction) => transaction.reply(486);
    const told = send(request('INVITE', [['Route', '<sip:192.0.2.2;lr>']]));
    const invite = told.transaction.request;
    await clock.advance(3);
    expect(ack!.vias.map(String)).toEqual([invite.via.toString()]);
    expect(ack!.uriText).toBe(invite.uriText);
    expect(ack!.headers.get('Route')).toBe('<sip:192.0.2.2;lr>');
    expect(ack!.from.toString()).toBe(invite.from.toString());
    expect(ack!.to.toString()).toBe(told.responses[0]!.to.toString());
    expect(ack!.callId).toBe(invite.callId);
    expect(ack!.cseq).toEqual({ sequence: 1, method: 'ACK' });
  });

  it('is sent again for each repeat of the refusal, when it was lost', async () => {
    const { clock, network, client, server, request, send } = await setUp();
    let lost = 0;
    network.filter = (data) => !(decode(data).startsWith('ACK') && lost++ < 2);
    server.serve = (transaction) => transaction.reply(486);
    const told = send(request('INVITE'));
    await clock.advance(4_000);
    expect(client.went('out')).toEqual(['INVITE', 'ACK', 'ACK', 'ACK']);
    expect(told.statuses).toEqual([486]);
    expect(server.requests[0]!.state).toBe('confirmed');
  });

  it('that never comes is a timeout for who refused (H)', async () => {
    const { clock, network, server, request, send } = await setUp();
    const events: string[] = [];
    network.filter = (data) => !decode(data).startsWith('ACK');
    server.serve = (transaction) => {
      transaction.handlers = { timeout: () => events.push(`${clock.now()} timeout`) };
      transaction.reply(486);
    };
    send(request('INVITE'));
    await clock.advance(64_000);
    expect(events).toEqual(['32001 timeout']);
    expect(clock.pending).toBe(0);
  });

  it('of a 2xx is the user’s: it has a branch of its own and belongs to no transaction', async () => {
    const { clock, client, server, request, send, flow } = await setUp();
    server.serve = (transaction) => transaction.reply(200);
    const told = send(request('INVITE'));
    await clock.advance(2);
    expect(told.statuses).toEqual([200]);
    expect(client.went('out')).toEqual(['INVITE']);
    const ack = request('ACK');
    client.layer.sendStateless(ack, flow);
    await clock.advance(1);
    expect(ack.via.branch).not.toBe(told.transaction.request.via.branch);
    expect(server.acks.map(({ callId }) => callId)).toEqual([ack.callId]);
    expect(server.requests).toHaveLength(1);
  });

  it('of a 2xx with the branch of the INVITE, as some elements send it, goes to the user as well', async () => {
    const { server, say } = await setUpRaw();
    server.serve = (transaction) => transaction.reply(200);
    await say(text('INVITE'));
    await say(text('ACK'));
    expect(server.acks).toHaveLength(1);
  });

  it('that fits nothing goes to the user and is not answered', async () => {
    const { server, say } = await setUpRaw();
    expect(await say(text('ACK'))).toEqual([]);
    expect(server.acks).toHaveLength(1);
    expect(server.layer.size).toBe(0);
  });
});

describe('CANCEL', () => {
  /** A server that rings, and ends what is cancelled as §9.2 says. */
  const ringing = (events: string[]) => (transaction: ServerTransaction) => {
    transaction.handlers = {
      cancelled: (cancel) => {
        events.push(`cancelled ${cancel.headers.get('Reason') ?? ''}`.trim());
        transaction.reply(487);
      },
    };
    transaction.reply(180);
  };

  it('goes out at once after a provisional response, with Via, To, CSeq number and Route of the INVITE (§9.1)', async () => {
    const { clock, network, server, request, send } = await setUp();
    const events: string[] = [];
    let cancel: SipRequest | undefined;
    network.filter = (data) => {
      if (decode(data).startsWith('CANCEL')) cancel = parseMessage(data) as SipRequest;
      return true;
    };
    server.serve = ringing(events);
    const told = send(request('INVITE', [['Route', '<sip:192.0.2.2;lr>']]));
    await clock.advance(2);
    told.transaction.cancel([['Reason', 'SIP;cause=200']]);
    told.transaction.cancel();
    await clock.advance(2);
    const invite = told.transaction.request;
    expect(cancel!.vias.map(String)).toEqual([invite.via.toString()]);
    expect(cancel!.uriText).toBe(invite.uriText);
    expect(cancel!.to.toString()).toBe(invite.to.toString());
    expect(cancel!.from.toString()).toBe(invite.from.toString());
    expect(cancel!.callId).toBe(invite.callId);
    expect(cancel!.cseq).toEqual({ sequence: 1, method: 'CANCEL' });
    expect(cancel!.headers.get('Route')).toBe('<sip:192.0.2.2;lr>');
    expect(events).toEqual(['cancelled SIP;cause=200']);
    expect(told.statuses).toEqual([180, 487]);
    await clock.advance(40_000);
    expect(clock.pending).toBe(0);
  });

  it('waits for a provisional response', async () => {
    const { clock, client, server, request, send } = await setUp();
    const events: string[] = [];
    const told = send(request('INVITE'));
    told.transaction.cancel();
    await clock.advance(100);
    expect(client.went('out')).toEqual(['INVITE']);
    ringing(events)(server.requests[0]!);
    await clock.advance(3);
    expect(client.went('out')).toEqual(['INVITE', 'CANCEL', 'ACK']);
    expect(told.statuses).toEqual([180, 487]);
    expect(events).toEqual(['cancelled']);
  });

  it('is never sent when nobody answers, after a final response, or for another method', async () => {
    const { clock, network, client, server, request, send } = await setUp();
    network.filter = () => false;
    send(request('INVITE')).transaction.cancel();
    await clock.advance(40_000);
    network.filter = undefined;
    server.serve = (transaction) => transaction.reply(transaction.request.method === 'INVITE' ? 486 : 100);
    const refused = send(request('INVITE'));
    const options = send(request('OPTIONS'));
    await clock.advance(2);
    refused.transaction.cancel();
    options.transaction.cancel();
    await clock.advance(40_000);
    expect(client.went('out')).not.toContain('CANCEL');
  });

  it('that crosses a 200 is answered 200 and changes nothing (§9.2)', async () => {
    const { clock, client, server, request, send } = await setUp();
    const events: string[] = [];
    server.serve = ringing(events);
    const told = send(request('INVITE'));
    await clock.advance(2);
    server.requests[0]!.reply(200);
    told.transaction.cancel();
    await clock.advance(2);
    expect(told.statuses).toEqual([180, 200]);
    expect(events).toEqual([]);
    expect(server.requests[0]!.state).toBe('accepted');
    expect(client.went('in')).toEqual(['180', '200', '200']);
    await clock.advance(40_000);
    expect(clock.pending).toBe(0);
  });

  it('has the To tag of the INVITE in its 200 (§9.2)', async () => {
    const { server, say } = await setUpRaw();
    server.serve = (transaction) => transaction.reply(180);
    const [ringing] = await say(text('INVITE'));
    const [cancelled] = await say(text('CANCEL'));
    expect(statusOf(cancelled!)).toBe(200);
    expect(responseOf(cancelled!).cseq.method).toBe('CANCEL');
    expect(responseOf(cancelled!).to.tag).toBe(responseOf(ringing!).to.tag);
  });

  it('that matches no INVITE is answered 481, each time it comes', async () => {
    const { clock, server, say } = await setUpRaw();
    const [first] = await say(text('CANCEL'));
    const [second] = await say(text('CANCEL'));
    expect(statusOf(first!)).toBe(481);
    expect(second).toBe(first);
    expect(server.requests).toEqual([]);
    await clock.advance(32_000);
    expect(clock.pending).toBe(0);
  });

  it('is answered 200 again when it is repeated, and told once', async () => {
    const { server, say } = await setUpRaw();
    const events: string[] = [];
    server.serve = (transaction) => {
      transaction.handlers = { cancelled: () => events.push('cancelled') };
    };
    await say(text('INVITE'));
    await say(text('CANCEL'));
    const [again] = await say(text('CANCEL'));
    expect(statusOf(again!)).toBe(200);
    expect(events).toEqual(['cancelled']);
  });

  it('ends the INVITE 64*T1 later when the peer never does (§9.1)', async () => {
    const { clock, client, server, request, send } = await setUp();
    server.serve = (transaction) => transaction.reply(180);
    const told = send(request('INVITE'));
    await clock.advance(8);
    told.transaction.cancel();
    await clock.advance(32_000);
    expect(told.events).toEqual(['32008 terminated', '32008 timeout']);
    expect(client.layer.size).toBe(0);
  });
});

describe('what is malformed', () => {
  it.each([
    ['CSeq names another method', { CSeq: '1 INVITE' }, 400],
    ['To is no address', { To: '<sip:bob' }, 400],
    ['Contact is no address', { Contact: '<<>>' }, 400],
    ['Max-Forwards is no number', { 'Max-Forwards': 'x' }, 400],
    ['two From', { From: ['<sip:a@192.0.2.1>;tag=a', '<sip:b@192.0.2.1>;tag=b'] }, 400],
  ])('is answered over the flow it came on: %s', async (_, changes, status) => {
    const { server, say } = await setUpRaw();
    const answers = await say(text('OPTIONS', changes));
    expect(answers.map((each) => Number(each.split(' ')[1]))).toEqual([status]);
    expect(answers[0]).toContain('Call-ID: one\r\n');
    expect(server.requests).toEqual([]);
    expect(server.layer.size).toBe(0);
    expect(server.layer.counters).toMatchObject({ refused: 1, malformed: 0 });
  });

  it('is answered 505 when its version is not 2.0', async () => {
    const { say } = await setUpRaw();
    const [answer] = await say(text('OPTIONS').replace('SIP/2.0\r\n', 'SIP/7.0\r\n'));
    expect(statusOf(answer!)).toBe(505);
  });

  it('is never answered when it is an ACK', async () => {
    const { server, say } = await setUpRaw();
    expect(await say(text('ACK', { CSeq: '1 INVITE' }))).toEqual([]);
    expect(server.layer.counters).toMatchObject({ refused: 0, malformed: 1 });
  });

  it('is dropped and counted when it is no message, or lacks what an answer is made of', async () => {
    const { clock, server, say } = await setUpRaw();
    const noise = [
      '\0\0\0',
      'hello',
      'GET / HTTP/1.1\r\n\r\n',
      'OPTIONS sip:a SIP/2.0\r\n\r\n',
      '\xff\xfe\r\n\r\n',
      '',
    ];
    for (const each of noise) expect(await say(each)).toEqual([]);
    expect(server.layer.counters).toMatchObject({ received: noise.length, malformed: noise.length, sent: 0 });
    expect(server.requests).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('stray responses', () => {
  const reply = (via: string | string[], cseq = '1 INVITE') =>
    lines(
      'SIP/2.0 200 OK',
      ...[via].flat().map((each) => `Via: ${each}`),
      'From: <sip:a@192.0.2.2>;tag=a',
      'To: <sip:b@192.0.2.1>;tag=b',
      'Call-ID: one',
      `CSeq: ${cseq}`,
      'Content-Length: 0',
    );

  it('are counted and given to the user', async () => {
    const { server, say } = await setUpRaw();
    await say(reply('SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKnone'));
    expect(server.stray.map(({ status }) => status)).toEqual([200]);
    expect(server.layer.counters.stray).toBe(1);
  });

  it('are those with the branch of a transaction and another method, too (§17.1.3)', async () => {
    const { clock, client, server, request, send } = await setUp();
    const told = send(request('OPTIONS'));
    const { via } = told.transaction.request;
    server.transport.flow(CLIENT).send(encode(reply(via.toString(), '1 INVITE')));
    await clock.advance(1);
    expect(told.statuses).toEqual([]);
    expect(client.stray).toHaveLength(1);
  });

  it('with a second Via have gone astray and are dropped (§8.1.3.3)', async () => {
    const { clock, client, server, request, send } = await setUp();
    const told = send(request('OPTIONS'));
    const { via } = told.transaction.request;
    server.transport
      .flow(CLIENT)
      .send(encode(reply([via.toString(), 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx'], '1 OPTIONS')));
    await clock.advance(1);
    expect(told.statuses).toEqual([]);
    expect(client.stray).toEqual([]);
    expect(client.layer.counters.malformed).toBe(1);
  });

  it('come after the end of the transaction', async () => {
    const { clock, client, server, request, send } = await setUp();
    send(request('OPTIONS'));
    await clock.advance(32_000);
    server.requests[0]!.reply(200);
    await clock.advance(1);
    expect(client.layer.counters.stray).toBe(1);
  });
});

describe('a bad network', () => {
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

  /** A user that repeats its 2xx until the ACK comes, as RFC 3261 §13.3.1.4 asks. */
  function acceptUntilAcknowledged(server: Element): void {
    const repeating = new Map<string, () => void>();
    server.serve = (transaction) => {
      let delay = 500;
      const again = () => {
        transaction.reply(200);
        const timer = server.clock.setTimer(delay, again);
        delay = Math.min(delay * 2, 4_000);
        repeating.set(transaction.request.callId, () => timer.cancel());
      };
      transaction.reply(180);
      again();
    };
    server.acknowledged = ({ callId }) => {
      repeating.get(callId)?.();
    };
  }

  const conditions: [string, MemoryNetworkOptions][] = [
    ['30 % lost each way', { loss: 0.3 }],
    ['half of all datagrams twice', { duplicate: 0.5 }],
    ['delays from 1 to 900 ms, out of order', { jitter: 900 }],
    ['all of that', { loss: 0.3, duplicate: 0.3, jitter: 300 }],
  ];

  describe.each(conditions)('%s', (_, options) => {
    it('still lets OPTIONS be served once and answered once', async () => {
      for (const seed of seeds) {
        const { clock, server, client, request, send } = await setUp({ ...options, seed });
        server.serve = (transaction) => transaction.reply(200);
        const told = send(request('OPTIONS'));
        await clock.advance(100_000);
        expect(told.statuses, `seed ${seed}`).toEqual([200]);
        expect(server.requests, `seed ${seed}`).toHaveLength(1);
        expect(client.layer.size + server.layer.size + clock.pending, `seed ${seed}`).toBe(0);
      }
    });

    it('still lets an INVITE be refused once, and the refusal acknowledged', async () => {
      for (const seed of seeds) {
        const { clock, server, client, request, send } = await setUp({ ...options, seed });
        const events: string[] = [];
        server.serve = (transaction) => {
          transaction.handlers = {
            acknowledged: () => events.push('acknowledged'),
            timeout: () => events.push('timeout'),
          };
          transaction.reply(180);
          transaction.reply(486);
        };
        const told = send(request('INVITE'));
        await clock.advance(200_000);
        expect(
          told.statuses.filter((status) => status >= 200),
          `seed ${seed}`,
        ).toEqual([486]);
        expect(server.requests, `seed ${seed}`).toHaveLength(1);
        expect(events, `seed ${seed}`).toEqual(['acknowledged']);
        expect(client.layer.size + server.layer.size + clock.pending, `seed ${seed}`).toBe(0);
      }
    });

    it('still lets an INVITE be accepted once, and every 2xx reach the user', async () => {
      for (const seed of seeds) {
        const { clock, server, client, flow, request, send } = await setUp({ ...options, seed });
        acceptUntilAcknowledged(server);
        const invite = request('INVITE');
        const told = send(invite);
        const ack = request('ACK', []);
        ack.callId = invite.callId;
        let sent: Uint8Array | undefined;
        told.onResponse = ({ status }) => {
          if (status < 200) return;
          if (sent) client.layer.transmit(sent, flow);
          else sent = client.layer.sendStateless(ack, flow);
        };
        await clock.advance(31_000);
        expect(server.acks.length, `seed ${seed}`).toBeGreaterThan(0);
        expect(told.statuses.at(-1), `seed ${seed}`).toBe(200);
        expect(server.requests, `seed ${seed}`).toHaveLength(1);
        await clock.advance(200_000);
        expect(client.layer.size + server.layer.size + clock.pending, `seed ${seed}`).toBe(0);
      }
    });
  });
});

describe('over TCP', () => {
  it('sends each message once', async () => {
    const { clock, client, server, request, send } = await setUp({}, 'TCP');
    const told = send(request('OPTIONS'));
    await clock.advance(10_000);
    expect(client.went('out')).toEqual(['OPTIONS']);
    server.requests[0]!.reply(200);
    await clock.advance(1);
    // RFC 4320 §4.1: the 100 of who takes long.
    expect(told.statuses).toEqual([100, 200]);
    expect(told.transaction.state).toBe('terminated');
    expect(client.layer.size + server.layer.size + clock.pending).toBe(0);
  });

  it('fails at once when nobody listens', async () => {
    const { clock, client, request, send } = await setUp({}, 'TCP');
    const told = send(request('INVITE'), client.transport.flow({ host: '192.0.2.99', port: 5060 }));
    await clock.advance(1);
    expect(told.events).toEqual(['1 terminated', '1 ERR_SIP_CONNECT']);
    expect(clock.pending).toBe(0);
  });

  it('fails when the connection closes under way, and touches nothing on other connections', async () => {
    const { clock, network, client, server, request, send } = await setUp({}, 'TCP');
    const other = new Element(clock, 3, network.transport('TCP', { host: '192.0.2.3', port: 5060 }));
    await other.layer.attach(other.transport);
    const told = send(request('INVITE'));
    const elsewhere = send(request('INVITE'), client.transport.flow(other.transport.local));
    await clock.advance(2);
    server.requests[0]!.flow.close();
    await clock.advance(1);
    expect(told.events).toEqual(['3 terminated', '3 ERR_SIP_TRANSPORT']);
    expect(elsewhere.events).toEqual([]);
    expect(elsewhere.transaction.state).toBe('calling');
  });

  it('fails at once on a connection known to be closed', async () => {
    const { client, flow, request, send } = await setUp({}, 'TCP');
    flow.close();
    const told = send(request('OPTIONS'), flow);
    expect(told.events).toEqual(['0 terminated', '0 ERR_SIP_TRANSPORT']);
    expect(client.layer.size).toBe(0);
  });

  it.each([
    ['10.0.0.9:5070', { host: CLIENT.host, port: 5070 }],
    ['10.0.0.9', { host: CLIENT.host, port: 5060 }],
    ['192.0.2.1:5060', { host: CLIENT.host, port: 5060 }],
  ])('answers over a new connection when that of the request has closed: sent-by %s', async (sentBy, expected) => {
    const { clock, server, flow, listen, received } = await setUpRaw('TCP');
    if (expected.port !== CLIENT.port) await listen(expected);
    flow.send(encode(text('OPTIONS', { Via: `SIP/2.0/TCP ${sentBy};branch=z9hG4bK1` })));
    await clock.advance(2);
    flow.close();
    await clock.advance(2);
    expect(server.requests[0]!.flow.closed).toBe(true);
    server.requests[0]!.reply(200);
    await clock.advance(5);
    expect(received.map((each) => statusOf(each.text))).toEqual([200]);
    expect(server.layer.size).toBe(0);
  });

  it('tells who answers when there is no connection to be had any more (§17.2.4)', async () => {
    const { clock, server, peer, flow } = await setUpRaw('TCP');
    const events: string[] = [];
    server.serve = (transaction) => {
      transaction.handlers = { transportError: ({ code }) => events.push(code) };
    };
    flow.send(encode(text('INVITE', { Via: 'SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1' })));
    await clock.advance(2);
    await peer.close();
    await clock.advance(2);
    expect(events).toEqual([]);
    server.requests[0]!.reply(486);
    await clock.advance(2);
    expect(events).toEqual(['ERR_SIP_CONNECT']);
    await clock.advance(32_000);
    expect(server.layer.size + clock.pending).toBe(0);
  });
});

describe('close()', () => {
  it.each<TransportProtocol>(['UDP', 'TCP'])(
    'ends everything without a word and leaves no timer (%s)',
    async (protocol) => {
      const { clock, client, server, request, send } = await setUp({}, protocol);
      const told = ['INVITE', 'INVITE', 'INVITE', 'OPTIONS', 'OPTIONS'].map((method) => send(request(method)));
      await clock.advance(3);
      server.requests[1]!.reply(180);
      server.requests[2]!.reply(486);
      server.requests[3]!.reply(200);
      await clock.advance(3);
      expect(client.layer.size).toBeGreaterThanOrEqual(3);
      const before = told.map(({ events }) => [...events]);
      await client.layer.close();
      await server.layer.close();
      await clock.advance(5);
      expect(clock.pending).toBe(0);
      expect(client.layer.size + server.layer.size).toBe(0);
      expect(told.map(({ events }) => events)).toEqual(before);
    },
  );

  it('lets what is done with the rest afterwards do nothing', async () => {
    const { clock, client, server, request, send } = await setUp();
    const told = send(request('INVITE'));
    await clock.advance(2);
    server.requests[0]!.reply(180);
    await clock.advance(2);
    await client.layer.close();
    await server.layer.close();
    told.transaction.cancel();
    server.requests[0]!.reply(200);
    const late = send(request('OPTIONS'));
    expect(late.events).toEqual(['4 terminated', '4 ERR_SIP_TRANSPORT']);
    expect(clock.pending).toBe(0);
    expect(client.layer.size + server.layer.size).toBe(0);
  });
});
