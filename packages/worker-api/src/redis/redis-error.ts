/** What went wrong with Redis. */
export type RedisErrorCode =
  /** The address cannot be read. */
  | 'REDIS_URL_INVALID'
  /** There is no connection now; one is being made. */
  | 'REDIS_UNAVAILABLE'
  /** No answer in time; whether the command was carried out is unknown. */
  | 'REDIS_TIMEOUT'
  /** Redis answered with an error. */
  | 'REDIS_REFUSED';

/** A failure of Redis. Neither message nor cause holds a password. */
export class RedisError extends Error {
  override readonly name: string = 'RedisError';
  readonly code: RedisErrorCode;
  /** First word of the error that Redis answered, such as `NOSCRIPT` or `READONLY`; empty for other failures. */
  readonly reply: string;

  constructor(code: RedisErrorCode, message: string, reply: string = '') {
    super(message);
    this.code = code;
    this.reply = reply;
  }
}
