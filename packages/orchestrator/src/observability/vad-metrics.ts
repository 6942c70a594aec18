import type { VadStats } from '@parley/audio/vad';
import type { Registry } from 'prom-client';
import { makeSampledCounter, makeSampledGauge } from './instruments.ts';

/** Shows what the voice activity engine of the process counts; `stats` is asked during a scrape only. */
export function registerVadMetrics(registry: Registry, stats: () => VadStats): void {
  makeSampledGauge(registry, 'vad_streams', 'Microphones that are listened to.', () => stats().streams);
  makeSampledCounter(
    registry,
    'vad_decisions_total',
    'Decisions between speech and other sound.',
    () => stats().decisions,
  );
  makeSampledCounter(
    registry,
    'vad_windows_inferred_total',
    'Windows of sound judged by the neural engine.',
    () => stats().inferredWindows,
  );
  makeSampledCounter(
    registry,
    'vad_windows_shed_total',
    'Windows of sound taken for silence unjudged, as the engine fell behind.',
    () => stats().shedWindows,
  );
  makeSampledCounter(
    registry,
    'vad_restarts_total',
    'Times the inference thread was started again.',
    () => stats().threadRestarts,
  );
}
