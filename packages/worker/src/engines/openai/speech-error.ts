import { messageOf, WorkerError } from '../../worker-error.ts';

/** A failure to get speech from a server, and whether trying again may help. */
export class SpeechServerError extends WorkerError {
  override readonly name = 'SpeechServerError';
  readonly retryable: boolean;
  /** How long the server asks to wait, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: WorkerError['code'],
    message: string,
    options: ErrorOptions & { readonly retryable: boolean; readonly retryAfterMs?: number | undefined },
  ) {
    super(code, message, options);
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * The failure that an HTTP status means.
 *
 * @param server for people, without a key
 * @param detail what the server said about it; may be empty
 */
export function statusFailure(
  status: number,
  server: string,
  detail: string,
  retryAfterMs: number | undefined,
): SpeechServerError {
  const said = `${server} answered ${status}${detail === '' ? '' : `: ${detail}`}`;
  if (status === 401 || status === 403) {
    const message = `${said} (check api_key_file or api_key)`;
    return new SpeechServerError('ENGINE_REFUSED', message, { retryable: false });
  }
  if (status === 404) {
    const message = `${said} (check url, which usually ends in /v1, and the model)`;
    return new SpeechServerError('ENGINE_REFUSED', message, { retryable: false });
  }
  if (status === 429) return new SpeechServerError('ENGINE_BUSY', said, { retryable: true, retryAfterMs });
  if (status === 408 || status >= 500) {
    return new SpeechServerError('ENGINE_UNAVAILABLE', said, { retryable: true, retryAfterMs });
  }
  if (status === 400 || status === 413 || status === 422) {
    return new SpeechServerError('BAD_OPTIONS', said, { retryable: false });
  }
  return new SpeechServerError('ENGINE_FAILED', said, { retryable: false });
}

/** A connection that could not be made, or broke. */
export function connectionFailure(error: unknown, server: string): SpeechServerError {
  if (error instanceof SpeechServerError) return error;
  const message = `the connection to ${server} failed: ${messageOf(error) || 'no reason given'}`;
  return new SpeechServerError('ENGINE_UNAVAILABLE', message, { retryable: true, cause: error });
}

/** A server that is silent for too long. */
export function silenceFailure(what: string, ms: number, server: string): SpeechServerError {
  return new SpeechServerError('ENGINE_TIMEOUT', `${server} ${what} within ${ms} ms`, { retryable: true });
}
