/** What the process of a recognizer is started with, as JSON. */
export interface WhisperInput {
  /** Paths. */
  readonly encoder: string;
  readonly decoder: string;
  readonly tokens: string;
  /** Bands of the spectrum that the model takes: 80, or 128 as of large-v3. */
  readonly melBins: number;
  readonly threads: number;
  /** Execution provider of the runtime, such as `cpu`. */
  readonly provider: string;
}

/** What the process is told: one stretch of audio to decode. */
export interface WhisperCommand {
  readonly id: number;
  /** s16 at 16 kHz. */
  readonly samples: Int16Array;
  /** Whisper's code of the language; empty to detect it. */
  readonly language: string;
}

/** What the process tells. */
export type WhisperReport =
  | { readonly type: 'ready' }
  | { readonly type: 'text'; readonly id: number; readonly text: string; readonly language: string }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
