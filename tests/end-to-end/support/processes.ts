import { readdirSync, readFileSync } from 'node:fs';
import { until } from '@parley/testkit';

/** Ids of the processes that belong to a group now, without those that are dead and only wait to be noticed. */
export function processesInGroup(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((pid) => {
      const stat = statOf(pid);
      return stat !== undefined && stat.group === group && stat.state !== 'Z';
    });
}

/**
 * Waits until nothing is left of a group: what ends may take a moment for it. Ends what does not.
 *
 * @throws Error when something stays
 */
export async function untilGroupIsGone(group: number): Promise<void> {
  try {
    await until(() => processesInGroup(group).length === 0, `the end of all processes of group ${group}`);
  } catch (error) {
    process.kill(-group, 'SIGKILL');
    throw error;
  }
}

function statOf(pid: number): { readonly state: string; readonly group: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything.
    const [state = '', , group = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group) };
  } catch {
    return undefined;
  }
}
