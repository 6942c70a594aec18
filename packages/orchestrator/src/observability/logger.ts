import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { type LogLevel, pinoLevel } from '../config/log-level.ts';
import type { Logger } from '../session/ports/logger.ts';
import { escapeDeceptive, flattenForTerminal, redactLine } from './log-line.ts';

/** Where finished lines go, each with its line break. */
export interface LogDestination {
  write(line: string): void;
}

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** Least severe line written, as in the configuration's `log_level`. */
  readonly level: LogLevel;
  /** Coloured lines for people instead of JSON. Default: whether standard output is a terminal. */
  readonly pretty?: boolean;
  /** Default standard output. */
  readonly destination?: LogDestination;
}

/** The logger of a process, from which all others are children. Created by `main.ts`; needs no closing. */
export interface RootLogger extends Logger {
  /** Lines lost because nobody read standard output fast enough. */
  readonly droppedLines: number;
  /** Writes what is still in memory. Called before the process ends; harmless at any time. */
  flush(): void;
}

/** Log text that may wait for a slow reader of standard output. More is dropped: logs must not hold up audio. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/**
 * Makes the logger of a process: one line of JSON a message (`level`, `time` in ISO 8601, `pid`, `msg` and the
 * fields given), or coloured text for a terminal. Whatever clients put into a field, a message stays one line;
 * secrets are left out.
 */
export function createLogger(options: LoggerOptions): RootLogger {
  const pretty = options.pretty ?? process.stdout.isTTY;
  const output = options.destination === undefined ? openStdout(pretty) : openGiven(options.destination);
  const finish = pretty ? createPrettyPrinter(options.destination === undefined) : escapeDeceptive;

  const logger = pino(
    {
      level: pinoLevel(options.level),
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
    },
    { write: (line: string) => output.write(finish(redactLine(line))) },
  );

  return {
    ...toPort(logger),
    get droppedLines() {
      return output.droppedLines();
    },
    flush: () => output.flush(),
  };
}

function toPort(logger: Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (bindings) => logger.child(bindings),
  };
}

interface Output extends LogDestination {
  flush(): void;
  droppedLines(): number;
}

function openGiven(destination: LogDestination): Output {
  return { write: (line) => destination.write(line), flush: () => {}, droppedLines: () => 0 };
}

function openStdout(sync: boolean): Output {
  const stream = pino.destination({ dest: 1, sync, maxLength: MAX_WAITING_BYTES });
  let dropped = 0;
  stream.on('drop', () => (dropped += 1));
  return {
    write: (line) => stream.write(line),
    flush: () => stream.flushSync(),
    droppedLines: () => dropped,
  };
}

function createPrettyPrinter(colorize: boolean): (line: string) => string {
  const print = prettyFactory({ colorize, ignore: 'pid', translateTime: 'SYS:HH:MM:ss.l' });
  return (line) => {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null) return escapeDeceptive(line);
    return escapeDeceptive(print(flattenForTerminal(parsed)) ?? '');
  };
}
