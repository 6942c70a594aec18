import type { Clock, Timer } from '../clock.ts';
import type { WorkerSession } from './worker-session.ts';

/** Options of {@link SessionTable}. */
export interface SessionTableOptions {
  readonly clock: Clock;
  readonly maxSessions: number;
  /** A silent session is ended after so long: its orchestrator is gone. 0 means never. */
  readonly idleMs: number;
  readonly onExpired: (session: WorkerSession) => void;
}

/** The sessions of a worker, bounded. Whoever creates it closes it. */
export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #sessions = new Map<string, WorkerSession>();
  /** Places given to sessions whose model is still being loaded. */
  readonly #starting = new Set<string>();
  readonly #sweep: Timer | undefined;

  constructor(options: SessionTableOptions) {
    this.#options = options;
    if (options.idleMs > 0) {
      this.#sweep = options.clock.setInterval(Math.max(1, options.idleMs / 4), () => this.#expire());
    }
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
  reserve(id: string): 'ok' | 'full' | 'starting' {
    if (this.#starting.has(id)) return 'starting';
    if (this.size >= this.#options.maxSessions) return 'full';
    this.#starting.add(id);
    return 'ok';
  }

  /** Puts a started session into its place; `false` when it was ended meanwhile. */
  add(session: WorkerSession): boolean {
    if (!this.#starting.delete(session.id)) return false;
    this.#sessions.set(session.id, session);
    return true;
  }

  giveUp(id: string): void {
    this.#starting.delete(id);
  }

  /** Takes the session out, and calls a start off; the caller ends the session. */
  remove(id: string): WorkerSession | undefined {
    this.#starting.delete(id);
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    return session;
  }

  /** Stops the timer and ends all sessions. Idempotent. */
  close(): void {
    this.#sweep?.cancel();
    for (const session of this.#sessions.values()) session.end();
    this.#sessions.clear();
    this.#starting.clear();
  }

  #expire(): void {
    const deadlineMs = this.#options.clock.nowMs() - this.#options.idleMs;
    for (const session of this.#sessions.values()) {
      if (session.runs.size > 0 || session.lastUsedAtMs > deadlineMs) continue;
      this.#sessions.delete(session.id);
      session.end();
      this.#options.onExpired(session);
    }
  }
}
