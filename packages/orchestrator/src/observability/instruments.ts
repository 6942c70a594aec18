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

/** Takes one value, under the values of the histogram's labels in the order in which the labels were given. */
export type Observe = (value: number, ...labelValues: readonly string[]) => void;

/** Makes a histogram `parley_<name>`. What is no number is not taken, and nothing is below 0. */
export function makeHistogram(
  registry: Registry,
  { name, help }: { readonly name: string; readonly help: string },
  buckets: readonly number[],
  labels: Readonly<Record<string, BoundedLabel>> = {},
): Observe {
  const sets = Object.values(labels);
  const histogram = new Histogram({
    name: `parley_${name}`,
    help,
    buckets: [...buckets],
    labelNames: Object.keys(labels),
    registers: [registry],
  });
  return (value, ...values) => {
    if (!Number.isFinite(value)) return;
    histogram.labels(...sets.map((set, index) => set.of(values[index] ?? ''))).observe(Math.max(0, value));
  };
}

/** Buckets for the time to first audio, in seconds. */
const firstAudioBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5];

/** Makes a histogram `parley_<name>` of times to first audio. Takes milliseconds and shows seconds. */
export function makeFirstAudioHistogram(
  registry: Registry,
  name: string,
  help: string,
): (durationMs: number) => void {
  const observe = makeHistogram(registry, { name, help }, firstAudioBuckets);
  return (durationMs) => observe(durationMs / MS_PER_SECOND);
}
