/** Whether the number can stand in an `m=` line. */
export function isPort(port: unknown): port is number {
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65535;
}

/** Address type of a `c=` or `o=` line. */
export function addressVersion(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** The address of a `c=` line without the scope of multicast (`/127`) and without brackets. */
export function bareAddress(address: string): string {
  return address.replace(/\/.*$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Whether the text is an IPv4 address, an IPv6 address or a host name. */
export function isAddress(address: string): boolean {
  if (address.length > 255) return false;
  if (address.includes(':')) return /^[0-9a-fA-F:.]+(%[0-9A-Za-z._-]+)?$/.test(address);
  if (/^[0-9.]+$/.test(address)) return isIPv4(address);
  return /^[0-9A-Za-z_]([0-9A-Za-z_.-]*)$/.test(address);
}

/** Whether the address is a group's, not a host's. */
export function isMulticast(address: string): boolean {
  return address.includes(':') ? /^ff/i.test(address) : /^(22[4-9]|23\d)\.\d+\.\d+\.\d+$/.test(address);
}

/** The addresses that mean "send nothing here" (RFC 3264 §8.4, RFC 6157 §5.1). */
export function isBlackHole(address: string): boolean {
  return address === '0.0.0.0' || /^(0{0,4}:){2,7}0{0,4}$/.test(address) || /\.invalid\.?$/i.test(address);
}

function isIPv4(address: string): boolean {
  const parts = address.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}
