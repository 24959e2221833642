import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../platform/clock';
import { MediaError } from '../platform/errors';
import type { RandomBytes } from '../platform/random';
import { ATTRIBUTE } from '../stun/stun-attributes';
import { StunClient, type StunOutcome } from '../stun/stun-client';
import { METHOD, StunMessage } from '../stun/stun-message';
import type { Address } from '../transport/rtp-transport';

/** What carries messages to a TURN server, one at a time: a UDP socket, or a framed TCP or TLS connection. */
export interface TurnPipe {
  /** Retransmissions are of no use. */
  readonly reliable: boolean;
  /** Sends one message, or one piece of channel data. */
  send(bytes: Uint8Array): void;
  /** Sets the one receiver of messages and channel data. */
  onMessage(handler: (bytes: Uint8Array) => void): void;
  /** Sets the one who hears that it broke. */
  onClosed(handler: (error: Error) => void): void;
  /** Closes the connection to the server. */
  close(): void;
}

/** Settings of a {@link TurnClient}. */
export interface TurnClientOptions {
  /** Time and timers. */
  clock: Clock;
  /** Randomness of transaction identifiers. */
  random: RandomBytes;
  /** The way to the server; the client closes it. */
  pipe: TurnPipe;
  /** User of the long-term credential (RFC 8489 §9.2). */
  username: string;
  /** Its password. */
  password: string;
  /** Data of a peer came. The bytes hold good only until it returns. */
  data(bytes: Uint8Array, from: Readonly<Address>): void;
  /** The allocation is lost. */
  lost(error: MediaError): void;
}

/** An allocation (RFC 8656 §3.2). */
export interface TurnAllocation {
  readonly relayed: Address;
  /** Where the server sees us. */
  readonly mapped: Address | undefined;
}

interface Channel {
  readonly number: number;
  readonly peer: Address;
  bound: boolean;
  waiting: Uint8Array[];
  timer: Timer | undefined;
}

const UDP = 17 << 24;
const LIFETIME_S = 600;
/** RFC 8656 §12: a channel lasts 10 minutes and its permission 5; both are renewed by binding again. */
const REBIND_MS = 240_000;
const FIRST_CHANNEL = 0x4000;
const LAST_CHANNEL = 0x4fff;
/** Packets kept for a channel that is being bound. */
const MAX_WAITING = 8;

/**
 * The client of one allocation at a TURN server (RFC 8656): sends to peers, and receives from them, over a relayed address.
 * Every peer gets a channel, which costs 4 bytes a packet.
 */
export class TurnClient {
  readonly #options: TurnClientOptions;
  readonly #stun: StunClient;
  readonly #channels = new Map<string, Channel>();
  readonly #byNumber = new Map<number, Channel>();
  #next = FIRST_CHANNEL;
  #realm: string | undefined;
  #nonce: Uint8Array | undefined;
  #key: Uint8Array | undefined;
  #refresh: Timer | undefined;
  #allocated = false;
  #closed = false;
  #scratch = new Uint8Array(2048);

