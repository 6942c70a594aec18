import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Logger } from '../session/ports/logger.ts';

/** Longer lines are cut. */
const MAX_LINE_LENGTH = 8192;

/**
 * Writes what another process prints to our log, line by line: JSON lines as pino writes them keep their level,
 * fields and message; anything else becomes a warning with the text as a field. Ends with the stream.
 *
 * @param onLine called with every line that is not JSON
 * @param message what is said of such a line; default: that it is of the worker process
 */
export function forwardLines(
  output: Readable,
  logger: Logger,
  onLine: (line: string) => void,
  message: string = 'output of the worker process',
): void {
  const lines = createInterface({ input: output, crlfDelay: Infinity });
  lines.on('line', (raw) => {
    const line = raw.slice(0, MAX_LINE_LENGTH);
    if (line.trim() === '') return;
    const entry = parseEntry(line);
    if (entry === undefined) {
      onLine(line);
      logger.warn({ line }, message);
      return;
    }
    // What every line has, our own line has too.
    const { level, msg, time: _time, pid: _pid, hostname: _hostname, worker: _worker, ...fields } = entry;
    logger[levelName(level)](fields, typeof msg === 'string' ? msg : 'worker');
  });
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Words as our worker writes them, or pino's numbers: 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function levelName(level: unknown): 'debug' | 'info' | 'warn' | 'error' {
  switch (level) {
    case 'trace':
    case 'debug':
      return 'debug';
    case 'warn':
      return 'warn';
    case 'error':
    case 'fatal':
      return 'error';
  }
  if (typeof level !== 'number') return 'info';
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}
