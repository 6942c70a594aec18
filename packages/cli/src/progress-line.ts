import type { CliContext } from './cli-context.ts';

/** A line that tells how far a command is: rewritten in place on a terminal, a line now and then or nothing elsewhere. */
export interface ProgressLine {
  /** Shows `text` in place of what was there; at most a few times a second. */
  update(text: string): void;
  /** Takes the line away, so that something else can be printed. */
  clear(): void;
}

const MIN_INTERVAL_MS = 100;

/** Options of {@link createProgressLine}. */
export interface ProgressLineOptions {
  /** Where there is no terminal, a line of its own every so many ms. Default: none. */
  readonly plainEveryMs?: number;
  /** Milliseconds that never go back. Default `performance.now`. */
  readonly nowMs?: () => number;
}

/** Makes a progress line on `stream`. */
export function createProgressLine(
  stream: CliContext['stderr'],
  options: ProgressLineOptions = {},
): ProgressLine {
  const { plainEveryMs = Number.POSITIVE_INFINITY, nowMs: now = () => performance.now() } = options;
  let lastMs = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return {
    update(text) {
      const nowMs = now();
      const isTerminal = stream.isTTY === true;
      if (!isTerminal && plainEveryMs === Number.POSITIVE_INFINITY) return;
      if (nowMs - lastMs < (isTerminal ? MIN_INTERVAL_MS : plainEveryMs)) return;
      lastMs = nowMs;
      if (!isTerminal) {
        stream.write(`${text}\n`);
        return;
      }
      isShown = true;
      stream.write(`\r\u001B[2K${text}`);
    },
    clear() {
      if (isShown) stream.write('\r\u001B[2K');
      isShown = false;
    },
  };
}
