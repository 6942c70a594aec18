import { CLOSE_CODES, type CloseCode } from './close-codes.ts';

/** Every code that an `error` message can carry. */
export const ERROR_CODES = [
  'INVALID_MESSAGE',
  'WORKER_UNAVAILABLE',
  'SYNTHESIS_FAILED',
  'CONNECTION_ERROR',
  'INTERNAL_ERROR',
  'UNAUTHORIZED',
  'FORBIDDEN_ORIGIN',
  'RATE_LIMITED',
  'TOO_MANY_CONNECTIONS',
  'SESSION_LIMIT',
  'MESSAGE_TOO_LARGE',
  'UNSUPPORTED',
  'SLOW_CONSUMER',
  'TRANSCRIPTION_FAILED',
  'RESPONDER_FAILED',
  'RESUME_FAILED',
  'SHUTTING_DOWN',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What one error means to a client. */
export interface ErrorEntry {
  /** A sentence without its full stop, so that a detail can follow. */
  readonly message: string;
  /** Close code for when this error ends the connection; `undefined` where the session always goes on. */
  readonly closeCode: CloseCode | undefined;
  /** Status for when the request is refused over HTTP, before the upgrade or on another door. */
  readonly httpStatus?: number;
  /** Whether the same request may succeed later without any change. */
  readonly retryable: boolean;
}

/**
 * The one table of errors. `INVALID_MESSAGE` and `RATE_LIMITED` leave the session working at first; their
 * close code applies when the client goes on.
 */
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = {
  INVALID_MESSAGE: {
    message: 'The message is not valid',
    closeCode: CLOSE_CODES.POLICY_VIOLATION,
    httpStatus: 400,
    retryable: false,
  },
  WORKER_UNAVAILABLE: {
    message: 'No worker is available to speak this text',
    closeCode: undefined,
    httpStatus: 503,
    retryable: true,
  },
  SYNTHESIS_FAILED: {
    message: 'The text could not be spoken',
    closeCode: undefined,
    httpStatus: 502,
    retryable: true,
  },
  CONNECTION_ERROR: {
    message: 'The connection failed',
    closeCode: CLOSE_CODES.INTERNAL_ERROR,
    retryable: true,
  },
  INTERNAL_ERROR: {
    message: 'The server failed',
    closeCode: CLOSE_CODES.INTERNAL_ERROR,
    httpStatus: 500,
    retryable: true,
  },
  UNAUTHORIZED: {
    message: 'A valid key or token is needed',
    closeCode: CLOSE_CODES.POLICY_VIOLATION,
    httpStatus: 401,
    retryable: false,
  },
  FORBIDDEN_ORIGIN: {
    message: 'Pages of this origin may not connect',
    closeCode: CLOSE_CODES.POLICY_VIOLATION,
    httpStatus: 403,
    retryable: false,
  },
  RATE_LIMITED: {
    message: 'Too much was sent in too short a time',
    closeCode: CLOSE_CODES.TRY_AGAIN_LATER,
    httpStatus: 429,
    retryable: true,
  },
  TOO_MANY_CONNECTIONS: {
    message: 'The server has no room for another connection',
    closeCode: CLOSE_CODES.TRY_AGAIN_LATER,
    httpStatus: 503,
    retryable: true,
  },
  SESSION_LIMIT: {
    message: 'A limit of this session or its owner is reached',
    closeCode: CLOSE_CODES.TRY_AGAIN_LATER,
    httpStatus: 429,
    retryable: true,
  },
  MESSAGE_TOO_LARGE: {
    message: 'The message is too large',
    closeCode: CLOSE_CODES.MESSAGE_TOO_BIG,
    httpStatus: 413,
    retryable: false,
  },
  UNSUPPORTED: {
    message: 'This server does not support that',
    closeCode: undefined,
    httpStatus: 400,
    retryable: false,
  },
  SLOW_CONSUMER: {
    message: 'Audio was not received fast enough',
    closeCode: CLOSE_CODES.TRY_AGAIN_LATER,
    retryable: true,
  },
  TRANSCRIPTION_FAILED: {
    message: 'The speech could not be transcribed',
    closeCode: undefined,
    httpStatus: 502,
    retryable: true,
  },
  RESPONDER_FAILED: {
    message: 'No answer could be made',
    closeCode: undefined,
    httpStatus: 502,
    retryable: true,
  },
  RESUME_FAILED: {
    message: 'The former session cannot be resumed',
    closeCode: undefined,
    retryable: false,
  },
  SHUTTING_DOWN: {
    message: 'The server is shutting down',
    closeCode: CLOSE_CODES.SERVICE_RESTART,
    httpStatus: 503,
    retryable: true,
  },
};

/**
 * The text of an error: the table's sentence, and the detail after a colon where there is one.
 *
 * @param detail what was wrong, where, and what would be right; shown to the client, so no secrets
 */
export function describeError(code: ErrorCode, detail?: string): string {
  const { message } = ERRORS[code];
  return detail === undefined || detail === '' ? `${message}.` : `${message}: ${detail}`;
}
