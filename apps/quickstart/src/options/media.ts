import type { EndpointOptions } from '@offhook/endpoint';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { usageError } from '../command-error';

/** How audio goes and how it is protected, as given on the command line. */
export interface MediaOptions {
  readonly srtp?: 'disabled' | 'optional' | 'elective' | 'mandatory';
  readonly keying?: ('sdes' | 'dtls')[];
  readonly ice?: boolean;
  readonly iceServer?: string[];
  readonly iceUser?: string;
  readonly icePassword?: string;
  readonly relayOnly?: boolean;
  readonly rtcpMux?: boolean;
  readonly dtx?: boolean;
  readonly redundancy?: 0 | 1 | 2;
  readonly dscp?: number;
}

/** Adds `--srtp`, `--keying`, `--ice` and what belongs to it, `--rtcp-mux`, `--dtx`, `--redundancy` and `--dscp`. */
export function addMediaOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--srtp <policy>', 'whether audio is protected (default: disabled)').choices([
        'disabled',
        'optional',
        'elective',
        'mandatory',
      ]),
    )
    .option('--keying <names>', 'where keys come from, the preferred first: sdes, dtls (default: both)', keying)
    .option('--ice', 'find a way through address translators and firewalls (ICE)')
    .option('--ice-server <url>', 'stun:, turn: or turns: server; may be repeated; means --ice', server)
    .option('--ice-user <name>', 'user name for TURN')
    .option('--ice-password <password>', 'its password')
    .option('--relay-only', 'let audio go over TURN servers only')
    .option('--rtcp-mux', 'RTCP on the port of RTP')
    .option('--dtx', 'send nothing in pauses')
    .option('--redundancy <number>', 'packets that each packet repeats: 0, 1 or 2 (default: 0)', generations)
    .option('--dscp <number>', 'mark audio for routers, 46 as a rule; needs the package koffi', codePoint);
}

/** @throws CommandError when a TURN server has no user */
export function mediaOf(options: MediaOptions): EndpointOptions {
  const { srtp, keying: names, ice, iceServer = [], iceUser, icePassword, relayOnly, rtcpMux, dtx, dscp } = options;
  const { redundancy } = options;
  if (iceServer.some((url) => url.startsWith('turn')) && (iceUser === undefined || icePassword === undefined)) {
    throw usageError('A TURN server needs --ice-user and --ice-password.');
  }
  if (names && (srtp === undefined || srtp === 'disabled')) {
    throw usageError('--keying says where keys come from; add --srtp optional, elective or mandatory.');
  }
  const account = iceUser !== undefined && icePassword !== undefined && { username: iceUser, credential: icePassword };
  const hasIce = ice || iceServer.length > 0 || relayOnly;
  return {
    ...(srtp && { mediaSecurity: { policy: srtp, ...(names && { keying: names }) } }),
    ...(hasIce && {
      ice: {
        ...(iceServer.length > 0 && { servers: [{ urls: iceServer, ...account }] }),
        ...(relayOnly && { relayOnly }),
      },
    }),
    ...(rtcpMux && { rtcpMux }),
    ...(dtx && { dtx }),
    ...(redundancy !== undefined && { redundancy }),
    ...(dscp !== undefined && { dscp }),
  };
}

function keying(text: string): ('sdes' | 'dtls')[] {
  return text.split(',').map((name) => {
    const trimmed = name.trim();
    if (trimmed === 'sdes' || trimmed === 'dtls') return trimmed;
    throw new InvalidArgumentError('It must be sdes, dtls or both with a comma between.');
  });
}

function server(text: string, before: readonly string[] = []): string[] {
  if (/^(stun|turns?):[^\s]+$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('It must look like stun:HOST, turn:HOST or turns:HOST, with a port if you like.');
}

function generations(text: string): 0 | 1 | 2 {
  if (text === '0' || text === '1' || text === '2') return Number(text) as 0 | 1 | 2;
  throw new InvalidArgumentError('It must be 0, 1 or 2.');
}

function codePoint(text: string): number {
  if (/^\d{1,2}$/.test(text) && Number(text) < 64) return Number(text);
  throw new InvalidArgumentError('It must be a code point from 0 to 63, such as 46.');
}
