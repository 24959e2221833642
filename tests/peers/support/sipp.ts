import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, start } from './child';
import { freePort, untilBound } from './ports';
import type { SippScenario } from './sipp-scenario';

export interface SippOptions {
  /** A built-in scenario (`uac`, `uas`), one of ours, `scenarios/NAME.xml`, or one written in the test. */
  scenario: string | SippScenario;
  /** Where requests go; absent for a callee. */
  remote?: string;
  /** Calls to make or take before it ends. */
  calls?: number;
  /** Calls a second. */
  rate?: number;
  /** The user part it dials. */
  service?: string;
  transport?: 'u1' | 't1';
  /** Over IPv6: ::1 in place of 127.0.0.1. */
  ipv6?: boolean;
  args?: string[];
  /** Gives up after this many seconds. */
  timeout?: number;
}

export interface Sipp {
  readonly port: number;
  readonly child: Child;
  /** Resolves when it has ended, with its own counts. */
  readonly result: Promise<SippResult>;
}

export interface SippResult {
  exitCode: number | null;
  successful: number;
  failed: number;
  retransmissions: number;
  /** What it printed and logged, for the message of a failed expectation. */
  report: string;
}

const builtIn = new Set(['uac', 'uas', 'uac_pcap', 'regexp', 'branchc', 'branchs', '3pcc-A']);

/** Starts SIPp on the loopback address for the current test. */
export async function startSipp(options: SippOptions): Promise<Sipp> {
  const folder = mkdtempSync(join(tmpdir(), 'sipp-'));
  const port = await freePort();
  const statistics = join(folder, 'statistics.csv');
  const errors = join(folder, 'errors.log');
  const scenario = scenarioArguments(options.scenario, folder);
  const child = start(
    'sipp',
    [
      ...scenario,
      ...(options.remote ? [options.remote] : []),
      ...['-i', options.ipv6 ? '::1' : '127.0.0.1', '-p', String(port), '-nostdin', '-t', options.transport ?? 'u1'],
      ...['-m', String(options.calls ?? 1), '-r', String(options.rate ?? 10), '-l', String(options.calls ?? 1)],
      ...['-timeout', `${options.timeout ?? 60}s`, '-timeout_error'],
      ...['-trace_stat', '-stf', statistics, '-fd', '1', '-trace_err', '-error_file', errors],
      ...(options.service ? ['-s', options.service] : []),
      ...(options.args ?? []),
    ],
    { cwd: folder },
  );
  const result = child.exited.then((exitCode) => {
    const csv = readOr(statistics, '');
    const lines = csv.trim().split('\n');
    const names = (lines[0] ?? '').split(';');
    const last = (lines.at(-1) ?? '').split(';');
    const figure = (name: string) => Number(last[names.indexOf(name)] ?? Number.NaN);
    return {
      exitCode,
      successful: figure('SuccessfulCall(C)'),
      failed: figure('FailedCall(C)'),
      retransmissions: figure('Retransmissions(C)'),
      report: `${readOr(errors, '')}\n${child.output().slice(-3000)}`,
    };
  });
  const protocol = options.transport === 't1' ? 'tcp' : 'udp';
  if (!options.remote) await untilBound(options.ipv6 ? `${protocol}6` : protocol, port);
  return { port, child, result };
}

function scenarioArguments(scenario: string | SippScenario, folder: string): string[] {
  if (typeof scenario === 'string') {
    if (builtIn.has(scenario)) return ['-sn', scenario];
    return ['-sf', fileURLToPath(new URL(`../scenarios/${scenario}.xml`, import.meta.url))];
  }
  const file = join(folder, `${scenario.name}.xml`);
  writeFileSync(file, scenario.xml);
  return ['-sf', file];
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
