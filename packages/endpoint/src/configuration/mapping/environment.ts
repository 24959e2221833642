import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces, release, type } from 'node:os';

/** An address of this machine. */
export interface LocalAddress {
  /** Name of the adapter. */
  readonly adapter: string;
  readonly address: string;
  readonly family: 4 | 6;
}

/** What a configuration has to be told of the machine. All of it is found out when absent. */
export interface ConfigurationEnvironment {
  /** Addresses of this machine, without those of the loopback adapter. */
  addresses?: () => readonly LocalAddress[];
  /** Name of this machine. */
  hostname?: () => string;
  /** Finds the address of a host; `family` 0: of either. */
  lookup?: (host: string, family: 0 | 4 | 6) => Promise<string>;
  /** Reads a certificate, or a WAV file. */
  readFile?: (path: string) => Promise<Uint8Array>;
  /** Name and version of the operating system. */
  operatingSystem?: () => string;
  /**
   * Whether somebody could talk: with `use_headset` a headset of the list is there, without, a microphone and a loudspeaker. Calls are neither answered
   * by themselves nor, with `reject_session_when_headset_na`, let in while it says false. Always so when absent.
   */
  deviceAvailable?: () => boolean;
}

/** @internal */
export const machine: Required<ConfigurationEnvironment> = {
  addresses: () =>
    Object.entries(networkInterfaces()).flatMap(([adapter, infos = []]) =>
      infos
        .filter(({ internal }) => !internal)
        .map(({ address, family }) => ({ adapter, address, family: family === 'IPv6' ? (6 as const) : (4 as const) })),
    ),
  hostname,
  lookup: async (host, family) => (await lookup(host, { family })).address,
  readFile: (path) => readFile(path),
  operatingSystem: () => `${type()} ${release()}`,
  deviceAvailable: () => true,
};
