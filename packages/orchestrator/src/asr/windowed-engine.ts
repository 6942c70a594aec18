import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { ASR_RATE_HZ, type AsrEngine, type AsrStream } from './asr-engine.ts';
import { AsrError } from './asr-error.ts';
import type { AsrMetrics } from './asr-metrics.ts';
import { AsrPool } from './asr-pool.ts';
import type { Recognizer } from './recognizer.ts';
import { WindowedStream } from './windowed-stream.ts';

/** Longest stretch of audio that is decoded at once, in ms: the runtime's models lose words beyond it. */
const MAX_WINDOW_MS = 28_000;

/** Options of {@link createWindowedEngine}. */
export interface WindowedEngineOptions {
  /** Closed with the engine. */
  readonly recognizer: Recognizer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether streams that do not say get partials. Default true. */
  readonly partials?: boolean;
  /** New audio between two partials of a stream, in ms. Default 300. */
  readonly partialIntervalMs?: number;
  /** Longest stretch decoded at once, in ms; longer turns are cut where it is quiet. Default and most 28,000. */
  readonly maxWindowMs?: number;
  /** Decodes that may wait, over all streams. Default 32. */
  readonly queueLimit?: number;
  /** Longest time a decode may wait for its turn, in ms. Default 20,000. */
  readonly timeoutMs?: number;
  readonly metrics?: AsrMetrics;
}

/** Makes an engine of what can only decode one stretch of audio: with turns of any length, and partials. */
export function createWindowedEngine(options: WindowedEngineOptions): AsrEngine {
  const { recognizer, clock, logger, metrics, timeoutMs, partials = true, partialIntervalMs = 300 } = options;
  const maxWindowMs = Math.min(MAX_WINDOW_MS, options.maxWindowMs ?? MAX_WINDOW_MS);
  const pool = new AsrPool({
    recognizer,
    clock,
    logger,
    queueLimit: options.queueLimit ?? 32,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(metrics !== undefined && { metrics }),
  });
  const streams = new Set<WindowedStream>();
  return {
    name: recognizer.name,
    get problem(): string | undefined {
      return recognizer.problem;
    },
    refuseLanguage: (language) => recognizer.refuseLanguage(language),
    start(stream): AsrStream {
      if (stream.sampleRateHz !== ASR_RATE_HZ) {
        const message = `Speech is recognized at ${ASR_RATE_HZ} Hz, but the audio has ${stream.sampleRateHz} Hz.`;
        throw new AsrError('UNSUPPORTED', message);
      }
      const language = stream.language ?? 'auto';
      const refusal = recognizer.refuseLanguage(language);
      if (refusal !== undefined) throw new AsrError('UNSUPPORTED', refusal);
      const started = new WindowedStream({
        ...stream,
        language,
        partials: stream.partials ?? partials,
        partialIntervalMs,
        maxWindowMs,
        pool,
        onOver: () => void streams.delete(started),
      });
      streams.add(started);
      if (stream.signal?.aborted === true) started.cancel();
      return started;
    },
    async close(): Promise<void> {
      for (const stream of streams) stream.fail(new AsrError('CANCELLED', 'speech recognition is closing'));
      pool.close();
      await recognizer.close();
    },
  };
}
