/** One stretch of audio to be turned into text. */
export interface RecognitionRequest {
  /** s16 samples at 16 kHz: 100 ms to 28 s of them. Not written to until the recognition has settled. */
  readonly samples: Int16Array;
  /** BCP 47 tag, or `auto`. */
  readonly language: string;
  /** Gives up; what was begun may go on unheard. */
  readonly signal: AbortSignal;
  /** A preview: it is not worth a second try. Default false. */
  readonly isPartial?: boolean;
  /** When nobody waits for it any more, by the clock's `nowMs`. Absent: the engine's own timeout counts. */
  readonly deadlineMs?: number;
  /** Called with all of the text so far by engines that tell it while they work. */
  readonly onText?: (text: string) => void;
}

/** What was said in one stretch of audio. */
export interface Recognition {
  /** Trimmed; empty when nothing was said. */
  readonly text: string;
  /** Language code such as `en`; absent where the engine cannot tell. */
  readonly language?: string;
}

/**
 * The part of an engine that differs from the others: one stretch of audio in, its text out. The rest, such as
 * queue, partials and the joining of stretches, is the same for all of them.
 */
export interface Recognizer {
  readonly name: string;
  /** How many stretches it works on at once. */
  readonly concurrency: number;
  /** What keeps it from working now, or parts of it; `undefined` when nothing does, as far as it knows. */
  readonly problem?: string | undefined;
  /** Why this language cannot be had, or `undefined` when it can. */
  refuseLanguage(language: string): string | undefined;
  /** @throws AsrError; `CANCELLED` when the signal was aborted */
  recognize(request: RecognitionRequest): Promise<Recognition>;
  /** Idempotent. */
  close(): Promise<void>;
}
