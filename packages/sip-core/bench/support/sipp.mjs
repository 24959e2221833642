import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinned } from './pinned.mjs';
import { startProgram } from './server-process.mjs';

/** Whether SIPp (Debian package sip-tester) is there. */
export function hasSipp() {
  return spawnSync('sipp', ['-v']).error === undefined;
}

/** SIPp as the user agent server. */
export function startSippServer() {
  return startProgram((port) => ['sipp', '-sn', 'uas', '-i', '127.0.0.1', '-p', String(port), '-nostdin']);
}

/**
 * One load by SIPp over UDP, on the second core when there is one.
 *
 * @param {object} load
 * @param {number} load.port where the server is, on 127.0.0.1
 * @param {readonly string[]} load.scenario `-sn uac`, or `-sf FILE` and what it needs
 * @param {number} load.calls
 * @param {number} load.rate calls a second
 * @param {number} [load.atOnce] most calls at a time; with a high rate, the server then sets the pace
 * @returns {Promise<{ calls: number, failed: number, retransmissions: number, rate: number }>}
 */
export function sipp({ port, scenario, calls, rate, atOnce = calls }) {
  const folder = mkdtempSync(join(tmpdir(), 'sipp-'));
  const statistics = join(folder, 'statistics.csv');
  // What a server has lost for good is not waited for.
  const patience = Math.ceil(calls / Math.min(rate, 1000)) + 10;
  const [command, ...args] = pinned(1, [
    'sipp',
    ...[...scenario, `127.0.0.1:${port}`, '-i', '127.0.0.1', '-nostdin', '-m', String(calls), '-r', String(rate)],
    ...['-l', String(atOnce), '-timeout', `${patience}s`, '-trace_stat', '-stf', statistics, '-fd', '1'],
  ]);
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      try {
        const lines = readFileSync(statistics, 'utf8').trim().split('\n');
        const names = lines[0].split(';');
        const figure = (name) => lines.at(-1).split(';')[names.indexOf(name)];
        const done = Number(figure('SuccessfulCall(C)'));
        resolve({
          calls: done,
          failed: calls - done,
          retransmissions: Number(figure('Retransmissions(C)')),
          rate: done / (seconds(figure('CurrentTime')) - seconds(figure('StartTime'))),
        });
      } catch (error) {
        reject(error);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}

/** Times end with seconds since 1970. */
function seconds(time) {
  return Number(time.split('\t').at(-1));
}
