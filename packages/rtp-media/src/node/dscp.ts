import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { MediaError } from '../platform/errors';

// Node.js file: marks UDP sockets through the C library of the system.

/** What `koffi` is used for. */
interface ForeignFunctions {
  load(library: null): { func(name: string, result: string, parameters: string[]): (...values: unknown[]) => number };
  errno(): number;
}

/** Sets an option of a socket. @returns 0, or the number of the error */
type SetSocketOption = (fd: number, level: number, option: number, value: number) => number;

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
/** IP_TOS and IPV6_TCLASS where Node.js runs and sockets are file descriptors. */
const OPTIONS: Readonly<Record<string, readonly [tos: number, trafficClass: number]>> = {
  linux: [1, 67],
  android: [1, 67],
  darwin: [3, 36],
  freebsd: [3, 61],
  openbsd: [3, 61],
};

let loading: Promise<SetSocketOption> | undefined;

/**
 * Marks all that a bound socket sends with a code point of Differentiated Services (RFC 2474), so that networks which are set up for it
 * let voice go first: 46 is expedited forwarding (RFC 3246), what voice uses.
 *
 * Node.js has no way to do so. This one needs the npm package `koffi`, which is loaded at the first use, and a system whose
 * sockets are file descriptors: not Windows, where programs may not mark.
 *
 * @param dscp 0 to 63
 * @throws MediaError `ERR_DSCP` when packets cannot be marked here, `ERR_MEDIA_ARGUMENT` (through the promise)
 */
export async function markDscp(socket: Socket, dscp: number): Promise<void> {
  if (!Number.isInteger(dscp) || dscp < 0 || dscp > 63) {
    throw new MediaError('ERR_MEDIA_ARGUMENT', `Give dscp a code point from 0 to 63, not ${dscp}.`);
  }
  const options = OPTIONS[process.platform];
  const fd = descriptorOf(socket);
  if (!options || fd === undefined) {
    throw new MediaError('ERR_DSCP', `Packets cannot be marked on ${process.platform}; leave dscp out.`);
  }
  loading ??= load();
  const setOption = await loading.catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const ipv6 = isIPv6(socket.address().address);
  // The code point is the upper six bits of the octet (RFC 2474 §3).
  const error = setOption(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, options[ipv6 ? 1 : 0], dscp << 2);
  if (error !== 0) {
    throw new MediaError('ERR_DSCP', `The system refused to mark packets (error ${error}); leave dscp out.`);
  }
}

async function load(): Promise<SetSocketOption> {
  let koffi: ForeignFunctions;
  try {
    const module = (await import('koffi')) as unknown as { default: ForeignFunctions };
    koffi = module.default;
  } catch (cause) {
    const message = 'Packets are marked by means of the package koffi: `npm install koffi`, or leave dscp out.';
    throw new MediaError('ERR_DSCP', message, { cause });
  }
  try {
    const parameters = ['int', 'int', 'int', 'int *', 'uint32_t'];
    const setsockopt = koffi.load(null).func('setsockopt', 'int', parameters);
    return (fd, level, option, value) => (setsockopt(fd, level, option, [value], 4) === 0 ? 0 : koffi.errno());
  } catch (cause) {
    throw new MediaError('ERR_DSCP', 'This system has no setsockopt that koffi can call; leave dscp out.', { cause });
  }
}

/** Node.js keeps the handle of a UDP socket under a symbol; its older name warns of deprecation. */
function descriptorOf(socket: Socket): number | undefined {
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    if (symbol.description !== 'state symbol') continue;
    const state: unknown = Reflect.get(socket, symbol);
    const fd = (state as { handle?: { fd?: unknown } } | undefined)?.handle?.fd;
    if (typeof fd === 'number' && fd >= 0) return fd;
  }
  return undefined;
}
