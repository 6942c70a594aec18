import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LatencyHistogram } from './latency-histogram.ts';
import type { WindowResult } from './load-messages.ts';

const loopResolutionMs = 5;

/** One session's punctuality: offsets of its frames from its sample clock, and the smallest,, in the window. */
export interface OffsetLog {
  count: number;
  earliestMs: number;
  offsetsMs: Float32Array;
}

/** Counts what arrives between its construction and {@link close}. */
export class SteadyWindow {
  readonly #lateness: LatencyHistogram = new LatencyHistogram();
  readonly #logs: OffsetLog[] = [];
  readonly #loopDelay: ReturnType<typeof monitorEventLoopDelay>;
  readonly #openedMs: number = performance.now();
  #frames = 0;

  constructor() {
    this.#loopDelay = monitorEventLoopDelay({ resolution: loopResolutionMs });
    this.#loopDelay.enable();
  }

  /** Makes the place for one session's offsets. */
  openLog(): OffsetLog {
    const log = { count: 0, earliestMs: Infinity, offsetsMs: new Float32Array(2048) };
    this.#logs.push(log);
    return log;
  }

  /**
   * Counts one frame.
   *
   * @param latenessMs how long the listener has waited for it; below 0 when it was early
   * @param offsetMs its arrival against a clock that never stops
   */
  record(log: OffsetLog, latenessMs: number, offsetMs: number): void {
    this.#frames += 1;
    this.#lateness.record(latenessMs);
    if (log.count === log.offsetsMs.length) {
      const longer = new Float32Array(log.count * 2);
      longer.set(log.offsetsMs);
      log.offsetsMs = longer;
    }
    log.offsetsMs[log.count] = offsetMs;
    log.count += 1;
    if (offsetMs < log.earliestMs) log.earliestMs = offsetMs;
  }

  /** Ends the window. Call once. */
  close(): WindowResult {
    const durationMs = performance.now() - this.#openedMs;
    this.#loopDelay.disable();
    const spread = new LatencyHistogram();
    for (const log of this.#logs) {
      for (const offsetMs of log.offsetsMs.subarray(0, log.count)) spread.record(offsetMs - log.earliestMs);
    }
    return {
      durationMs,
      frames: this.#frames,
      latenessMs: this.#lateness.summary(),
      spreadMs: spread.summary(),
      generatorDelayMs: {
        p50: delayMs(this.#loopDelay.percentile(50)),
        p99: delayMs(this.#loopDelay.percentile(99)),
        max: delayMs(this.#loopDelay.max),
      },
    };
  }
}

/** The monitor reports whole intervals; what exceeds its resolution is the delay. */
function delayMs(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - loopResolutionMs);
}
