import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './child';

export interface Capture {
  /** Ends the capture and reads it. */
  stop(): Promise<CapturedTraffic>;
}

export interface CapturedTraffic {
  readonly file: string;
  /** One line a packet that tshark calls malformed, or whose protocol it flags as an error. */
  malformed(): string[];
  /** Number of packets a display filter selects. */
  count(filter: string): number;
  /** Of each packet a display filter selects, the values of some fields; those of one field that come several times with commas. */
  fields(filter: string, ...names: string[]): string[][];
}

/** Captures UDP and TCP on loopback, and takes the ports given for those of SIP and RTCP. */
export async function startCapture(filter: string, sipPorts: number[], rtcpPorts: number[] = []): Promise<Capture> {
  const file = join(mkdtempSync(join(tmpdir(), 'capture-')), 'call.pcapng');
  const child = start('tshark', ['-i', 'lo', '-q', '-w', file, '-f', filter]);
  await child.waitFor(/Capturing on/);
  for (let i = 0; i < 100 && !(existsSync(file) && statSync(file).size > 0); i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    async stop() {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await child.stop('SIGINT');
      const read = (...args: string[]) =>
        execFileSync(
          'tshark',
          [
            ...['-r', file, '-o', 'rtp.heuristic_rtp:TRUE'],
            ...sipPorts.flatMap((port) => ['-d', `udp.port==${port},sip`, '-d', `tcp.port==${port},sip`]),
            ...rtcpPorts.flatMap((port) => ['-d', `udp.port==${port},rtcp`]),
            ...args,
          ],
          { encoding: 'utf8', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'ignore'] },
        )
          .split('\n')
          .filter((line) => line !== '');
      return {
        file,
        malformed: () => read('-Y', '_ws.malformed || _ws.expert.severity >= 6291456'),
        count: (display) => read('-Y', display).length,
        fields: (display, ...names) =>
          read('-Y', display, '-T', 'fields', ...names.flatMap((name) => ['-e', name])).map((line) => line.split('\t')),
      };
    },
  };
}
