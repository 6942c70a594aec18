import type { ResamplerFactory } from '@parley/audio';
import { MemoryLoadLock, type LoadLock, type Router } from '../routing/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import type { FrameSink, SpeechSession, WorkerPool } from '../session/ports/worker-pool.ts';
import { ModelLoader } from './model-loader.ts';
import { Retries } from './retry-budget.ts';
import { noSpeechMetrics, type SpeechMetrics } from './speech-metrics.ts';
import { WorkerSpeechSession, type SpeechSessionContext } from './speech-session.ts';
import { WorkerChannels } from './worker-channels.ts';

/** Options of {@link createWorkerPool}. Times are in ms. */
export interface WorkerPoolOptions {
  /** Gives places on workers; the pool does not close it. */
  readonly router: Router;
  /** From `loadResampler()` of `@parley/audio`. */
  readonly resamplers: ResamplerFactory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: nothing is measured. */
  readonly metrics?: SpeechMetrics;
  /** Longest wait for a worker to accept a session. Default 3000. */
  readonly startSessionTimeoutMs?: number;
  /** Longest wait for the first audio of a segment. Default 5000. */
  readonly firstFrameTimeoutMs?: number;
  /** Longest wait between two messages; time during which the worker is held back does not count. Default 3000. */
  readonly frameGapTimeoutMs?: number;
  /** Longest synthesis of a segment, without the time during which the worker is held back. Default 120,000. */
  readonly segmentTimeoutMs?: number;
  /** How long a session keeps its place after speaking. Default 5000; 0 gives it back at once. */
  readonly slotLingerMs?: number;
  /** Model to speak with while the one asked for is being loaded. Default: speech waits until it is. */
  readonly fallbackModel?: string;
  /** Lets one model be loaded on a worker at a time. Default: among the sessions of this pool. */
  readonly loadLock?: LoadLock;
  /** Longest wait for a model to be loaded. Default 60,000. */
  readonly loadTimeoutMs?: number;
  /** How long a session whose worker is gone waits for another one, or for it to be back. Default 5000. */
  readonly recoveryWaitMs?: number;
}

/** A {@link WorkerPool} over gRPC, which whoever made it closes. */
export interface GrpcWorkerPool extends WorkerPool, AsyncDisposable {
  /**
   * Speaks a word to nobody, so that the first one who hears something does not wait for connections and for
   * code that has never run. Takes 5 s at most, never rejects. For workers whose work costs nothing.
   */
  warmUp(): Promise<void>;
  /** Gives up loads of models and closes all sessions, then all connections. Takes about a second at most. Idempotent. */
  close(): Promise<void>;
}

const WARM_UP_SESSION = 'warm-up';
const WARM_UP_MS = 5000;

/** Makes the pool through which sessions speak: it owns the connections to workers, made on first use. */
export function createWorkerPool(options: WorkerPoolOptions): GrpcWorkerPool {
  return new Pool(options);
}

class Pool implements GrpcWorkerPool {
  readonly #context: SpeechSessionContext;
  readonly #channels: WorkerChannels;
  readonly #loader: ModelLoader;
  readonly #sessions = new Set<WorkerSpeechSession>();
  /** Those that hold a place they do not use, the longest idle first. */
  readonly #idle = new Set<WorkerSpeechSession>();
  readonly #stopListening: () => void;
  #closed: Promise<void> | undefined;

  constructor(options: WorkerPoolOptions) {
    const { router, resamplers, clock, logger } = options;
    this.#channels = new WorkerChannels({ clock });
    const metrics = options.metrics ?? noSpeechMetrics;
    this.#loader = new ModelLoader({
      channels: this.#channels,
      lock: options.loadLock ?? new MemoryLoadLock(clock),
      clock,
      logger,
      metrics,
      timeoutMs: options.loadTimeoutMs ?? 60_000,
    });
    this.#context = {
      router,
      resamplers,
      clock,
      logger,
      channels: this.#channels,
      loader: this.#loader,
      retries: new Retries(clock),
      metrics,
      recoveryWaitMs: options.recoveryWaitMs ?? 5000,
      ...(options.fallbackModel === undefined ? {} : { fallbackModel: options.fallbackModel }),
      startTimeoutMs: options.startSessionTimeoutMs ?? 3000,
      slotLingerMs: options.slotLingerMs ?? 5000,
      deadlines: {
        firstFrameMs: options.firstFrameTimeoutMs ?? 5000,
        frameGapMs: options.frameGapTimeoutMs ?? 3000,
        segmentMs: options.segmentTimeoutMs ?? 120_000,
      },
    };
    this.#stopListening = router.onShortage(() => this.#releaseOneIdlePlace());
  }

  openSession(sessionId: string): SpeechSession {
    return this.#open(sessionId, this.#context);
  }

  #open(sessionId: string, context: SpeechSessionContext): SpeechSession {
    const session = new WorkerSpeechSession({
      context,
      sessionId,
      onIdlePlace: (idle, isIdle) => void (isIdle ? this.#idle.add(idle) : this.#idle.delete(idle)),
      onClosed: (closed) => void this.#sessions.delete(closed),
    });
    this.#sessions.add(session);
    return session;
  }

  async warmUp(): Promise<void> {
    const context = { ...this.#context, metrics: noSpeechMetrics, slotLingerMs: 0 };
    const session = this.#open(WARM_UP_SESSION, context);
    const timer = context.clock.setTimer(WARM_UP_MS, () => void session.close());
    const nowhere: FrameSink = { room: Infinity, push() {}, words() {} };
    await session.synthesize('Hello.', {}, nowhere).done;
    timer.cancel();
    await session.close();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#stopListening();
    const sessions = Array.from(this.#sessions, (session) => session.close());
    await Promise.all([this.#loader.close(), ...sessions]);
    this.#channels.close();
  }

  #releaseOneIdlePlace(): void {
    for (const session of this.#idle) return session.releaseIdlePlace();
  }
}
