import type { ReportTable } from '@parley/testkit/report';
import { type Cell, redisShares } from './redis-arithmetic.ts';

const SESSIONS_PER_ORCHESTRATOR = 1000;
const SESSIONS_PER_WORKER = 16 * 0.8;
const HOLD_SECONDS = 30;
const RECORD_BYTES = 1000;
const REFRESH_SECONDS = 3;

/** Fleets of one cell with this many sessions at once. */
const sessionCounts = [1000, 10_000, 25_000, 50_000, 100_000, 200_000] as const;

/** What cells of growing size cost their Redis. */
export function cellTable(): ReportTable {
  return {
    title: 'One cell',
    note: '',
    columns: [
      'sessions',
      'orchestrators',
      'workers',
      'claims',
      'renewals',
      'counts',
      'records',
      'Redis busy',
      'records read',
    ],
    rows: sessionCounts.map((sessions) => rowOf(cellOf(sessions))),
  };
}

/** The cell that serves so many sessions with 1,000 on an orchestrator and 16 places, four of five taken, on a worker. */
export function cellOf(sessions: number): Cell {
  return {
    sessions,
    orchestrators: Math.ceil(sessions / SESSIONS_PER_ORCHESTRATOR),
    workers: Math.ceil(sessions / SESSIONS_PER_WORKER),
    holdSeconds: HOLD_SECONDS,
  };
}

function rowOf(cell: Cell): string[] {
  const { claims, renewals, counts, records, total } = redisShares(cell);
  const bytes = ((cell.orchestrators * cell.workers) / REFRESH_SECONDS) * RECORD_BYTES;
  return [
    ...[cell.sessions, cell.orchestrators, cell.workers].map((value) => value.toLocaleString('en')),
    ...[claims, renewals, counts, records, total].map((share) => `${(share * 100).toFixed(1)} %`),
    `${(bytes / 1e6).toFixed(1)} MB/s`,
  ];
}
