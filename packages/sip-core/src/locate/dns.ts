import { SipError } from '../platform/errors';

/** What every DNS record has. */
export interface DnsRecord {
  /** How long it may be remembered, in seconds; 0 for this use only. */
  readonly ttl: number;
}

/** A or AAAA: an address of a host. */
export interface AddressRecord extends DnsRecord {
  /** IPv4 in dotted decimal, or IPv6. */
  readonly address: string;
}

/** SRV: a server of a service (RFC 2782). */
export interface SrvRecord extends DnsRecord {
  /** Lower is asked first. */
  readonly priority: number;
  /** Share among those of one priority. */
  readonly weight: number;
  readonly port: number;
  /** Host name; `.` or the empty text says that the service is not to be had. */
  readonly target: string;
}

/** NAPTR: a rule that leads to another name (RFC 3403 §4.1). */
export interface NaptrRecord extends DnsRecord {
  /** Lower is taken first. */
  readonly order: number;
  /** Among equal orders lower is preferred. */
  readonly preference: number;
  readonly flags: string;
  readonly services: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** Settings of one look-up. */
export interface DnsQueryOptions {
  /** Gives the look-up up. */
  readonly signal?: AbortSignal;
}

/**
 * Looks DNS records up. CNAME records are followed by who implements this. Each method gives one record at least.
 *
 * @throws DnsError (through the promise) when there is none, or nobody could say
 */
export interface Dns {
  /** NAPTR records (RFC 3403). */
  naptr(name: string, options?: DnsQueryOptions): Promise<readonly NaptrRecord[]>;
  /** SRV records (RFC 2782). */
  srv(name: string, options?: DnsQueryOptions): Promise<readonly SrvRecord[]>;
  /** IPv4 addresses. */
  a(name: string, options?: DnsQueryOptions): Promise<readonly AddressRecord[]>;
  /** IPv6 addresses. */
  aaaa(name: string, options?: DnsQueryOptions): Promise<readonly AddressRecord[]>;
}

/** Types of records, named as the methods of {@link Dns} are. */
export type DnsRecordType = keyof Dns;

/**
 * Why there are no records: the name does not exist, it has none of this type (RFC 2308 §2), the server could not answer, or nobody
 * answered in time.
 */
export type DnsFailure = 'nxdomain' | 'nodata' | 'server-failure' | 'timeout';

const CODES: Readonly<Record<DnsFailure, string>> = {
  nxdomain: 'ERR_SIP_DNS_NXDOMAIN',
  nodata: 'ERR_SIP_DNS_NODATA',
  'server-failure': 'ERR_SIP_DNS_SERVER_FAILURE',
  timeout: 'ERR_SIP_DNS_TIMEOUT',
};

const WORDS: Readonly<Record<DnsFailure, (type: string, name: string) => string>> = {
  nxdomain: (_type, name) => `There is no "${name}" in the DNS; check its spelling.`,
  nodata: (type, name) => `"${name}" has no ${type} records.`,
  'server-failure': (type, name) => `The DNS server could not tell the ${type} records of "${name}"; try again later.`,
  timeout: (type, name) => `No DNS server answered when asked for the ${type} records of "${name}"; check the network.`,
};

/** A look-up gave no records. */
export class DnsError extends SipError {
  readonly failure: DnsFailure;
  /** How long it may be remembered that there is nothing, in seconds (RFC 2308 §5); undefined when the zone does not say. */
  readonly ttl: number | undefined;

  constructor(
    failure: DnsFailure,
    type: string,
    name: string,
    { ttl, cause }: { ttl?: number | undefined; cause?: unknown } = {},
  ) {
    super(WORDS[failure](type, name), { code: CODES[failure], cause });
    this.failure = failure;
    this.ttl = ttl;
  }

  /** Whether it is certain that there are no such records: asking again gives the same. */
  get certain(): boolean {
    return this.failure === 'nxdomain' || this.failure === 'nodata';
  }
}
