/** How a lost connection is sought again. */
export interface ReconnectPolicy {
  /** Attempts in a row that may fail before the session is given up. Default 10; 0 means no reconnect. */
  readonly maxAttempts: number;
  /** Longest wait before the first attempt, in ms; doubles with each further one. Default 250. */
  readonly firstDelayMs: number;
  /** Longest wait before any attempt, in ms, where the server does not ask for more. Default 10,000. */
  readonly maxDelayMs: number;
}

/** What holds where an option is not given. */
export const DEFAULT_RECONNECT: ReconnectPolicy = { maxAttempts: 10, firstDelayMs: 250, maxDelayMs: 10_000 };

/**
 * How long to wait before an attempt: a random time up to the limit, so that clients of one server that
 * died do not come back all at once; the delay a server asked for is added.
 *
 * @param attempt from 1
 * @param random from 0 to below 1
 */
export function reconnectDelayMs(
  policy: ReconnectPolicy,
  attempt: number,
  random: number,
  askedMs = 0,
): number {
  const limit = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(askedMs + limit * random);
}

/** The delay that a server asks for in the reason of a close: `server_shutdown; retry_after_ms=1500`. */
export function askedDelayMs(reason: string): number {
  const asked = /\bretry_after_ms=(\d{1,6})\b/.exec(reason)?.[1];
  return asked === undefined ? 0 : Number(asked);
}
