/** What went wrong in a worker. */
export type WorkerErrorCode =
  /** Another process listens on the port. */
  | 'ADDRESS_IN_USE'
  /** The host name or address cannot be listened on, or not by this user. */
  | 'CANNOT_LISTEN'
  /** The engine has no model of that id. */
  | 'UNKNOWN_MODEL'
  /** The engine could not load the model; the cause says why. */
  | 'LOAD_FAILED'
  /** All resident models are in use and no more fit. */
  | 'NO_ROOM'
  /** An engine went on giving audio that nobody could take. */
  | 'ENGINE_OVERRUN'
  /** The engine has too much to do already. */
  | 'ENGINE_BUSY'
  /** What the engine works with, a server or a process of its own, cannot be reached or broke down; may pass. */
  | 'ENGINE_UNAVAILABLE'
  /** What the engine works with did not answer in time. */
  | 'ENGINE_TIMEOUT'
  /** What the engine works with refuses as it is set up: a key, an address, a model. */
  | 'ENGINE_REFUSED'
  /** The engine got or made something that is not speech. */
  | 'ENGINE_FAILED'
  /** Another worker of the same name has started since. */
  | 'SUPERSEDED'
  | 'BAD_OPTIONS'
  | 'CLOSED';

/** A failure of the worker runtime; the message says what would be right. */
export class WorkerError extends Error {
  override readonly name: string = 'WorkerError';
  readonly code: WorkerErrorCode;

  constructor(code: WorkerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
