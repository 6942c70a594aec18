import type { AsrErrorCode } from './asr-error.ts';

/** What a decode is for. */
export type DecodeKind = 'partial' | 'final';

/** One decode that is over. */
export interface DecodeReport {
  readonly kind: DecodeKind;
  /** Length of the audio, in ms. */
  readonly audioMs: number;
  /** Time it took, without the wait, in ms. Divided by `audioMs` it is the real-time factor. */
  readonly decodeMs: number;
  /** Time it waited for its turn, in ms. */
  readonly waitMs: number;
}

/** Where the numbers of speech recognition go. */
export interface AsrMetrics {
  decoded(report: DecodeReport): void;
  /** Decodes that wait and that run, whenever one of the two has changed. */
  queueChanged(waiting: number, running: number): void;
  /** A partial was left out because there was more to do than could be done. */
  partialShed(): void;
  failed(code: AsrErrorCode): void;
  /** A process of the engine had to be started again. */
  restarted(): void;
}

/** Counts nothing. */
export const noAsrMetrics: AsrMetrics = {
  decoded() {},
  queueChanged() {},
  partialShed() {},
  failed() {},
  restarted() {},
};
