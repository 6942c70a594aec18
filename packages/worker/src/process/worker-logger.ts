import { pino } from 'pino';
import type { Logger } from '../logger.ts';
import type { WorkerInput } from './worker-input.ts';

/** JSON lines on standard error, their `level` a word as in the server's log. Written at once, so that the last line before an exit is not lost. */
export function createWorkerLogger(level: WorkerInput['logLevel'], name: string): Logger {
  return pino(
    { level, base: { worker: name }, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ dest: 2, sync: true }),
  );
}
