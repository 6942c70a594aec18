import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import type { BenchReport } from './bench-report.ts';
import { duplexReportAsMarkdown, replaceDuplexSection, type DuplexReport } from './duplex/duplex-report.ts';
import {
  hearingReportAsMarkdown,
  replaceHearingSection,
  type HearingReport,
} from './hearing/hearing-report.ts';
import { replaceSection, reportAsMarkdown } from './markdown-report.ts';

/** `parley bench report`: turns the JSON of a run into Markdown. */
export function reportCommand(context: CliContext): Command {
  return new Command('report')
    .description('Turn the JSON of a run into Markdown.')
    .argument('<json>', 'file that "parley bench --json" wrote')
    .option(
      '--update <page>',
      'put it between the marks <!-- bench:start --> (or duplex:start, hearing:start) and end of this page',
    )
    .action((path: string, options: { readonly update?: string }) => report(context, path, options.update));
}

async function report(context: CliContext, path: string, page: string | undefined): Promise<void> {
  const found = await readReport(path);
  const { section, replace } = renderedOf(found);
  if (page === undefined) {
    context.stdout.write(`${section}\n`);
    return;
  }
  const before = await readFile(page, 'utf8').catch(() => '# Benchmarks\n');
  await writeFile(page, replace(before, section));
  context.stderr.write(`${page} has the results of ${path} now\n`);
}

type AnyReport = BenchReport | DuplexReport | HearingReport;

function renderedOf(found: AnyReport): {
  readonly section: string;
  readonly replace: (page: string, section: string) => string;
} {
  if (!('kind' in found)) return { section: reportAsMarkdown(found), replace: replaceSection };
  return found.kind === 'duplex'
    ? { section: duplexReportAsMarkdown(found), replace: replaceDuplexSection }
    : { section: hearingReportAsMarkdown(found), replace: replaceHearingSection };
}

async function readReport(path: string): Promise<AnyReport> {
  const advice = 'It must be a file that "parley bench --json <file>" wrote.';
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (isReport(parsed)) return parsed;
  } catch (cause) {
    throw new CliError('USAGE', `${path} cannot be read as a report`, { cause, advice });
  }
  throw new CliError('USAGE', `${path} is no report of this version`, { advice });
}

function isReport(value: unknown): value is AnyReport {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === versionOf('kind' in value ? value.kind : undefined) &&
    'cases' in value
  );
}

/** The format that is written now; an older report may mean something else by the same name. */
function versionOf(kind: unknown): AnyReport['version'] {
  return kind === 'duplex' ? 2 : 1;
}
