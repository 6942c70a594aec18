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
import type { SessionOptions } from './session-parts.ts';
import { Session } from './session.ts';

/** What a transport does with its client's session. */
export type SessionHandle = Pick<
  Session,
  'sessionId' | 'admit' | 'receive' | 'receiveAudio' | 'tellError' | 'fail' | 'end' | 'disconnected'
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
  readonly #byToken = new Map<string, Session>();
  readonly #closing = new Set<Promise<void>>();
  readonly #waiters: (() => void)[] = [];
  #draining = false;

  constructor(options: SessionManagerOptions) {
    this.#options = options;
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
      issueToken: (owner, former) => this.#issueToken(owner, former),
      onClosed: (closed, token) => this.#forget(closed, token),
      ...(openEars !== undefined && { openEars }),
    });
    this.#sessions.set(sessionId, session);
    metrics.sessionOpened(link.transport);
    session.open();
    return { kind: 'opened', session };
  }

  resume({ link, token, samples, events }: ResumeArrival): ResumeResult {
    const session = this.#byToken.get(token);
    if (session === undefined) {
      return { kind: 'failed', problem: 'the session is over, or this token has been used: open a new one' };
    }
    if (!session.resume(link, { samples, events })) {
      return { kind: 'failed', problem: 'too much was missed to go on from there: open a new session' };
    }
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

  /** A token is good for one use: the next one takes its place. */
  #issueToken(session: Session, former: string | undefined): string {
    if (former !== undefined) this.#byToken.delete(former);
    const token = this.#options.newToken?.() ?? randomBytes(24).toString('base64url');
    this.#byToken.set(token, session);
    return token;
  }

  #forget(session: Session, token: string | undefined): void {
    this.#sessions.delete(session.sessionId);
    if (token !== undefined) this.#byToken.delete(token);
    const { finished } = session;
    if (finished !== undefined) {
      const closing = finished.finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
    if (this.#sessions.size > 0) return;
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
