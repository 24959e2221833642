import type { DtlsSocket } from 'werift';
import { MediaError } from '../platform/errors';
import type { SrtpProtection } from '../srtp/secure-transport';
import type { SrtpSuite } from '../srtp/srtp-suites';
import type { DtlsCertificate } from './dtls-certificate';
import { type Fingerprint, matchesFingerprint } from './fingerprint';
import {
  HANDSHAKE,
  provesClientKey,
  provesHandshake,
  provesServerKey,
  readCertificate,
  readRandom,
} from './handshake-proof';

/** Who speaks first: `client` is `a=setup:active` (RFC 5763 §5). */
export type DtlsRole = 'client' | 'server';

/** Settings of a {@link DtlsAssociation}. */
export interface DtlsAssociationOptions {
  role: DtlsRole;
  certificate: DtlsCertificate;
  /** What signalling said the peer's certificate is. */
  fingerprints: readonly Fingerprint[];
  send(bytes: Uint8Array): void;
  /** The handshake is done: keys for SRTP. */
  connected(protection: SrtpProtection): void;
  /** The handshake failed, or the peer is not who signalling said. */
  failed(error: MediaError): void;
  /** The peer has ended the association. */
  closed(): void;
}

/** Profiles of RFC 5764 §4.1.2 and RFC 7714 §14.2 that the library derives keys for. */
const PROFILES: Readonly<Record<number, { suite: SrtpSuite; keyBytes: number; saltBytes: number }>> = {
  1: { suite: 'AES_CM_128_HMAC_SHA1_80', keyBytes: 16, saltBytes: 14 },
  7: { suite: 'AEAD_AES_128_GCM', keyBytes: 16, saltBytes: 12 },
};

/** A handshake that is not done by then has failed: the library has sent its flights again for as long. */
const LONGEST_HANDSHAKE_MS = 30_000;

interface Handshake {
  readonly msg_type: number;
  readonly fragment: Uint8Array;
}

/**
 * One DTLS-SRTP handshake (RFC 5764) with a peer known by the fingerprint of its certificate.
 *
 * The records and flights are werift's. What it leaves out is checked here, before keys are used: that the peer holds the
 * private key of its certificate, and that nobody changed the handshake.
 */
export class DtlsAssociation {
  readonly #options: DtlsAssociationOptions;
  readonly #socket: DtlsSocket;
  #certificate: Uint8Array | undefined;
  #serverRandom: Uint8Array | undefined;
  #provesKey = false;
  #provesHandshake = false;
  #state: 'handshaking' | 'connected' | 'over' = 'handshaking';
  #timeout: ReturnType<typeof setTimeout>;
  #onData: (data: Buffer, from: readonly [string, number]) => void = () => {};

