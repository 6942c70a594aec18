import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { markdownTable, plainTable, replaceSection, type ReportTable } from '@parley/testkit/report';
import { cellTable } from './cell-table.ts';
import { runSimulations, simulationPicture, simulationTables } from './report.ts';
import { quickSizes, reportSizes } from './scenarios.ts';

const USAGE = `Simulates fleets in virtual time, with the routing of the product; prints tables, and writes them with a
picture into docs/scaling.md. Takes some minutes; the same numbers come every time.

  --quick      small fleets, in seconds; writes nothing
  --no-write   prints only
`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const PAGE = fileURLToPath(new URL('../../../../../docs/scaling.md', import.meta.url));

if (values.help) process.stdout.write(USAGE);
else await main();

async function main(): Promise<void> {
  const sizes = values.quick ? quickSizes : reportSizes;
  const report = await runSimulations(sizes, (what) => process.stderr.write(`${what}\n`));
  const tables = simulationTables(report);
  const cells = cellTable();
  for (const table of [...tables, cells]) process.stdout.write(`${plainTable(table)}\n\n`);
  if (values.quick || values['no-write']) return;
  const page = replaceSection(readFileSync(PAGE, 'utf8'), 'simulation', tables.map(section).join('\n\n'));
  writeFileSync(PAGE, replaceSection(page, 'cells', markdownTable(cells)));
  writeFileSync(PAGE.replace(/\.md$/u, '.svg'), simulationPicture(report));
  process.stderr.write(`wrote ${PAGE} and its picture\n`);
}

function section(table: ReportTable): string {
  return `### ${table.title}\n\n${table.note}\n\n${markdownTable(table)}`;
}
