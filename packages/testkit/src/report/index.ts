export { barChart, type BarPanel } from '../eval-turns/bar-chart.ts';
export { replaceSection } from '../eval-turns/report-section.ts';
export { markdownTable, plainTable, type ReportTable } from '../eval-turns/report-tables.ts';