  private constructor(options: DtlsAssociationOptions, library: typeof import('werift')) {
    this.#options = options;
    const { role, certificate } = options;
    const association = this;
    const transport = {
      type: 'udp',
      address: { address: '', family: 'IPv4', port: 0 },
      closed: false,
      get onData() {
        return association.#onData;
      },
      set onData(handler) {
        association.#onData = handler;
      },
      send: async (data: Buffer) => {
        if (this.#state !== 'over') options.send(data);
      },
      close: async () => {},
    };
    const shared = {
      ...certificate.material,
      transport: transport as never,
      // The stronger one first; both are what WebRTC peers have (RFC 8827 §6.5).
      srtpProfiles: [7, 1] as (1 | 7)[],
      extendedMasterSecret: true,
    };
    this.#socket =
      role === 'client'
        ? new library.DtlsClient(shared)
        : new library.DtlsServer({ ...shared, certificateRequest: true });
    const handle = this.#socket.onHandleHandshakes;
    this.#socket.onHandleHandshakes = (handshakes) => this.#prove(handshakes, handle);
    this.#socket.onConnect.once(() => this.#connected());
    this.#socket.onError.subscribe((error) => this.#fail('The DTLS handshake failed', error));
    this.#socket.onClose.subscribe(() => this.#closedByPeer());
    this.#timeout = setTimeout(() => this.#fail('The DTLS handshake got no answer'), LONGEST_HANDSHAKE_MS);
    this.#timeout.unref?.();
    if (this.#socket instanceof library.DtlsClient) {
      this.#socket.connect().catch((error: Error) => this.#fail('The DTLS handshake failed', error));
    }
  }

  /** Begins a handshake; the client sends its first message at once. */
  static async start(options: DtlsAssociationOptions): Promise<DtlsAssociation> {
    return new DtlsAssociation(options, await import('werift'));
  }

  get connected(): boolean {
    return this.#state === 'connected';
  }

  /** Takes a datagram of the peer. */
  receive(bytes: Uint8Array): void {
    if (this.#state === 'over' || bytes.length < 13) return;
    // In the clear and from anyone: a new hello would reset an association that stands.
    if (this.#state === 'connected' && isClientHello(bytes)) return;
    try {
      this.#onData(Buffer.from(bytes), ['', 0]);
    } catch {
      // What cannot be read is no record of the peer's (RFC 6347 §4.1.2.7).
    }
  }

  async #prove(
    handshakes: Parameters<DtlsSocket['onHandleHandshakes']>[0],
    handle: DtlsSocket['onHandleHandshakes'],
  ): Promise<void> {
    for (const handshake of handshakes) {
      this.#look(handshake);
      if (this.#state === 'over') return;
    }
    await handle(handshakes);
  }

  #look({ msg_type, fragment }: Handshake): void {
    const isClient = this.#options.role === 'client';
    if (msg_type === HANDSHAKE.SERVER_HELLO && isClient) {
      this.#serverRandom ??= readRandom(fragment);
    } else if (msg_type === HANDSHAKE.CERTIFICATE) {
      this.#certificate ??= readCertificate(fragment);
      if (!this.#certificate || !matchesFingerprint(this.#certificate, this.#options.fingerprints)) {
        this.#fail('The certificate of the peer is not the one its fingerprint in signalling stands for');
      }
    } else if (msg_type === HANDSHAKE.SERVER_KEY_EXCHANGE && isClient && !this.#provesKey) {
      const clientRandom = this.#socket.cipher.localRandom.serialize();
      this.#provesKey =
        this.#certificate !== undefined &&
        this.#serverRandom !== undefined &&
        provesServerKey(fragment, this.#certificate, clientRandom, this.#serverRandom);
      if (!this.#provesKey) this.#fail('The peer has not the key of the certificate it shows');
    } else if (msg_type === HANDSHAKE.CERTIFICATE_VERIFY && !isClient && !this.#provesKey) {
      this.#provesKey =
        this.#certificate !== undefined && provesClientKey(fragment, this.#certificate, this.#transcript());
      if (!this.#provesKey) this.#fail('The peer has not the key of the certificate it shows');
    } else if (msg_type === HANDSHAKE.FINISHED && !this.#provesHandshake) {
      const { masterSecret } = this.#socket.cipher;
      const sender = isClient ? 'server' : 'client';
      this.#provesHandshake =
        masterSecret !== undefined && provesHandshake(fragment, masterSecret, sender, this.#transcript());
      if (!this.#provesHandshake) this.#fail('Somebody changed the DTLS handshake under way');
    }
  }

  #transcript(): Uint8Array {
    return Buffer.concat(this.#socket.dtls.sortedHandshakeCache.map((handshake) => handshake.serialize()));
  }

  #connected(): void {
    if (this.#state !== 'handshaking') return;
    if (!this.#provesKey || !this.#provesHandshake) {
      this.#fail('The DTLS handshake ended without proof of who the peer is');
      return;
    }
    const profile = PROFILES[this.#socket.srtp.srtpProfile ?? 0];
    if (!profile) {
      this.#fail('The peer agreed to no protection profile for SRTP');
      return;
    }
    this.#state = 'connected';
    clearTimeout(this.#timeout);
    const { suite, keyBytes, saltBytes } = profile;
    const keys = this.#socket.extractSessionKeys(keyBytes, saltBytes);
    this.#options.connected({
      local: { suite, masterKey: keys.localKey, masterSalt: keys.localSalt },
      remote: { suite, masterKey: keys.remoteKey, masterSalt: keys.remoteSalt },
    });
  }

  #closedByPeer(): void {
    // An alert in the clear proves nothing while the handshake runs; a handshake that cannot go on will time out.
    if (this.#state !== 'connected') return;
    this.#end();
    this.#options.closed();
  }

  #fail(what: string, cause?: unknown): void {
    if (this.#state === 'over') return;
    const wasConnected = this.#state === 'connected';
    this.#end();
    const message = `${what}${cause instanceof Error ? `: ${cause.message}` : ''}.`;
    if (!wasConnected) this.#options.failed(new MediaError('ERR_DTLS', message, { cause }));
  }

  #end(): void {
    this.#state = 'over';
    clearTimeout(this.#timeout);
    // Its flights are sent again until the next one is reached.
    this.#socket.dtls.flight = Number.MAX_SAFE_INTEGER;
  }

  /** Forgets the association. */
  close(): void {
    if (this.#state !== 'over') this.#end();
  }
}

/** A handshake record of the first epoch whose message is a ClientHello. */
const isClientHello = (bytes: Uint8Array) =>
  bytes[0] === 22 && bytes[3] === 0 && bytes[4] === 0 && bytes[13] === HANDSHAKE.CLIENT_HELLO;