  constructor(options: TurnClientOptions) {
    this.#options = options;
    this.#stun = new StunClient(options.clock, options.random);
    options.pipe.onMessage((bytes) => this.#receive(bytes));
    options.pipe.onClosed((cause) => this.#lose('The connection to the TURN server broke.', cause));
  }

  /**
   * Asks for a relayed address.
   *
   * @throws MediaError `ERR_TURN` that says what the server said, or that it said nothing
   */
  async allocate(): Promise<TurnAllocation> {
    const fill = (request: StunMessage) =>
      request.addUint32(ATTRIBUTE.REQUESTED_TRANSPORT, UDP).addUint32(ATTRIBUTE.LIFETIME, LIFETIME_S);
    const response = await this.#transact(METHOD.ALLOCATE, fill);
    const relayed = response.address(ATTRIBUTE.XOR_RELAYED_ADDRESS);
    if (!relayed) throw new MediaError('ERR_TURN', 'The TURN server allocated no address; look at its log.');
    this.#allocated = true;
    this.#refreshIn(response.uint32(ATTRIBUTE.LIFETIME) ?? LIFETIME_S);
    return { relayed, mapped: response.mappedAddress };
  }

  #refreshIn(lifetime: number): void {
    if (this.#closed) return;
    const wait = Math.max(lifetime - 60, lifetime / 2) * 1000;
    this.#refresh = this.#options.clock.setTimer(wait, () => {
      this.#transact(METHOD.REFRESH, (request) => request.addUint32(ATTRIBUTE.LIFETIME, LIFETIME_S)).then(
        (response) => this.#refreshIn(response.uint32(ATTRIBUTE.LIFETIME) ?? LIFETIME_S),
        (error) => this.#lose('The TURN server did not renew the allocation.', error),
      );
    });
  }

  /** Sends a packet to a peer; the first ones wait until the server has opened the way. */
  send(bytes: Uint8Array, to: Readonly<Address>): void {
    if (this.#closed) return;
    const channel = this.#channels.get(`${to.host} ${to.port}`) ?? this.#open(to);
    if (!channel) return;
    if (channel.bound) this.#sendData(channel.number, bytes);
    else if (channel.waiting.length < MAX_WAITING) channel.waiting.push(new Uint8Array(bytes));
  }

  #open({ host, port }: Readonly<Address>): Channel | undefined {
    if (this.#next > LAST_CHANNEL) return undefined;
    const channel: Channel = {
      number: this.#next++,
      peer: { host, port },
      bound: false,
      waiting: [],
      timer: undefined,
    };
    this.#channels.set(`${host} ${port}`, channel);
    this.#byNumber.set(channel.number, channel);
    this.#bind(channel);
    return channel;
  }

  #bind(channel: Channel): void {
    const fill = (request: StunMessage) =>
      request
        .addUint32(ATTRIBUTE.CHANNEL_NUMBER, channel.number << 16)
        .addAddress(ATTRIBUTE.XOR_PEER_ADDRESS, channel.peer);
    this.#transact(METHOD.CHANNEL_BIND, fill).then(
      () => {
        channel.bound = true;
        for (const bytes of channel.waiting.splice(0)) this.#sendData(channel.number, bytes);
        if (!this.#closed) channel.timer = this.#options.clock.setTimer(REBIND_MS, () => this.#bind(channel));
      },
      () => {
        // A peer the server does not let us reach: its pairs fail. It is asked again with the next packet after a while.
        channel.bound = false;
        channel.waiting = [];
        if (this.#closed) return;
        channel.timer = this.#options.clock.setTimer(5000, () =>
          this.#channels.delete(`${channel.peer.host} ${channel.peer.port}`),
        );
      },
    );
  }

  #sendData(channel: number, bytes: Uint8Array): void {
    const length = 4 + (this.#options.pipe.reliable ? (bytes.length + 3) & ~3 : bytes.length);
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length);
    const data = this.#scratch;
    data[0] = channel >> 8;
    data[1] = channel & 0xff;
    data[2] = bytes.length >> 8;
    data[3] = bytes.length & 0xff;
    data.set(bytes, 4);
    this.#options.pipe.send(data.subarray(0, length));
  }

  #receive(bytes: Uint8Array): void {
    if (bytes.length >= 4 && bytes[0]! >= 0x40 && bytes[0]! <= 0x4f) {
      const channel = this.#byNumber.get((bytes[0]! << 8) | bytes[1]!);
      const length = (bytes[2]! << 8) | bytes[3]!;
      if (channel && length <= bytes.length - 4) this.#options.data(bytes.subarray(4, 4 + length), channel.peer);
      return;
    }
    const message = StunMessage.parse(bytes);
    if (!message) return;
    if (message.class === 'success' || message.class === 'error') {
      this.#stun.receive(message, { host: '', port: 0 });
    } else if (message.class === 'indication' && message.method === METHOD.DATA) {
      const from = message.address(ATTRIBUTE.XOR_PEER_ADDRESS);
      const data = message.get(ATTRIBUTE.DATA);
      if (from && data) this.#options.data(data, from);
    }
  }

  async #transact(method: number, fill: (request: StunMessage) => StunMessage): Promise<StunMessage> {
    // Without credentials at first, to learn realm and nonce; a stale nonce costs another round (RFC 8489 §9.2.5).
    for (let attempt = 0; attempt < 3; attempt++) {
      const { response } = await this.#ask(method, fill);
      if (this.#closed) throw new MediaError('ERR_TURN', 'The TURN client is closed.');
      if (!response) throw new MediaError('ERR_TURN', 'The TURN server does not answer; check its address and port.');
      if (response.class === 'success') return response;
      const code = response.errorCode;
      const nonce = response.get(ATTRIBUTE.NONCE);
      const canRetry = nonce && (code === 438 || (code === 401 && !this.#key));
      if (!canRetry) throw refusal(code);
      this.#nonce = nonce;
      this.#realm = response.text(ATTRIBUTE.REALM) ?? this.#realm ?? '';
      this.#key = this.#longTermKey(this.#realm);
    }
    throw refusal(438);
  }

  /** RFC 8489 §9.2.2. */
  #longTermKey(realm: string): Uint8Array {
    const { username, password } = this.#options;
    return createHash('md5').update(`${username}:${realm}:${password}`).digest();
  }

  #ask(method: number, fill: (request: StunMessage) => StunMessage): Promise<StunOutcome> {
    const request = fill(this.#stun.request(method));
    const key = this.#key;
    if (key) {
      request.addText(ATTRIBUTE.USERNAME, this.#options.username).addText(ATTRIBUTE.REALM, this.#realm!);
      request.add(ATTRIBUTE.NONCE, this.#nonce!);
    }
    const { pipe } = this.#options;
    return new Promise((resolve) => {
      this.#stun.send(request, (bytes) => pipe.send(bytes), resolve, {
        ...(key && { key }),
        ...(pipe.reliable && { sends: 1, rto: 10_000 }),
        acceptUnprotected: (response) => response.class === 'error',
      });
    });
  }

  #lose(message: string, cause: unknown): void {
    if (this.#closed) return;
    const wasAllocated = this.#allocated;
    this.#end();
    if (wasAllocated) this.#options.lost(new MediaError('ERR_TURN', message, { cause }));
  }

  /** Gives the allocation back and closes the pipe. */
  close(): void {
    if (this.#closed) return;
    if (this.#allocated && this.#key) {
      const request = this.#stun.request(METHOD.REFRESH).addUint32(ATTRIBUTE.LIFETIME, 0);
      request.addText(ATTRIBUTE.USERNAME, this.#options.username).addText(ATTRIBUTE.REALM, this.#realm!);
      this.#options.pipe.send(request.add(ATTRIBUTE.NONCE, this.#nonce!).serialize(this.#key));
    }
    this.#end();
  }

  #end(): void {
    this.#closed = true;
    this.#refresh?.cancel();
    for (const { timer } of this.#byNumber.values()) timer?.cancel();
    this.#byNumber.clear();
    this.#channels.clear();
    this.#stun.fail();
    this.#options.pipe.close();
  }
}

function refusal(code: number | undefined): MediaError {
  const why: Record<number, string> = {
    401: 'it does not take the user name and password',
    403: 'it forbids the peer',
    437: 'the allocation is gone',
    438: 'its nonces go stale at once',
    441: 'the allocation is of other credentials',
    486: 'the user has as many allocations as it may have',
    508: 'it has no port left',
  };
  return new MediaError('ERR_TURN', `The TURN server refused: ${why[code ?? 0] ?? `error ${code ?? 'unknown'}`}.`);
}
