import { readFile } from 'node:fs/promises';
import { clockTicksPerSecond } from './process-usage.ts';

/** What the whole machine has done so far, in seconds of one core. */
export interface MachineUsage {
  /** All processes and the kernel. */
  readonly busySeconds: number;
  /** Time in which a virtual machine's host ran something else. */
  readonly stolenSeconds: number;
}

/** Reads the use of the machine; `undefined` where there is no /proc. */
export async function readMachineUsage(): Promise<MachineUsage | undefined> {
  try {
    const line = /^cpu +(.*)$/m.exec(await readFile('/proc/stat', 'utf8'))?.[1] ?? '';
    // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(' ').map(Number);
    const ticks = clockTicksPerSecond();
    return { busySeconds: (user + nice + system + irq + softirq) / ticks, stolenSeconds: steal / ticks };
  } catch {
    return undefined;
  }
}
