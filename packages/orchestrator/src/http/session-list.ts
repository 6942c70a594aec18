/** One open session, as operators see it. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly state: string;
  readonly transport: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
  /** gRPC address of the worker that speaks, or spoke last; `undefined` before anything was said. */
  readonly workerAddr: string | undefined;
  /** BCP 47; the user's, as last heard or else as set. */
  readonly language: string;
}

/** One session in the answer of `/v1/sessions`. */
export interface ListedSession {
  readonly session_id: string;
  readonly state: string;
  readonly transport: string;
  /** ISO 8601, UTC. */
  readonly created_at: string;
  readonly worker_addr: string | null;
  /** BCP 47; the user's, as last heard or else as set. */
  readonly language: string;
}

/** The answer of `/v1/sessions`. */
export interface SessionList {
  /** Open sessions, listed or not. */
  readonly total: number;
  /** The oldest ones, up to the limit. */
  readonly sessions: readonly ListedSession[];
}

/** Sessions listed when the request does not say how many, and the most it may ask for. */
export const SESSION_LIST_LIMITS: { readonly default: number; readonly max: number } = {
  default: 100,
  max: 1000,
};

/** Lists the first `limit` sessions: an answer with tens of thousands would hold up everybody's audio. */
export function listSessions(sessions: Iterable<SessionSummary>, limit: number): SessionList {
  const listed: ListedSession[] = [];
  let total = 0;
  for (const session of sessions) {
    total += 1;
    if (listed.length < limit) listed.push(toListed(session));
  }
  return { total, sessions: listed };
}

/** Reads the query's `limit`; `undefined` when it is not a whole number from 1 to the maximum. */
export function parseListLimit(value: unknown): number | undefined {
  if (value === undefined) return SESSION_LIST_LIMITS.default;
  if (typeof value !== 'string' || !/^[1-9]\d{0,3}$/.test(value)) return undefined;
  const limit = Number(value);
  return limit <= SESSION_LIST_LIMITS.max ? limit : undefined;
}

function toListed(session: SessionSummary): ListedSession {
  return {
    session_id: session.sessionId,
    state: session.state,
    transport: session.transport,
    created_at: new Date(session.createdAtMs).toISOString(),
    worker_addr: session.workerAddr ?? null,
    language: session.language,
  };
}
