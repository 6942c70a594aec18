import type { NoPlaceReason } from '../routing/index.ts';
import type { SynthesisResult } from '../session/ports/worker-pool.ts';
import type { FailOverPhase } from './fail-over.ts';

/** Why speaking failed: a fixed set, fit for a metric's label. */
export type SpeechFailureReason =
  /** There was no place on any worker. */
  | NoPlaceReason
  /** A worker did not take the session: it said no, could not be reached, or did not answer in time. */
  | 'start_refused'
  | 'start_unreachable'
  | 'start_timeout'
  /** A worker did not load a model that it was asked to load. */
  | 'model_load'
  /** The worker fell silent or was too slow. */
  | 'first_frame_timeout'
  | 'frame_gap_timeout'
  | 'segment_timeout'
  /** The worker sent what the contract does not allow. */
  | 'protocol'
  /** The worker ended without any audio for a text that can be spoken. */
  | 'no_audio'
  /** The worker, or the way to it, failed. */
  | 'worker_error';

/** What is counted and measured about synthesis. Called outside the hot path, at most a few times a segment. */
export interface SpeechMetrics {
  /** A session got a place, by this strategy. */
  workerChosen(strategy: string): void;
  synthesisStarted(): void;
  /** Follows every `synthesisStarted` once. */
  synthesisEnded(kind: SynthesisResult['kind']): void;
  /** Time from asking the worker to its first audio, in ms. */
  workerFirstAudioMs(ms: number): void;
  /** Time during which a segment's worker was held back, in ms; once a segment, not when it was 0. */
  backPressureMs(ms: number): void;
  failure(reason: SpeechFailureReason): void;
  /** A session goes on with another worker, or anew with the same one, because its worker failed. */
  failedOver(phase: FailOverPhase): void;
}

/** Measures nothing. */
export const noSpeechMetrics: SpeechMetrics = {
  workerChosen() {},
  synthesisStarted() {},
  synthesisEnded() {},
  workerFirstAudioMs() {},
  backPressureMs() {},
  failure() {},
  failedOver() {},
};
