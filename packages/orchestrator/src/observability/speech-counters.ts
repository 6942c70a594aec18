import type { Registry } from 'prom-client';
import { BoundedLabel } from './bounded-label.ts';
import { makeCounter, makeFirstAudioHistogram, makeSampledCounter, makeSampledGauge } from './instruments.ts';

/** What is counted about workers and synthesis. Called a few times a segment, never for a frame. */
export interface SpeechCounters {
  /** A session got a place on a worker, by this strategy. */
  workerChosen(strategy: string): void;
  /** A segment was given to a worker. */
  synthesisStarted(): void;
  /** Follows every start once: `completed`, `cancelled`, `unavailable` or `failed`. */
  synthesisEnded(kind: string): void;
  /** From the request to a worker to the worker's first audio. */
  workerFirstAudioMs(ms: number): void;
  /** For how long a worker was held back during a segment. */
  backPressureMs(ms: number): void;
  /** A worker, or the search for one, failed. `reason` is from a small fixed set, never a message. */
  failure(reason: string): void;
  /** A session went on because its worker failed: `between_segments`, `before_audio` or `mid_segment`. */
  failedOver(phase: string): void;
}

/** How many strategies, results or reasons the code of a deployment may bring. */
const MAX_NAMES = 32;
const MS_PER_SECOND = 1000;

/** Makes the counters of workers and synthesis in `registry`. */
export function createSpeechCounters(registry: Registry): SpeechCounters {
  let running = 0;
  let heldBackMs = 0;
  const chosen = makeCounter(registry, 'worker_choices_total', 'Workers chosen.', {
    strategy: new BoundedLabel({ learn: MAX_NAMES }),
  });
  const ended = makeCounter(registry, 'syntheses_total', 'Segments given to workers, by how they ended.', {
    result: new BoundedLabel({ learn: MAX_NAMES }),
  });
  const failed = makeCounter(registry, 'worker_failures_total', 'Failures of workers, and to find one.', {
    reason: new BoundedLabel({ learn: MAX_NAMES }),
  });
  const failedOver = makeCounter(
    registry,
    'worker_fail_overs_total',
    'Sessions that went on because their worker failed, by when it did.',
    { phase: new BoundedLabel({ learn: MAX_NAMES }) },
  );
  const firstAudio = makeFirstAudioHistogram(
    registry,
    'worker_first_audio_seconds',
    "From a request to a worker to the worker's first audio.",
  );
  makeSampledGauge(registry, 'syntheses_running', 'Segments being synthesized.', () => running);
  makeSampledCounter(
    registry,
    'worker_held_back_seconds_total',
    'Time for which workers were held back because playout queues were full, all together.',
    () => heldBackMs / MS_PER_SECOND,
  );

  return {
    workerChosen: (strategy) => chosen(strategy),
    synthesisStarted: () => (running += 1),
    synthesisEnded: (kind) => {
      running -= 1;
      ended(kind);
    },
    workerFirstAudioMs: firstAudio,
    backPressureMs: (ms) => {
      if (ms > 0) heldBackMs += ms;
    },
    failure: (reason) => failed(reason),
    failedOver: (phase) => failedOver(phase),
  };
}
