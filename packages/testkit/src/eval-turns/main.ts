import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { evaluateEngines } from './evaluate.ts';
import { reportPicture } from './report-picture.ts';
import { replaceSection } from './report-section.ts';
import { markdownTable, plainTable, reportTables } from './report-tables.ts';

const USAGE = `Measures the voice activity engines on the turn-taking corpus, prints tables, and writes them
with a picture into docs/turn-taking.md.

  --quick      one speaker a condition, short cost measurements; writes nothing
  --no-cost    without cost, which takes most of the time; writes nothing
  --no-write   prints only
`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    'no-cost': { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await evaluate();

async function evaluate(): Promise<void> {
  const results = await evaluateEngines({
    speakers: values.quick ? 1 : 6,
    costMs: values['no-cost'] ? 0 : values.quick ? 1000 : 3000,
    onProgress: (what) => process.stderr.write(`${what}\n`),
  });
  const tables = reportTables(results);
  for (const table of tables) process.stdout.write(`${plainTable(table)}\n\n`);
  if (values.quick || values['no-cost'] || values['no-write']) return;

  const page = fileURLToPath(new URL('../../../../docs/turn-taking.md', import.meta.url));
  const text = tables
    .map((table) => `### ${table.title}\n${table.note}\n\n${markdownTable(table)}`)
    .join('\n\n');
  const made = `Measured ${new Date().toISOString().slice(0, 10)} on Node ${process.versions.node}, ${process.platform}-${process.arch}.`;
  writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), 'engines', `${made}\n\n${text}`));
  writeFileSync(page.replace(/\.md$/u, '.svg'), reportPicture(results));
  process.stderr.write(`wrote ${page} and its picture\n`);
}
