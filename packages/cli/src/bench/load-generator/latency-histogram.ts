import { build, type Histogram } from 'hdr-histogram-js';

/** Percentiles of a latency, in milliseconds. All 0 when `count` is 0. */
export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const longestMs = 120_000;

/** Counts latencies to the microsecond, from 1 us to two minutes, with three significant digits. */
export class LatencyHistogram {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: longestMs * 1000,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });

  /** Counts one latency; what is below 0 counts as 0. */
  record(latencyMs: number): void {
    const bounded = latencyMs < 0 ? 0 : latencyMs > longestMs ? longestMs : latencyMs;
    this.#histogram.recordValue(Math.round(bounded * 1000));
  }

  /** What was counted so far. */
  summary(): LatencySummary {
    const histogram = this.#histogram;
    const count = histogram.totalCount;
    if (count === 0) return { count, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
    const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1000;
    return {
      count,
      mean: histogram.mean / 1000,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max: histogram.maxValue / 1000,
    };
  }
}
