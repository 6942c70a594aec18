/** Why espeak could not speak. */
export type EspeakErrorCode =
  /** No such voice, variant or option value. */
  | 'BAD_REQUEST'
  /** Too many jobs wait already. */
  | 'BUSY'
  /** The thread died while it spoke; the next job gets a new one. */
  | 'THREAD_DIED'
  | 'CLOSED';

/** A failure of the embedded voice. */
export class EspeakError extends Error {
  override readonly name: string = 'EspeakError';
  readonly code: EspeakErrorCode;

  constructor(code: EspeakErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
