export { modelPath, runAction, workerPath } from './run-action.ts';
export { fetchWorkers, type FetchedWorkers, type ModelRow, type WorkerRow } from './worker-list.ts';
export { modelTable, workerTable } from './worker-table.ts';
