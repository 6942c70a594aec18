import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** What a process has used of the machine so far. */
export interface ProcessUsage {
  /** User and system time of all its threads, in seconds. */
  readonly cpuSeconds: number;
  /** Resident memory, in bytes. */
  readonly rssBytes: number;
}

/** Reads the use of a process from the operating system; `undefined` where there is no /proc. */
export async function readProcessUsage(pid: number): Promise<ProcessUsage | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // proc_pid_stat(5): the name, field 2, may hold spaces and brackets; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const rssKilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    return { cpuSeconds: ticks / clockTicksPerSecond(), rssBytes: rssKilobytes * 1024 };
  } catch {
    return undefined;
  }
}

let knownTicks: number | undefined;

/** The unit of CPU times in /proc. */
export function clockTicksPerSecond(): number {
  knownTicks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return knownTicks;
}
