import { readFileSync } from 'node:fs';

/** Resident memory of a process in bytes, as Linux tells it. */
export function residentMemory(processId: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
