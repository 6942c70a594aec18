import type { Clock } from '../../session/ports/clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import { AsrError } from '../asr-error.ts';
import { type AsrMetrics, noAsrMetrics } from '../asr-metrics.ts';
import type { Recognition, RecognitionRequest, Recognizer } from '../recognizer.ts';
import { ChildGoneError } from './whisper-child.ts';
import { whisperLanguage } from './whisper-language.ts';
import type { WhisperModel } from './whisper-model.ts';
import { DecodeHangsError, WhisperSlot } from './whisper-slot.ts';

/** Options of {@link startWhisper}. */
export interface WhisperOptions {
  /** As `loadWhisperModel` gives it. */
  readonly model: WhisperModel;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: AsrMetrics;
  /** Processes, each with a copy of the model. Default 1. */
  readonly workers?: number;
  /** Threads of one decode. Default 1. */
  readonly threads?: number;
  /** Execution provider of the runtime. Default `cpu`. */
  readonly provider?: string;
  /** Longest time to load the model, in ms. Default 60,000. */
  readonly startTimeoutMs?: number;
  /**
   * Longest time for one try of a decode, of which there are two, and to wait for a process that is being started
   * again, in ms. Default 20,000.
   */
  readonly timeoutMs?: number;
}

/** A {@link Recognizer} whose processes can be seen. */
export interface WhisperRecognizer extends Recognizer {
  /** Process ids of those that live. */
  readonly pids: readonly number[];
}

/**
 * Starts the processes of the recognizer and waits until they have loaded the model. Whoever starts it closes it.
 *
 * @throws AsrError `ENGINE_START_FAILED` with the directory of the model and what the process said
 */
export async function startWhisper(options: WhisperOptions): Promise<WhisperRecognizer> {
  const recognizer = new Whisper(options);
  try {
    await recognizer.start();
    return recognizer;
  } catch (cause) {
    await recognizer.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `The speech recognition model in ${options.model.directory} could not be loaded: ${why}.`;
    throw new AsrError('ENGINE_START_FAILED', message, { cause });
  }
}

class Whisper implements WhisperRecognizer {
  readonly name = 'whisper';
  readonly concurrency: number;
  readonly #options: WhisperOptions;
  readonly #slots: WhisperSlot[] = [];
  readonly #waiting = new Set<() => void>();
  #isClosed = false;

  constructor(options: WhisperOptions) {
    this.#options = options;
    this.concurrency = options.workers ?? 1;
  }

  get pids(): readonly number[] {
    return this.#slots.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  get problem(): string | undefined {
    const failing = this.#slots.filter((slot) => slot.isFailing).length;
    if (failing === 0) return undefined;
    return `${failing} of ${this.#slots.length} processes of speech recognition cannot be started; the log says why`;
  }

  /** The first process alone, so that a broken model breaks one process only. */
  async start(): Promise<void> {
    await this.#addSlot().firstReady;
    const others = Array.from({ length: this.concurrency - 1 }, () => this.#addSlot());
    await Promise.all(others.map(({ firstReady }) => firstReady));
  }

  refuseLanguage(language: string): string | undefined {
    const { model } = this.#options;
    if (language === 'auto' || model.languages.includes(whisperLanguage(language))) return undefined;
    return model.isMultilingual
      ? `The recognition model does not know the language ${language}.`
      : `The recognition model knows English only, but the language is ${language}.`;
  }

  async recognize({ samples, language, signal, isPartial }: RecognitionRequest): Promise<Recognition> {
    const { model, logger } = this.#options;
    // English-only models are not told a language.
    const code = language === 'auto' || !model.isMultilingual ? '' : whisperLanguage(language);
    const result = await this.#decode(samples, code)
      .catch((cause: unknown) => {
        const isOfProcess = cause instanceof ChildGoneError || cause instanceof DecodeHangsError;
        if (!isOfProcess || isPartial === true || signal.aborted || this.#isClosed) throw cause;
        logger.warn({ samples: samples.length }, 'a decode whose process has ended is tried once more');
        return this.#decode(samples, code);
      })
      .catch((cause: unknown) => {
        throw this.#isClosed ? closing(cause) : AsrError.from(cause);
      });
    return model.isMultilingual ? result : { ...result, language: 'en' };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  /** A slot is free at once as long as nobody asks for more than `concurrency` decodes and no process has ended. */
  async #decode(samples: Int16Array, language: string): Promise<Recognition> {
    const { clock, timeoutMs = 20_000 } = this.#options;
    const deadlineMs = clock.nowMs() + timeoutMs;
    for (;;) {
      if (this.#isClosed) throw closing();
      const free = this.#slots.find((slot) => slot.isFree);
      // Taken in the same breath as found: others look too.
      if (free !== undefined) return free.decode(samples, language);
      if (this.#slots.every((slot) => slot.isFailing)) {
        throw new AsrError('ENGINE_FAILED', 'no process of speech recognition can be started');
      }
      const leftMs = deadlineMs - clock.nowMs();
      if (leftMs <= 0) throw new AsrError('TIMED_OUT', `no process was free within ${timeoutMs} ms`);
      await this.#changed(leftMs);
    }
  }

  /** Settles when a slot has changed, or after a while. */
  async #changed(waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimer(waitMs, resolve);
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    timer.cancel();
  }

  #addSlot(): WhisperSlot {
    const { model, clock, logger, metrics = noAsrMetrics } = this.#options;
    const slot = new WhisperSlot({
      input: {
        encoder: model.encoder,
        decoder: model.decoder,
        tokens: model.tokens,
        melBins: model.melBins,
        threads: this.#options.threads ?? 1,
        provider: this.#options.provider ?? 'cpu',
      },
      clock,
      logger,
      metrics,
      startTimeoutMs: this.#options.startTimeoutMs ?? 60_000,
      timeoutMs: this.#options.timeoutMs ?? 20_000,
      onChange: () => this.#wake(),
    });
    this.#slots.push(slot);
    return slot;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
  }
}

function closing(cause?: unknown): AsrError {
  return new AsrError('CANCELLED', 'speech recognition is closing', { cause });
}
