import type { BenchCase } from './bench-report.ts';
import { caseRows } from './case-rows.ts';

/** One case as an aligned table for a terminal. */
export function caseAsText(measured: BenchCase): string {
  const head = [`${measured.sessions} sessions`, measured.server.target, 'bare pipe', 'ratio'];
  const rows = [head, ...caseRows(measured)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, '-'.repeat(Math.max(...lines.map((line) => line.length))));
  return [...lines, ...firstErrors(measured)].join('\n');
}

function firstErrors({ server, barePipe }: BenchCase): string[] {
  return [server, barePipe].flatMap((result) =>
    result?.counts.firstError === undefined ? [] : [`${result.target}: ${result.counts.firstError}`],
  );
}
