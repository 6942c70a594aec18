import type { Clock, Timer } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { ASR_RATE_HZ } from './asr-engine.ts';
import { AsrError } from './asr-error.ts';
import { type AsrMetrics, type DecodeKind, noAsrMetrics } from './asr-metrics.ts';
import type { Recognition, RecognitionRequest, Recognizer } from './recognizer.ts';

/** Options of {@link AsrPool}. */
export interface AsrPoolOptions {
  /** Stays the caller's. */
  readonly recognizer: Recognizer;
  /** Decodes that may wait, over all sessions; one more fails with `OVERLOADED`. */
  readonly queueLimit: number;
  /** Longest time a decode may wait for its turn, and in all where an engine can stop, in ms. Default 20,000. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: none are kept. */
  readonly metrics?: AsrMetrics;
}

/** What is asked of an {@link AsrPool}, which sets the deadline. */
export interface PoolRequest extends Omit<RecognitionRequest, 'deadlineMs' | 'isPartial'> {
  /** Who asks: together the decodes of one owner may take a quarter of the queue. Absent: an owner of its own. */
  readonly owner?: object;
}

interface Job {
  readonly kind: DecodeKind;
  readonly request: PoolRequest;
  readonly askedAtMs: number;
  readonly outcome: PromiseWithResolvers<Recognition>;
  readonly giveUp: () => void;
  /** Ends the wait. */
  timer?: Timer;
}

const OWNERS_SHARE = 4;
const LEAST_SHARE = 2;

/** How often a log line tells of partials that were left out. */
const SHED_LOG_MS = 10_000;

/**
 * Shares one recognizer among all sessions. What ends a turn is decoded in order of arrival; partials only when
 * nothing waits, and with several decoders never on the last free one, so that they are shed first.
 */
export class AsrPool {
  readonly #options: AsrPoolOptions;
  readonly #metrics: AsrMetrics;
  readonly #waiting = new Set<Job>();
  readonly #partialSlots: number;
  readonly #timeoutMs: number;
  #running = 0;
  #shed = 0;
  #shedToldAtMs = -Infinity;
  #isClosed = false;

  constructor(options: AsrPoolOptions) {
    this.#options = options;
    this.#metrics = options.metrics ?? noAsrMetrics;
    this.#timeoutMs = options.timeoutMs ?? 20_000;
    this.#partialSlots = Math.max(1, options.recognizer.concurrency - 1);
  }

  /** Decodes that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Decodes that run, also those whose caller has given up. */
  get running(): number {
    return this.#running;
  }

  /**
   * Decodes for the end of a turn. Rejects with an `AsrError`: at once when the queue is full, or its owner's part
   * of it, and in time when the wait is too long.
   */
  decode(request: PoolRequest): Promise<Recognition> {
    const { queueLimit } = this.#options;
    if (this.#waiting.size >= queueLimit) {
      return this.#refuse(`${queueLimit} decodes are waiting, which is all that asr.queue_limit allows`);
    }
    const share = Math.max(LEAST_SHARE, Math.floor(queueLimit / OWNERS_SHARE));
    if (this.#waitingOf(request.owner) >= share) {
      return this.#refuse(`${share} decodes of one session are waiting, its share of asr.queue_limit`);
    }
    return this.#add('final', request);
  }

  /** Decodes for a partial; `undefined` when there is more important work. */
  tryPartial(request: PoolRequest): Promise<Recognition> | undefined {
    // Where anything waits, all places are taken.
    if (!this.#isClosed && this.#running < this.#partialSlots) {
      return this.#add('partial', request);
    }
    this.#shed += 1;
    this.#metrics.partialShed();
    this.#tellShed();
    return undefined;
  }

  /** Fails everything that waits. Idempotent; the recognizer is closed by whoever owns it. */
  close(): void {
    this.#isClosed = true;
    for (const job of this.#waiting) job.giveUp();
  }

  #add(kind: DecodeKind, request: PoolRequest): Promise<Recognition> {
    const { signal } = request;
    const outcome = Promise.withResolvers<Recognition>();
    if (this.#isClosed || signal.aborted) return Promise.reject(closedError());
    const job: Job = {
      kind,
      request,
      askedAtMs: this.#options.clock.nowMs(),
      outcome,
      giveUp: () => {
        job.timer?.cancel();
        outcome.reject(closedError());
        if (this.#waiting.delete(job)) this.#tellQueue();
      },
    };
    signal.addEventListener('abort', job.giveUp, { once: true });
    this.#waiting.add(job);
    this.#startNext();
    if (this.#waiting.has(job)) this.#limitWait(job);
    return outcome.promise;
  }

  #limitWait(job: Job): void {
    const { clock } = this.#options;
    job.timer = clock.setTimer(this.#timeoutMs, () => {
      this.#waiting.delete(job);
      job.request.signal.removeEventListener('abort', job.giveUp);
      this.#metrics.failed('TIMED_OUT');
      job.outcome.reject(new AsrError('TIMED_OUT', `no decoder was free within ${this.#timeoutMs} ms`));
      this.#tellQueue();
    });
  }

  #waitingOf(owner: object | undefined): number {
    if (owner === undefined) return 0;
    let count = 0;
    for (const { request } of this.#waiting) if (request.owner === owner) count += 1;
    return count;
  }

  #refuse(message: string): Promise<never> {
    this.#metrics.failed('OVERLOADED');
    return Promise.reject(new AsrError('OVERLOADED', message));
  }

  #startNext(): void {
    for (const job of this.#waiting) {
      if (this.#running >= this.#options.recognizer.concurrency) break;
      this.#waiting.delete(job);
      job.timer?.cancel();
      this.#running += 1;
      void this.#run(job);
    }
    this.#tellQueue();
  }

  /** Never rejects: the job's caller gets the failure. The place is taken until the recognizer is really done. */
  async #run({ kind, request, askedAtMs, outcome, giveUp }: Job): Promise<void> {
    const { recognizer, clock, logger } = this.#options;
    const startedAtMs = clock.nowMs();
    const { owner: _, ...asked } = request;
    try {
      const recognition = await recognizer.recognize({
        ...asked,
        deadlineMs: askedAtMs + this.#timeoutMs,
        isPartial: kind === 'partial',
      });
      this.#metrics.decoded({
        kind,
        audioMs: (request.samples.length * 1000) / ASR_RATE_HZ,
        decodeMs: clock.nowMs() - startedAtMs,
        waitMs: startedAtMs - askedAtMs,
      });
      outcome.resolve(recognition);
    } catch (cause) {
      const error = AsrError.from(cause);
      if (!request.signal.aborted) {
        this.#metrics.failed(error.code);
        // The only place that tells what was wrong: clients get a fixed sentence.
        logger.warn({ err: error, kind }, 'speech could not be recognized');
      }
      outcome.reject(error);
    }
    request.signal.removeEventListener('abort', giveUp);
    this.#running -= 1;
    this.#startNext();
  }

  #tellQueue(): void {
    this.#metrics.queueChanged(this.#waiting.size, this.#running);
  }

  #tellShed(): void {
    const { clock, logger } = this.#options;
    const nowMs = clock.nowMs();
    if (nowMs - this.#shedToldAtMs < SHED_LOG_MS) return;
    this.#shedToldAtMs = nowMs;
    const fields = { shed: this.#shed, waiting: this.#waiting.size, running: this.#running };
    logger.warn(fields, 'speech recognition falls behind and leaves out partial transcripts');
    this.#shed = 0;
  }
}

function closedError(): AsrError {
  return new AsrError('CANCELLED', 'the recognition was given up');
}
