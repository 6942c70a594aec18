import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { BoundedLabel } from './bounded-label.ts';

const MS_PER_SECOND = 1000;

/** Counts one, under the values of the counter's labels in the order in which the labels were given. */
export type Count = (...labelValues: readonly string[]) => void;

/** Makes a counter `parley_<name>`. */
export function makeCounter(
  registry: Registry,
  name: string,
  help: string,
  labels: Readonly<Record<string, BoundedLabel>> = {},
): Count {
  const sets = Object.values(labels);
  const labelNames = Object.keys(labels);
  const counter = new Counter({ name: `parley_${name}`, help, labelNames, registers: [registry] });
  return (...values) => counter.labels(...sets.map((set, index) => set.of(values[index] ?? ''))).inc();
}

/** Makes a counter `parley_<name>` whose total is kept elsewhere and asked for at a scrape. */
export function makeSampledCounter(registry: Registry, name: string, help: string, read: () => number): void {
  const counter: Counter = new Counter({
    name: `parley_${name}`,
    help,
    registers: [registry],
    collect: () => {
      counter.reset();
      counter.inc(read());
    },
  });
}

/** Makes a gauge `parley_<name>` whose value is asked for at a scrape. */
export function makeSampledGauge(registry: Registry, name: string, help: string, read: () => number): void {
  const gauge: Gauge = new Gauge({
    name: `parley_${name}`,
    help,
    registers: [registry],
    collect: () => gauge.set(read()),
  });
}

/** Buckets for the time to first audio, in seconds. */
const firstAudioBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5];

/** Makes a histogram `parley_<name>` of times to first audio. Takes milliseconds and shows seconds. */
export function makeFirstAudioHistogram(
  registry: Registry,
  name: string,
  help: string,
): (durationMs: number) => void {
  const histogram = new Histogram({
    name: `parley_${name}`,
    help,
    buckets: firstAudioBuckets,
    registers: [registry],
  });
  return (durationMs) => {
    if (Number.isFinite(durationMs)) histogram.observe(Math.max(0, durationMs) / MS_PER_SECOND);
  };
}
