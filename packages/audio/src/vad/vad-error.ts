/** Why a VAD engine failed. */
export type VadErrorCode =
  /** The engine or its model could not be loaded. */
  | 'ENGINE_UNAVAILABLE'
  /** The engine was closed. */
  | 'CLOSED';

/** Thrown by the VAD engines; the message says what failed and the cause why. */
export class VadError extends Error {
  override readonly name = 'VadError';
  readonly code: VadErrorCode;

  constructor(code: VadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
