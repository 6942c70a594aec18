import { randomBytes, randomUUID } from 'node:crypto';
import type { SessionSettings } from '@parley/protocol';
import type { PlayoutScheduler } from '../playout/playout-scheduler.ts';
import type {
  ClientArrival,
  OpenResult,
  ResumeArrival,
  ResumeResult,
  SessionHost,
} from '../transport/base.ts';
import type { Clock } from './ports/clock.ts';
import type { OpenEars } from './ports/ears.ts';
import type { Logger } from './ports/logger.ts';
import type { WorkerPool } from './ports/worker-pool.ts';
import type { SessionMetrics } from './session-metrics.ts';
import { ResumeTokens } from './resume-tokens.ts';
import type { SessionOptions } from './session-parts.ts';
import { Session } from './session.ts';

/** What a transport does with its client's session. */
export type SessionHandle = Pick<
  Session,
  'sessionId' | 'admit' | 'receive' | 'receiveAudio' | 'tellError' | 'fail' | 'end' | 'left' | 'disconnected'
>;

/** What a {@link SessionManager} needs. All of it belongs to `main.ts`. */
export interface SessionManagerOptions {
  readonly workerPool: WorkerPool;
  readonly scheduler: PlayoutScheduler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SessionMetrics;
  readonly sessionOptions: SessionOptions;
  /** Settings of a session whose client has not changed any; `metadata` is what it said when it connected. */
  readonly settingsFor: (metadata: Readonly<Record<string, string>>) => SessionSettings;
  /** Absent where nobody listens to microphones. */
  readonly openEars?: OpenEars;
  /** Makes session ids. Default: random UUIDs (RFC 9562, version 4). */
  readonly newId?: () => string;
  /** Makes resume tokens. Default: 192 random bits. */
  readonly newToken?: () => string;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
}

/** All sessions of a process. */
export class SessionManager implements SessionHost {
  readonly #options: SessionManagerOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #tokens: ResumeTokens;
  readonly #closing = new Set<Promise<void>>();
  readonly #waiters: (() => void)[] = [];
  #draining = false;

  constructor(options: SessionManagerOptions) {
    this.#options = options;
    this.#tokens = new ResumeTokens(options.newToken ?? (() => randomBytes(24).toString('base64url')));
  }

  /** Sessions that are open, in the order of their arrival. */
  get sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** Number of open sessions. */
  get size(): number {
    return this.#sessions.size;
  }

  open({ link, metadata }: ClientArrival): OpenResult {
    if (this.#draining) return { kind: 'draining' };
    const { workerPool, sessionOptions, newId = randomUUID, random = Math.random } = this.#options;
    const { clock, logger, metrics, scheduler, openEars, settingsFor } = this.#options;
    const sessionId = newId();
    const session = new Session({
      sessionId,
      link,
      metadata,
      scheduler,
      clock,
      metrics,
      random,
      settings: settingsFor(metadata),
      speech: workerPool.openSession(sessionId),
      logger: logger.child({ session_id: sessionId }),
      options: sessionOptions,
      issueToken: (owner) => this.#tokens.issue(owner),
      onClosed: (closed) => this.#forget(closed),
      ...(openEars !== undefined && { openEars }),
    });
    this.#sessions.set(sessionId, session);
    metrics.sessionOpened(link.transport);
    session.open();
    return { kind: 'opened', session };
  }

  resume({ link, token, samples, events }: ResumeArrival): ResumeResult {
    const session = this.#tokens.find(token);
    if (session === undefined) {
      return { kind: 'failed', problem: 'the session is over, or this token has been used: open a new one' };
    }
    if (!session.resume(link, { samples, events })) {
      return { kind: 'failed', problem: 'too much was missed to go on from there: open a new session' };
    }
    this.#tokens.used(session, token);
    return { kind: 'opened', session };
  }

  /**
   * Opens no more sessions, lets each finish what it is saying for up to `timeoutMs`, then ends the rest.
   * Settles when every session has freed what it had. May be called again with a shorter time.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    const timer = this.#options.clock.setTimer(timeoutMs, () => this.#endAll());
    for (const session of this.#sessions.values()) session.drain();
    await this.#emptied();
    timer.cancel();
    await Promise.all(this.#closing);
  }

  #endAll(): void {
    for (const session of this.#sessions.values()) session.end('server_shutdown');
  }

  #emptied(): Promise<void> {
    if (this.#sessions.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  #forget(session: Session): void {
    this.#sessions.delete(session.sessionId);
    this.#tokens.forget(session);
    const { finished } = session;
    if (finished !== undefined) {
      const closing = finished.finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
    if (this.#sessions.size > 0) return;
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
