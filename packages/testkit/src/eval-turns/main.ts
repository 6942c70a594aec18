import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { evaluateEngines } from './evaluate.ts';
import { reportPicture } from './report-picture.ts';
import { replaceSection } from './report-section.ts';
import { markdownTable, plainTable, reportTables, type ReportTable } from './report-tables.ts';
import { evaluateSystem } from './system/evaluate-system.ts';
import { framesWhileHeld, systemPicture, systemTables } from './system/system-report.ts';

const USAGE = `Measures the voice activity engines, and then the whole system with each of them, on the turn-taking
corpus; prints tables, and writes them with pictures into docs/turn-taking.md.

  --only engines|system   one of the two
  --quick                 one speaker a condition, short cost measurements; writes nothing
  --no-cost               without the engines' cost, which takes most of their time; writes nothing
  --no-write              prints only
  --sessions <n>          sessions that talk to a server at once (default: 12)
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'no-cost': { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    sessions: { type: 'string', default: '12' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const PAGE = fileURLToPath(new URL('../../../../docs/turn-taking.md', import.meta.url));
const isWritten = !values.quick && !values['no-cost'] && !values['no-write'];
const speakers = values.quick ? 1 : 6;
const onProgress = (what: string): void => void process.stderr.write(`${what}\n`);

if (values.help) process.stdout.write(USAGE);
else {
  if (values.only !== 'system') await evaluate();
  if (values.only !== 'engines') await evaluateWhole();
}

async function evaluate(): Promise<void> {
  const costMs = values['no-cost'] ? 0 : values.quick ? 1000 : 3000;
  const results = await evaluateEngines({ speakers, costMs, onProgress });
  report('engines', reportTables(results), '');
  if (isWritten) writeFileSync(PAGE.replace(/\.md$/u, '.svg'), reportPicture(results));
}

async function evaluateWhole(): Promise<void> {
  const results = await evaluateSystem({ speakers, sessions: Number(values.sessions), onProgress });
  const frames = framesWhileHeld(results);
  const note = `Frames that came after the client had been told to hold, in all clips: ${frames}.`;
  process.stdout.write(`${note}\n\n`);
  report('system', systemTables(results), `\n${note}`);
  if (isWritten) writeFileSync(PAGE.replace(/\.md$/u, '-system.svg'), systemPicture(results));
}

function report(section: string, tables: readonly ReportTable[], note: string): void {
  for (const table of tables) process.stdout.write(`${plainTable(table)}\n\n`);
  if (!isWritten) return;
  const text = tables
    .map((table) => `### ${table.title}\n${table.note}\n\n${markdownTable(table)}`)
    .join('\n\n');
  const made = `Measured ${new Date().toISOString().slice(0, 10)} on Node ${process.versions.node}, ${process.platform}-${process.arch}.${note}`;
  writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), section, `${made}\n\n${text}`));
  process.stderr.write(`wrote ${PAGE} and its picture\n`);
}
