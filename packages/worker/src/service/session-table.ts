import type { Clock, Timer } from '../clock.ts';
import type { WorkerSession } from './worker-session.ts';

/** Options of {@link SessionTable}. */
export interface SessionTableOptions {
  readonly clock: Clock;
  readonly maxSessions: number;
  /**
   * A silent session is ended after so long: its orchestrator is gone. 0 means never. Orchestrators may ask for
   * less.
   */
  readonly idleMs: number;
  readonly onExpired: (session: WorkerSession) => void;
}

/** The place of one session that is starting; another start of that id has another. */
export interface SessionPlace {
  readonly sessionId: string;
}

const SWEEP_MS = 1000;

/** The sessions of a worker, bounded. Whoever creates it closes it. */
export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #sessions = new Map<string, WorkerSession>();
  /** Places given to sessions whose model is still being loaded. */
  readonly #starting = new Map<string, SessionPlace>();
  readonly #sweep: Timer;

  constructor(options: SessionTableOptions) {
    this.#options = options;
    const sweepMs = options.idleMs > 0 ? Math.min(SWEEP_MS, options.idleMs / 4) : SWEEP_MS;
    this.#sweep = options.clock.setInterval(Math.max(1, sweepMs), () => this.#expire());
  }

  /** Sessions, those that are starting included. */
  get size(): number {
    return this.#sessions.size + this.#starting.size;
  }

  get(id: string): WorkerSession | undefined {
    return this.#sessions.get(id);
  }

  /**
   * Takes a place for a new session, to be followed by {@link add} or {@link giveUp}. `starting` when a
   * session of that id is just being started.
   */
  reserve(sessionId: string): SessionPlace | 'full' | 'starting' {
    if (this.#starting.has(sessionId)) return 'starting';
    if (this.size >= this.#options.maxSessions) return 'full';
    const place: SessionPlace = { sessionId };
    this.#starting.set(sessionId, place);
    return place;
  }

  /** Puts a started session into its place; `false` when it was ended meanwhile, started anew or not. */
  add(session: WorkerSession, place: SessionPlace): boolean {
    if (this.#starting.get(place.sessionId) !== place) return false;
    this.#starting.delete(place.sessionId);
    this.#sessions.set(place.sessionId, session);
    return true;
  }

  /** Frees a place; one that is taken, or was freed by {@link remove}, is left as it is. */
  giveUp(place: SessionPlace): void {
    if (this.#starting.get(place.sessionId) === place) this.#starting.delete(place.sessionId);
  }

  /** Takes the session out, and calls a start off; the caller ends the session. */
  remove(id: string): WorkerSession | undefined {
    this.#starting.delete(id);
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    return session;
  }

  /** Stops the timer and breaks all sessions off. Idempotent. */
  close(): void {
    this.#sweep.cancel();
    for (const session of this.#sessions.values()) session.breakOff();
    this.#sessions.clear();
    this.#starting.clear();
  }

  #expire(): void {
    const { clock, idleMs } = this.#options;
    const longestMs = idleMs > 0 ? idleMs : Infinity;
    const nowMs = clock.nowMs();
    for (const session of this.#sessions.values()) {
      const mayBeSilentMs = Math.min(longestMs, session.silenceMs);
      if (session.runs.size > 0 || nowMs - session.lastUsedAtMs < mayBeSilentMs) continue;
      this.#sessions.delete(session.id);
      session.end();
      this.#options.onExpired(session);
    }
  }
}
