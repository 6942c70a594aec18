import type { EspeakMark } from './word-marks.ts';

/** What a synthesis thread is to speak. */
export interface SpeakJob {
  readonly jobId: number;
  readonly text: string;
  /** espeak's voice file, with `+variant` when one is wanted. */
  readonly voice: string;
  readonly wordsPerMinute: number;
  readonly sampleRateHz: number;
  /** Samples at espeak's own rate to leave out: they were delivered before the job was parked. */
  readonly skipSamples: number;
  /** Words to leave out, for the same reason. */
  readonly skipMarks: number;
}

/** From the thread to its owner. */
export type ThreadMessage =
  | { readonly type: 'ready' }
  | {
      readonly type: 'audio';
      readonly jobId: number;
      /** s16le mono at the job's rate; owned by the receiver. */
      readonly pcm: Uint8Array;
      readonly marks: readonly EspeakMark[];
    }
  | {
      readonly type: 'done';
      readonly jobId: number;
      readonly outcome: SpeakOutcome;
      readonly marks: readonly EspeakMark[];
    }
  | { readonly type: 'refused'; readonly jobId: number; readonly problem: string };

/** How a job ended. Parked: its receiver is far behind, and it goes on later from `sourceSamples`. */
export type SpeakOutcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'parked'; readonly sourceSamples: number };

/** Slots of the Int32Array that owner and thread share while a synthesis blocks the thread. */
export const ControlSlot = {
  /** Id of the job to stop. */
  stopJob: 0,
  /** Pieces that may still be sent before the job is parked. */
  credit: 1,
} as const;

/** Bytes of the shared array. */
export const CONTROL_BYTES: number = 8;
