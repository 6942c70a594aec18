import type { Registry } from 'prom-client';
import { BARGE_IN_ENDINGS, type BargeInEnding } from '../session/barge-in-ending.ts';
import { BoundedLabel } from './bounded-label.ts';
import { makeCounter, makeHistogram } from './instruments.ts';

const MS_PER_SECOND = 1000;

/** Buckets for the time from the first sound to the hold, in seconds. */
const latencyBuckets = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1];

/** What is counted about users who speak while they are spoken to. */
export interface BargeInCounters {
  /** Speech was held as the user began to speak. */
  bargeInHeld(): void;
  /** Follows every hold once. */
  bargeInEnded(ending: BargeInEnding): void;
  /** From the first sound of the user's voice to the hold, in ms. */
  bargeInLatency(latencyMs: number): void;
}

/** Makes the instruments of barge-in in `registry`. */
export function createBargeInCounters(registry: Registry): BargeInCounters {
  const held = makeCounter(
    registry,
    'barge_ins_held_total',
    'Times speech was held because the user began to speak.',
  );
  const ended = makeCounter(
    registry,
    'barge_ins_ended_total',
    'What came of such holds: confirmed is an interruption, false_alarm resumed from the same sample.',
    { result: new BoundedLabel({ known: BARGE_IN_ENDINGS }) },
  );
  const latency = makeHistogram(
    registry,
    { name: 'barge_in_latency_seconds', help: "From the first sound of the user's voice to the hold." },
    latencyBuckets,
  );
  return {
    bargeInHeld: () => held(),
    bargeInEnded: (ending) => ended(ending),
    bargeInLatency: (latencyMs) => latency(latencyMs / MS_PER_SECOND),
  };
}
