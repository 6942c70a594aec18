import { pino } from 'pino';
import type { Logger } from '../logger.ts';
import type { WorkerInput } from './worker-input.ts';

/** JSON lines on standard error. Written at once, so that the last line before an exit is not lost. */
export function createWorkerLogger(level: WorkerInput['logLevel'], name: string): Logger {
  return pino({ level, base: { worker: name } }, pino.destination({ dest: 2, sync: true }));
}
