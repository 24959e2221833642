export { dnsResolver } from './node/dns-resolver';
export { localAddressToward } from './node/local-address';
export { TcpTransport, type TcpTransportOptions } from './node/tcp-transport';
export { UdpTransport, type UdpTransportOptions } from './node/udp-transport';
