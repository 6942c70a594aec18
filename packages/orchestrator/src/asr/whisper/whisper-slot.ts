import type { Clock, Timer } from '../../session/ports/clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import { AsrError } from '../asr-error.ts';
import type { AsrMetrics } from '../asr-metrics.ts';
import type { Recognition } from '../recognizer.ts';
import { WhisperChild } from './whisper-child.ts';
import type { WhisperInput } from './whisper-messages.ts';

/** What all slots of a recognizer share. */
export interface WhisperSlotOptions {
  readonly input: WhisperInput;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: AsrMetrics;
  /** Longest time to load the model, in ms. */
  readonly startTimeoutMs: number;
  /** Longest time for one decode, in ms. */
  readonly timeoutMs: number;
  /** Called whenever `isFree` or `isFailing` may have changed. */
  readonly onChange: () => void;
}

/** The process did not answer in time and is killed; another may do the work. */
export class DecodeHangsError extends AsrError {
  constructor(timeoutMs: number) {
    super('TIMED_OUT', `the recognizer did not answer within ${timeoutMs} ms`);
  }
}

const FIRST_RESTART_MS = 50;
const LONGEST_RESTART_MS = 10_000;
/** A life this long counts as a good one: the next restart is quick again. */
const GOOD_LIFE_MS = 30_000;
/** Starts in vain after which nobody should wait for the next one. */
const FAILING_AFTER = 3;

/** One place to decode: a process that is started again whenever it ends. Whoever makes it closes it. */
export class WhisperSlot {
  readonly #options: WhisperSlotOptions;
  readonly #firstReady = Promise.withResolvers<void>();
  #child: WhisperChild | undefined;
  /** Whether the present life can be used. */
  #isReady = false;
  /** Whether the present life has loaded the model, whatever came then. */
  #hasLoaded = false;
  #isBusy = false;
  #isClosed = false;
  #failedStarts = 0;
  #startedMs = 0;
  #restartMs = FIRST_RESTART_MS;
  /** Restarts the process, or kills it when it takes too long to start. */
  #timer: Timer | undefined;

  constructor(options: WhisperSlotOptions) {
    this.#options = options;
    this.#start();
  }

  /** Settles when the first life has loaded the model; rejects with what it said when it ends before. */
  get firstReady(): Promise<void> {
    return this.#firstReady.promise;
  }

  /** Process id of the present life. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether it can decode now. */
  get isFree(): boolean {
    return this.#isReady && !this.#isBusy;
  }

  /** Whether several starts in a row were in vain. */
  get isFailing(): boolean {
    return this.#failedStarts >= FAILING_AFTER;
  }

  /**
   * Decodes one stretch of audio; only when it is free.
   *
   * @throws ChildGoneError when the process ends meanwhile
   * @throws DecodeHangsError upon which the process is killed
   * @throws AsrError `ENGINE_FAILED`
   */
  async decode(samples: Int16Array, language: string): Promise<Recognition> {
    const child = this.#child;
    if (child === undefined || !this.isFree) throw new Error('this slot is not free');
    const { clock, timeoutMs, logger } = this.#options;
    const late = Promise.withResolvers<never>();
    const timer = clock.setTimer(timeoutMs, () => {
      logger.error({ childPid: child.pid, timeoutMs }, 'a decode takes too long and its process is killed');
      this.#isReady = false;
      late.reject(new DecodeHangsError(timeoutMs));
      child.kill();
    });
    this.#isBusy = true;
    try {
      return await Promise.race([child.decode(samples, language), late.promise]);
    } finally {
      timer.cancel();
      this.#isBusy = false;
      this.#options.onChange();
    }
  }

  /** Ends the process. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    const child = this.#child;
    child?.kill();
    await child?.exited;
  }

  #start(): void {
    const { clock, input, logger, startTimeoutMs } = this.#options;
    this.#startedMs = clock.nowMs();
    this.#hasLoaded = false;
    const child = new WhisperChild({
      input,
      logger,
      onReady: () => this.#onReady(),
      onExit: (how) => this.#onExit(how),
    });
    this.#child = child;
    this.#timer = clock.setTimer(startTimeoutMs, () => {
      this.#firstReady.reject(new Error(`the model was not loaded within ${startTimeoutMs} ms`));
      child.kill();
    });
  }

  #onReady(): void {
    this.#timer?.cancel();
    this.#isReady = true;
    this.#hasLoaded = true;
    this.#failedStarts = 0;
    this.#firstReady.resolve();
    this.#options.logger.info({ childPid: this.pid }, 'a process of speech recognition is ready');
    this.#options.onChange();
  }

  #onExit(how: string): void {
    const { clock, logger, metrics, onChange } = this.#options;
    this.#timer?.cancel();
    if (!this.#hasLoaded) this.#failedStarts += 1;
    this.#isReady = false;
    this.#child = undefined;
    this.#firstReady.reject(new Error(how));
    if (this.#isClosed) return;
    if (clock.nowMs() - this.#startedMs >= GOOD_LIFE_MS) this.#restartMs = FIRST_RESTART_MS;
    const restartMs = this.#restartMs;
    this.#restartMs = Math.min(LONGEST_RESTART_MS, restartMs * 2);
    logger.error({ how, restartMs }, 'a process of speech recognition has ended and is started again');
    metrics.restarted();
    this.#timer = clock.setTimer(restartMs, () => this.#start());
    onChange();
  }
}
