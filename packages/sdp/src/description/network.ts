/** Whether the number can stand in an `m=` line. */
export function isPort(port: unknown): port is number {
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65535;
}

/** Address type of a `c=` or `o=` line. */
export function addressVersion(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** The addresses that mean "send nothing here" (RFC 3264 §8.4, RFC 6157 §5.1). */
export function isBlackHole(address: string): boolean {
  return address === '0.0.0.0' || /^(0{0,4}:){2,7}0{0,4}$/.test(address) || address.endsWith('.invalid');
}
