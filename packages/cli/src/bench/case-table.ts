import type { MachineInfo } from './bench-report.ts';

/** A column of {@link caseTable}: its head, and what it shows of a case. */
export type CaseColumn<Case> = readonly [head: string, show: (measured: Case) => string];

/** What a report of one row a case needs to tell of its run. */
export interface CaseRun {
  readonly command: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly machine: MachineInfo;
}

/** The lines of Markdown that say what was run, when and on what. */
export function runLines({ command, startedAt, machine }: CaseRun): string[] {
  return [
    `- Command: \`${command}\``,
    `- When: ${startedAt}`,
    `- Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.system}; load average before the run ${machine.loadAverage.toFixed(2)}`,
    `- Node ${machine.node}, commit ${machine.commit}`,
  ];
}

/** A Markdown table with a row for each case; all columns but the second, a name, are numbers. */
export function caseTable<Case>(columns: readonly CaseColumn<Case>[], cases: readonly Case[]): string[] {
  return [
    `| ${columns.map(([head]) => head).join(' | ')} |`,
    `| ${columns.map((_, index) => (index === 1 ? '---' : '---:')).join(' | ')} |`,
    ...cases.map((measured) => `| ${columns.map(([, show]) => show(measured)).join(' | ')} |`),
  ];
}
