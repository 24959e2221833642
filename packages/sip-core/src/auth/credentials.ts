import type { SipRequest } from '../message/request';
import type { DigestAlgorithm } from './digest';

/** Who we are toward a server, and the password that proves it. */
export interface PasswordCredentials {
  readonly username: string;
  readonly password: string;
  /** The only realm these are for; any when absent. */
  readonly realm?: string | undefined;
}

/** Who we are, without the password itself: its hash for each algorithm that is to be answered (RFC 7616 §3.4.2). */
export interface HashedCredentials {
  readonly username: string;
  /** Hashes of `username:realm:password` in hexadecimal, as {@link ha1} computes them. Algorithms that are missing are not answered. */
  readonly ha1: Readonly<Partial<Record<DigestAlgorithm, string>>>;
  /** The realm that went into the hashes. */
  readonly realm: string;
}

/** Who we are toward a server. {@link SealedCredentials} are such that no log shows. */
export type Credentials = PasswordCredentials | HashedCredentials;

/** What a {@link CredentialProvider} is asked for. */
export interface CredentialQuery {
  readonly realm: string;
  /** Whether a proxy asks (407) or the server itself (401). */
  readonly proxy: boolean;
  /** Algorithm that will be answered with. */
  readonly algorithm: DigestAlgorithm;
  /** The request that was challenged. */
  readonly request: SipRequest;
}

/**
 * Finds the credentials for a realm, for instance in a vault; undefined when there are none. Asked when a realm challenges for
 * the first time, and again when what it gave was refused.
 */
export type CredentialProvider = (query: CredentialQuery) => Credentials | undefined | Promise<Credentials | undefined>;

/**
 * Credentials that keep their password to themselves: printed, inspected or turned into JSON they show the user name only.
 */
export class SealedCredentials implements PasswordCredentials {
  readonly username: string;
  readonly realm: string | undefined;
  readonly #password: string;

  constructor(username: string, password: string, realm?: string) {
    this.username = username;
    this.realm = realm;
    this.#password = password;
  }

  /** The password, for the digest. */
  get password(): string {
    return this.#password;
  }

  toString(): string {
    return `credentials of ${this.username}`;
  }

  /** What may be shown of them: no password. */
  toJSON(): object {
    return { username: this.username, ...(this.realm !== undefined && { realm: this.realm }) };
  }

  /** What Node.js prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `SealedCredentials(${this.username})`;
  }
}
