import type { Registry } from 'prom-client';
import { ASR_ERROR_CODES } from '../asr/asr-error.ts';
import type { AsrMetrics, DecodeKind } from '../asr/asr-metrics.ts';
import { BoundedLabel } from './bounded-label.ts';
import { makeCounter, makeHistogram, makeSampledGauge } from './instruments.ts';

const MS_PER_SECOND = 1000;

const kinds: Record<DecodeKind, true> = { partial: true, final: true };

/** Buckets for the real-time factor: 1 is as long as the audio lasts. */
const factorBuckets = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5];

/** Buckets for the wait for a free recognizer, in seconds. */
const waitBuckets = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20];

/** Makes the instruments of speech recognition in `registry`; without recognition they stay at zero. */
export function createAsrCounters(registry: Registry): AsrMetrics {
  let waitingDecodes = 0;
  let runningDecodes = 0;
  const kind = new BoundedLabel({ known: Object.keys(kinds) });
  const decodes = makeCounter(registry, 'asr_decodes_total', 'Stretches of speech decoded.', { kind });
  const factor = makeHistogram(
    registry,
    { name: 'asr_real_time_factor', help: 'Time of a decode over the length of its audio.' },
    factorBuckets,
    { kind },
  );
  const wait = makeHistogram(
    registry,
    { name: 'asr_wait_seconds', help: 'Time for which a decode waited for its turn.' },
    waitBuckets,
    { kind },
  );
  const shed = makeCounter(
    registry,
    'asr_partials_shed_total',
    'Partial transcripts left out because there was more to do than could be done.',
  );
  const failures = makeCounter(registry, 'asr_failures_total', 'Decodes that failed, by why.', {
    code: new BoundedLabel({ known: ASR_ERROR_CODES }),
  });
  const restarts = makeCounter(
    registry,
    'asr_restarts_total',
    'Times a process of the recognizer ended and was started again.',
  );
  makeSampledGauge(
    registry,
    'asr_decodes_waiting',
    'Decodes that wait for a recognizer.',
    () => waitingDecodes,
  );
  makeSampledGauge(registry, 'asr_decodes_running', 'Decodes that run.', () => runningDecodes);

  return {
    decoded(report) {
      decodes(report.kind);
      wait(report.waitMs / MS_PER_SECOND, report.kind);
      if (report.audioMs > 0) factor(report.decodeMs / report.audioMs, report.kind);
    },
    queueChanged(waiting, running) {
      waitingDecodes = waiting;
      runningDecodes = running;
    },
    partialShed: () => shed(),
    failed: (code) => failures(code),
    restarted: () => restarts(),
  };
}
