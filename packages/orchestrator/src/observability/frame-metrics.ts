import { Histogram, type MetricObjectWithValues, type MetricValueWithName, type Registry } from 'prom-client';
import { makeSampledCounter } from './instruments.ts';
import { type FrameStats, LATENESS_EDGES_MS } from './frame-stats.ts';

const MS_PER_SECOND = 1000;

/** Shows the counters of `stats` in `registry`; they are read only when the registry is. */
export function registerFrameMetrics(registry: Registry, stats: FrameStats): void {
  makeSampledCounter(
    registry,
    'frames_sent_total',
    'Audio frames written to clients.',
    () => stats.framesSent,
  );
  makeSampledCounter(
    registry,
    'underruns_total',
    'Times a client ran out of audio inside an utterance.',
    () => stats.underruns,
  );
  makeSampledCounter(
    registry,
    'client_held_back_seconds_total',
    'Time for which audio was held back because clients did not read, all sessions together.',
    () => stats.heldBackMs / MS_PER_SECOND,
  );
  registry.registerMetric(new LatenessHistogram(stats));
}

const latenessConfig = {
  name: 'parley_frame_lateness_seconds',
  help: 'How late frames were written, against the sample clock.',
  registers: [],
};

/** A histogram whose counting is done elsewhere: prom-client's own is too dear to call for every frame. */
class LatenessHistogram extends Histogram {
  /** Gives the description that goes with the values. */
  readonly #empty = new Histogram(latenessConfig);
  readonly #stats: FrameStats;

  constructor(stats: FrameStats) {
    super(latenessConfig);
    this.#stats = stats;
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return { ...(await this.#empty.get()), values: this.#values() };
  }

  /** What prom-client's registry calls for the text format; not in its types. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return this.get();
  }

  #values(): MetricValueWithName<string>[] {
    const values: MetricValueWithName<string>[] = [];
    let count = 0;
    for (const [slot, inSlot] of this.#stats.latenessCounts.entries()) {
      count += inSlot;
      const edgeMs = LATENESS_EDGES_MS[slot];
      const le = edgeMs === undefined ? '+Inf' : edgeMs / MS_PER_SECOND;
      values.push({ metricName: `${latenessConfig.name}_bucket`, labels: { le }, value: count });
    }
    const sum = this.#stats.latenessSumMs / MS_PER_SECOND;
    values.push({ metricName: `${latenessConfig.name}_sum`, labels: {}, value: sum });
    values.push({ metricName: `${latenessConfig.name}_count`, labels: {}, value: count });
    return values;
  }
}
