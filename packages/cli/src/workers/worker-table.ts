import { columns, shortList } from './columns.ts';
import type { FetchedWorkers, ModelRow, WorkerRow } from './worker-list.ts';

/** The workers as a table, or a sentence when there are none. */
export function workerTable({ total, workers }: FetchedWorkers): string {
  if (workers.length === 0) return 'There are no workers. "parley worker" runs one.\n';
  const heads = ['NAME', 'ADDRESS', 'STATE', 'SLOTS', 'P50 MS', 'RTF', 'AGE', 'LANGUAGES', 'MODELS'];
  const table = columns([heads, ...workers.map(workerCells)]);
  return total > workers.length ? `${table}and ${total - workers.length} more\n` : table;
}

/** The models of workers as a table, or a sentence when there are none. */
export function modelTable(models: readonly ModelRow[]): string {
  if (models.length === 0) return 'No worker tells of any model.\n';
  const rows = models.map(({ worker, id, family, languages, isLoaded }) => [
    id,
    worker,
    isLoaded ? 'yes' : 'no',
    family || '-',
    shortList(languages),
  ]);
  return columns([['MODEL', 'WORKER', 'IN MEMORY', 'FAMILY', 'LANGUAGES'], ...rows]);
}

function workerCells(worker: WorkerRow): string[] {
  const { name, addr, state, used, capacity, p50Ms, rtf, ageSeconds, languages, models } = worker;
  const loaded = models.filter(({ isLoaded }) => isLoaded).map(({ id }) => id);
  return [
    name,
    addr,
    state,
    `${used}/${capacity ?? '?'}`,
    p50Ms > 0 ? p50Ms.toFixed(0) : '-',
    rtf > 0 ? rtf.toFixed(2) : '-',
    ageSeconds === undefined ? '-' : `${ageSeconds.toFixed(0)} s`,
    shortList(languages),
    models.length > loaded.length ? `${shortList(loaded)} of ${models.length}` : shortList(loaded),
  ];
}
