/** Every {@link AsrErrorCode}. */
export const ASR_ERROR_CODES = [
  /** Files of the model are missing, broken or not what they should be. At start-up only. */
  'MODEL_INVALID',
  /** The engine could not be started. At start-up only. */
  'ENGINE_START_FAILED',
  /** Rate or language that the engine does not take. */
  'UNSUPPORTED',
  /** More is waiting than the queue may hold. */
  'OVERLOADED',
  'TIMED_OUT',
  /** The engine failed, also when it was asked again. */
  'ENGINE_FAILED',
  'CANCELLED',
] as const;

/** Why speech could not be recognized. */
export type AsrErrorCode = (typeof ASR_ERROR_CODES)[number];

/** A failure of speech recognition; the message says what was wrong, where, and what would be right. */
export class AsrError extends Error {
  override readonly name = 'AsrError';
  readonly code: AsrErrorCode;

  constructor(code: AsrErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The failure as it is, or wrapped as `ENGINE_FAILED` when it is a foreign one. */
  static from(cause: unknown): AsrError {
    if (cause instanceof AsrError) return cause;
    return new AsrError('ENGINE_FAILED', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
