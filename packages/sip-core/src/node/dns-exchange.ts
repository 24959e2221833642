import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { type DecodedPacket, decode, encode, type OptAnswer, type Question, RECURSION_DESIRED } from 'dns-packet';
import type { Address } from '../transport/transport';

/** @internal A question to one server, and how long it may take. */
export interface Exchange {
  readonly server: Address;
  readonly question: Question & { readonly name: string; readonly type: string };
  /** In ms, for datagrams and connection each. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** @internal No answer came in time. */
export class NoAnswer extends Error {}

/** Largest answer in a datagram that is asked for: it crosses any network in one piece (RFC 6891 §6.2.5; DNS flag day 2020). */
const DATAGRAM_BYTES = 1_232;
/** Response codes of servers that do not know EDNS (RFC 6891 §7). */
const NO_EDNS = ['FORMERR', 'NOTIMP'];

/**
 * @internal Asks one DNS server (RFC 1035 §4.2): in a datagram, and over a connection when the answer does not fit into one (RFC 7766).
 *
 * @throws NoAnswer; the error of a socket; the signal's reason
 */
export async function exchange(ask: Exchange): Promise<DecodedPacket> {
  const inDatagram = (edns: boolean) => one(ask, inDatagrams, edns);
  let packet = await inDatagram(true);
  if (NO_EDNS.includes(codeOf(packet))) packet = await inDatagram(false);
  return packet.flag_tc ? one(ask, overConnection, true) : packet;
}

/** @internal Name of the response code, such as `NOERROR`. */
export const codeOf = (packet: DecodedPacket): string => (packet as unknown as { rcode: string }).rcode;

type Carry = (ask: Exchange, query: Buffer, take: (bytes: Buffer) => void, fail: (error: Error) => void) => () => void;

function one(ask: Exchange, carry: Carry, edns: boolean): Promise<DecodedPacket> {
  const { question, timeout, signal } = ask;
  // Id and port are the two things a forger has to guess (RFC 5452 §4, §9).
  const id = randomInt(0x1_0000);
  const query = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [question],
    ...(edns && { additionals: [OPT] }),
  });
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    let stop = () => {};
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      stop();
      settle();
    };
    const fail = (error: Error) => end(() => reject(error));
    const abort = () => fail(signal?.reason);
    const timer = setTimeout(() => fail(new NoAnswer(`${ask.server.host} did not answer.`)), timeout);
    signal?.addEventListener('abort', abort, { once: true });
    const take = (bytes: Buffer) => {
      const packet = read(bytes);
      // What does not answer this very question is noise, or forged: the true answer may still come.
      if (packet && answers(packet, id, question)) end(() => resolve(packet));
    };
    try {
      stop = carry(ask, query, take, fail);
    } catch (error) {
      fail(error as Error);
    }
  });
}

const OPT: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: DATAGRAM_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

function read(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function answers({ id, type, questions = [] }: DecodedPacket, wanted: number, question: Question): boolean {
  const [asked] = questions;
  return (
    id === wanted &&
    type === 'response' &&
    questions.length === 1 &&
    asked!.type === question.type &&
    asked!.name.toLowerCase() === question.name.toLowerCase()
  );
}

const inDatagrams: Carry = ({ server }, query, take, fail) => {
  const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4');
  let closed = false;
  socket.on('error', fail);
  socket.on('message', take);
  // Connected, it hears nobody but this server, and learns when nobody listens there.
  socket.connect(server.port, server.host, () => {
    if (!closed) socket.send(query);
  });
  return () => {
    closed = true;
    socket.removeAllListeners();
    socket.on('error', () => {});
    socket.close();
  };
};

const overConnection: Carry = ({ server }, query, take, fail) => {
  const socket = connect({ host: server.host, port: server.port });
  let received = Buffer.alloc(0);
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('The connection was closed before the answer came.')));
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    // RFC 1035 §4.2.2: two bytes of length stand before each message.
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const size = 2 + received.readUInt16BE(0);
      const message = received.subarray(2, size);
      received = received.subarray(size);
      take(message);
    }
  });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  socket.write(Buffer.concat([length, query]));
  return () => {
    socket.removeAllListeners();
    socket.on('error', () => {});
    socket.destroy();
  };
};
