import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** How often the loop is probed. The probe's own period is part of what it measures and is taken off. */
const RESOLUTION_MS = 20;
const NS_PER_SECOND = 1e9;
const MS_PER_SECOND = 1000;

/** Measurement of the event loop's delay. */
export interface EventLoopDelay {
  /** Stops the measurement. Idempotent. */
  close(): void;
}

/** Measures how late the event loop runs, and shows p50, p99 and maximum since the last look at `registry`. */
export function registerEventLoopDelay(registry: Registry): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const gauge: Gauge<'stat'> = new Gauge({
    name: 'parley_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape.',
    labelNames: ['stat'],
    registers: [registry],
    collect: () => {
      gauge.set({ stat: 'p50' }, delaySeconds(histogram.percentile(50)));
      gauge.set({ stat: 'p99' }, delaySeconds(histogram.percentile(99)));
      gauge.set({ stat: 'max' }, delaySeconds(histogram.max));
      histogram.reset();
    },
  });
  return { close: () => void histogram.disable() };
}

function delaySeconds(measuredNs: number): number {
  return Math.max(0, measuredNs / NS_PER_SECOND - RESOLUTION_MS / MS_PER_SECOND);
}
