/** How a responder failed. */
export type ResponderErrorCode =
  /** It threw, its server failed or the connection broke. */
  | 'FAILED'
  /** The first piece of the answer, or the next one, did not come in time. */
  | 'TIMED_OUT'
  /** The answer was so long that it was taken for one without end. */
  | 'TOO_LONG';

/** A failure to answer. Clients are told `RESPONDER_FAILED`, and the log what it was. */
export class ResponderError extends Error {
  override readonly name = 'ResponderError';
  readonly code: ResponderErrorCode;

  constructor(code: ResponderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The failure as it is, or wrapped as `FAILED` when it is a foreign one. */
  static from(cause: unknown): ResponderError {
    if (cause instanceof ResponderError) return cause;
    return new ResponderError('FAILED', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
