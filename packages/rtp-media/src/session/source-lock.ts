import type { Address } from '../transport/rtp-transport';
import { isReachable } from '../transport/rtp-transport';

/** What a {@link SourceLock} says about a packet's origin. */
export type LockVerdict = 'accept' | 'relearned' | 'foreign';

/** Packets in sequence that an unannounced host must send before it is believed. */
const PROOF_PACKETS = 3;

/**
 * Decides whose packets are the peer's: media are locked to the source that signalling announced, with symmetric RTP
 * (RFC 4961) for peers behind address translation.
 *
 * 1. Packets from the announced host are accepted; when they come from another port, that port is where we send from
 *    then on.
 * 2. While the announced host has not been heard, another host is believed after three packets of one stream with
 *    consecutive sequence numbers, and becomes the peer. The announced host, once heard, takes its place back for good.
 * 3. After that all others are strangers, until signalling announces a new address.
 *
 * A source proven by other means, as by a connectivity check (RFC 8445 §12.2), is believed at once and alone: see
 * {@link SourceLock.believe}.
 */
export class SourceLock {
  #announced: Address = { host: '', port: 0 };
  /** The source believed before the latest announcement. */
  #left: Address = { host: '', port: 0 };
  /** The source believed; its host is empty until one is. */
  readonly #locked: Address = { host: '', port: 0 };
  #fromAnnounced = false;
  #candidateHost = '';
  #candidatePort = 0;
  #candidateSsrc = 0;
  #candidateSequence = 0;
  #candidateCount = 0;

  /** Sets what signalling announced. The same address as before changes nothing. */
  announce(address: Readonly<Address>): void {
    if (address.host === this.#announced.host && address.port === this.#announced.port) return;
    this.#announced = { host: address.host, port: address.port };
    // What is still under way from where the peer was must not be taken for the peer.
    this.#left = { host: this.#locked.host, port: this.#locked.port };
    this.#locked.host = '';
    this.#fromAnnounced = false;
    this.#candidateCount = 0;
  }

  /**
   * Takes an address that was proven to be the peer's, as by ICE. It is accepted from now on and nothing else is, not
   * even another port of its host, until {@link announce} names another address or another one is proven.
   */
  believe(address: Readonly<Address>): void {
    this.announce(address);
    this.#lock(address, true);
  }

  /** Where the peer is: the source believed, or what was announced. */
  get remote(): Readonly<Address> {
    return this.#locked.host === '' ? this.#announced : this.#locked;
  }

  /** Whether a packet of the peer was seen. */
  get locked(): boolean {
    return this.#locked.host !== '';
  }

  /** Whether a host is the peer's, for RTCP, whose port may be any. */
  isPeerHost(host: string): boolean {
    return host === this.#locked.host || host === this.#announced.host;
  }

  /** Whether a packet comes from the source believed, as nearly all do: {@link check} would accept it. */
  believes(from: Readonly<Address>): boolean {
    const locked = this.#locked;
    return from.port === locked.port && from.host === locked.host;
  }

  /** Judges the origin of a valid RTP packet. `relearned` accepts it and says that {@link remote} has changed. */
  check(from: Readonly<Address>, ssrc: number, sequence: number): LockVerdict {
    if (this.believes(from)) return 'accept';
    if (from.host === this.#announced.host) {
      // The announced port wins over others of that host, and others only over nothing.
      if (this.#fromAnnounced && from.port !== this.#announced.port) return 'foreign';
      return this.#lock(from, true);
    }
    if (this.#fromAnnounced || this.locked) return 'foreign';
    if (from.host === this.#left.host && from.port === this.#left.port) return 'foreign';
    return this.#prove(from, ssrc, sequence) ? this.#lock(from, false) : 'foreign';
  }

  #lock(from: Readonly<Address>, announced: boolean): LockVerdict {
    const before = this.remote;
    const same = before.host === from.host && before.port === from.port;
    this.#locked.host = from.host;
    this.#locked.port = from.port;
    this.#fromAnnounced = announced;
    return same ? 'accept' : 'relearned';
  }

  #prove(from: Readonly<Address>, ssrc: number, sequence: number): boolean {
    // After a hold with no address there is nobody to answer.
    if (!isReachable(this.#announced)) return false;
    const follows =
      this.#candidateCount > 0 &&
      from.host === this.#candidateHost &&
      from.port === this.#candidatePort &&
      ssrc === this.#candidateSsrc &&
      sequence === ((this.#candidateSequence + 1) & 0xffff);
    this.#candidateCount = follows ? this.#candidateCount + 1 : 1;
    this.#candidateHost = from.host;
    this.#candidatePort = from.port;
    this.#candidateSsrc = ssrc;
    this.#candidateSequence = sequence;
    return this.#candidateCount >= PROOF_PACKETS;
  }
}
