/** What went wrong inside Parley, for code that must tell cases apart. Never sent to clients as it is. */
export type ParleyErrorCode =
  | 'CONFIG_INVALID'
  | 'ADDRESS_IN_USE'
  | 'ADDRESS_UNAVAILABLE'
  | 'WORKER_START_FAILED'
  | 'WORKER_ADDRESS_INVALID'
  | 'REGISTRY_UNAVAILABLE'
  | 'ILLEGAL_TRANSITION'
  | 'UNSUPPORTED';

/** A failure with a code for programs and a message for people: what was wrong, where, what would be right. */
export class ParleyError extends Error {
  readonly code: ParleyErrorCode;

  constructor(code: ParleyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ParleyError';
    this.code = code;
  }
}
