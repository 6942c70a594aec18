import type { AsrError } from './asr-error.ts';

/** The one rate at which recognition takes audio, in Hz. */
export const ASR_RATE_HZ = 16_000;

/** A stretch of audio and what was said in it. */
export interface AsrSegment {
  readonly text: string;
  /** Position in the stream's audio, in ms. */
  readonly startMs: number;
  readonly endMs: number;
}

/** What a stream tells. After `final` or `failed` it tells nothing more. */
export type AsrEvent =
  /**
   * What was said so far: replaces the former one. On the first `stableLength` characters two decodes agreed: no
   * later partial changes them.
   */
  | {
      readonly kind: 'partial';
      readonly text: string;
      readonly stableLength: number;
      readonly language?: string;
    }
  /** The engine falls behind, so that there are fewer partials, or none. Told once a stream. */
  | { readonly kind: 'partials_shed' }
  /** All that was said, by the decode of all of the audio whatever partials showed; an empty text means that nothing was. The language is absent where the engine cannot tell. */
  | {
      readonly kind: 'final';
      readonly text: string;
      readonly language?: string;
      /** The stretches that were decoded apart, in order; empty ones are left out. */
      readonly segments: readonly AsrSegment[];
    }
  | { readonly kind: 'failed'; readonly error: AsrError };

/** Options of {@link AsrEngine.start}. */
export interface AsrStreamOptions {
  /** Must be 16,000: whoever has another rate resamples. */
  readonly sampleRateHz: number;
  /** BCP 47 tag such as `en` or `de-AT`, or `auto` to detect it. Default `auto`. */
  readonly language?: string;
  /** Whether partials are wanted. Default: as the engine was configured. */
  readonly partials?: boolean;
  /** Whose turn it is: what waits of one owner may not fill the queue of all. Default: nobody's. */
  readonly owner?: object;
  /** Aborting it is `cancel()`. */
  readonly signal?: AbortSignal;
  /** Called with what was heard, never from within `start`, `push` or `end`, and never after `cancel()`. */
  readonly onEvent: (event: AsrEvent) => void;
}

/** The audio of one turn on its way to text. Whoever starts it ends or cancels it. */
export interface AsrStream {
  /** Takes s16 samples, which are copied. Never waits; does nothing once the stream has ended. */
  push(samples: Int16Array): void;
  /**
   * Says whether the speaker is silent for now: as the end may be near, no partial is begun that it would have to
   * wait for. At first nobody is.
   */
  setSilent(isSilent: boolean): void;
  /** Says that this was all: `final` or `failed` follows. Idempotent. */
  end(): void;
  /** Gives the stream up: nothing is told any more. Idempotent. */
  cancel(): void;
}

/** What turns speech into text, for all sessions of a process. Whoever opens it closes it. */
export interface AsrEngine {
  /** Such as `whisper`. */
  readonly name: string;
  /** What keeps it from working now, or parts of it; `undefined` when nothing does, as far as it knows. */
  readonly problem?: string | undefined;
  /** Why this language cannot be had here, or `undefined` when it can. */
  refuseLanguage(language: string): string | undefined;
  /**
   * Starts to listen to one turn.
   *
   * @throws AsrError `UNSUPPORTED` when the rate is not 16,000 Hz or the language cannot be had
   */
  start(options: AsrStreamOptions): AsrStream;
  /** Fails all streams and ends threads, processes and connections. Idempotent. */
  close(): Promise<void>;
}
