import { createServer, type Server, Socket } from 'node:net';
import type { Destination, Flow } from '../transport/transport';
import { type ConnectionOptions, StreamTransport } from './stream-transport';

/** Settings of a {@link TcpTransport}. */
export interface TcpTransportOptions extends ConnectionOptions {
  /**
   * Whether requests for a peer that asks for it (`alias` in Via) go over its own connection (RFC 5923), and ours ask for it; false when absent,
   * as over TCP nobody proves who he is. For trunks between servers of one house.
   */
  trustAliases?: boolean;
}

/** SIP over TCP (RFC 3261 §18), IPv4 or IPv6, on sockets of Node.js. Connections are used both ways and kept (RFC 5923). */
export class TcpTransport extends StreamTransport {
  readonly protocol = 'TCP';
  readonly #trustAliases: boolean;

  constructor(options: TcpTransportOptions = {}) {
    super(options);
    this.#trustAliases = options.trustAliases ?? false;
  }

  /** Domains share the connection to an address: over TCP none of them is proved. */
  override flow({ host, port }: Destination): Flow {
    return super.flow({ host, port });
  }

  protected createServer(): Server {
    return createServer({ noDelay: true }, (socket) => this.accept(socket));
  }

  protected connect({ host, port }: Destination, ready: () => void): Socket {
    const socket = new Socket();
    socket.once('connect', ready);
    return socket.setNoDelay(true).connect({ host, port, ...this.source });
  }

  protected trusts(): boolean {
    return this.#trustAliases;
  }

  protected override get offersAlias(): boolean {
    return this.#trustAliases && this.options.listen;
  }
}
