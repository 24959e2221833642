export { DnsClient, type DnsClientOptions } from './node/dns-client';
export { createDnsResolver, type DnsResolverOptions, dnsResolver } from './node/dns-resolver';
export { EventLoopOverload, type EventLoopOverloadOptions } from './node/event-loop-overload';
export { HepExporter, type HepExporterCounters, type HepExporterOptions } from './node/hep-exporter';
export { localAddressToward } from './node/local-address';
export { PcapngFile, type PcapngFileOptions, type TraceFileCounters } from './node/pcapng-file';
export { TcpTransport, type TcpTransportOptions } from './node/tcp-transport';
export { UdpTransport, type UdpTransportOptions } from './node/udp-transport';
