import type { CliContext } from './cli-context.ts';

/** A line that tells how far a command is: rewritten in place on a terminal, silent elsewhere. */
export interface ProgressLine {
  /** Shows `text` in place of what was there; at most a few times a second. */
  update(text: string): void;
  /** Takes the line away, so that something else can be printed. */
  clear(): void;
}

const MIN_INTERVAL_MS = 100;

/** Makes a progress line on `stream`. */
export function createProgressLine(stream: CliContext['stderr']): ProgressLine {
  let lastMs = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return {
    update(text) {
      const nowMs = performance.now();
      if (stream.isTTY !== true || nowMs - lastMs < MIN_INTERVAL_MS) return;
      lastMs = nowMs;
      isShown = true;
      stream.write(`\r\u001B[2K${text}`);
    },
    clear() {
      if (isShown) stream.write('\r\u001B[2K');
      isShown = false;
    },
  };
}
