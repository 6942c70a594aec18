import type { BenchReport } from './bench-report.ts';
import { caseRows } from './case-rows.ts';
import { kilobytes, megabytes } from './format-number.ts';

/** The report as a section of a Markdown page. */
export function reportAsMarkdown(report: BenchReport): string {
  const { machine } = report;
  const facts = [
    `- Command: \`${report.command}\``,
    `- When: ${report.startedAt}`,
    `- Machine: ${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)}, ${machine.system}; load average before the run ${machine.loadAverage.toFixed(2)}`,
    `- Node ${machine.node}, commit ${machine.commit}`,
    `- Cores: ${report.pinning}`,
    `- Worker: \`tone\` in real time, ${report.workerLeadMs} ms ahead; steady window of ${report.seconds} s`,
  ];
  const cases = report.cases.map((measured) => {
    const rows = caseRows(measured).map((cells) => `| ${cells.join(' | ')} |`);
    return [
      `### ${measured.sessions.toLocaleString('en')} sessions`,
      '',
      `| | ${measured.server.target} | bare pipe | ratio |`,
      '| --- | ---: | ---: | ---: |',
      ...rows,
    ].join('\n');
  });
  const { idle } = report;
  const idleText =
    idle === undefined
      ? []
      : [
          `### ${idle.connections.toLocaleString('en')} idle connections\n\nOne adds ${kilobytes(idle.serverBytesEach)} of resident memory to Parley, ${kilobytes(idle.barePipeBytesEach)} to the bare pipe.`,
        ];
  return [facts.join('\n'), ...cases, ...idleText].join('\n\n');
}

/** Puts `section` between the marks of `page`, or with marks at its end where it has none. */
export function replaceSection(page: string, section: string): string {
  return replaceMarked(page, 'bench', section);
}

/** Puts `section` between `<!-- name:start -->` and `<!-- name:end -->`, or with these at the end of the page. */
export function replaceMarked(page: string, name: string, section: string): string {
  const startMark = `<!-- ${name}:start -->`;
  const endMark = `<!-- ${name}:end -->`;
  const marked = `${startMark}\n${section}\n${endMark}`;
  const start = page.indexOf(startMark);
  const end = page.indexOf(endMark);
  if (start === -1 || end < start) return `${page.trimEnd()}\n\n${marked}\n`;
  return page.slice(0, start) + marked + page.slice(end + endMark.length);
}
