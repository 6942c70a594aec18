import { availableParallelism } from 'node:os';
import type { AsrConfig } from '../config/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import type { AsrEngine } from './asr-engine.ts';
import { AsrError } from './asr-error.ts';
import type { AsrMetrics } from './asr-metrics.ts';
import { requireModel } from './models/find-model.ts';
import { createOpenAiRecognizer } from './openai/index.ts';
import type { Recognizer } from './recognizer.ts';
import { loadWhisperModel, startWhisper } from './whisper/index.ts';
import { createWindowedEngine } from './windowed-engine.ts';

/** What engines need besides their configuration. */
export interface AsrParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: AsrMetrics;
}

type OpenRecognizer = (config: AsrConfig, parts: AsrParts) => Promise<Recognizer>;

/** The engines by the name that `asr.adapter` gives them. */
const adapters: ReadonlyMap<string, OpenRecognizer> = new Map([
  ['whisper', openWhisper],
  ['openai', openOpenAi],
]);

const MS_PER_SECOND = 1000;
const MOST_THREADS = 4;

/**
 * Opens the configured engine, once for all sessions. Created and closed by `main.ts`.
 *
 * @throws AsrError `MODEL_INVALID`, `ENGINE_START_FAILED` or `UNSUPPORTED`, with what is wrong and where
 */
export async function openAsr(config: AsrConfig, parts: AsrParts): Promise<AsrEngine> {
  const open = adapters.get(config.adapter);
  if (open === undefined) {
    const known = [...adapters.keys()].join(', ');
    throw new AsrError('UNSUPPORTED', `asr.adapter is ${config.adapter}, but must be one of ${known}.`);
  }
  const recognizer = await open(config, parts);
  const refusal = recognizer.refuseLanguage(config.language);
  if (refusal !== undefined) {
    await recognizer.close();
    throw new AsrError('UNSUPPORTED', `asr.language cannot be had: ${refusal}`);
  }
  return createWindowedEngine({
    ...parts,
    recognizer,
    partials: config.partials,
    maxWindowMs: config.buffer_max_duration_s * MS_PER_SECOND,
    queueLimit: config.queue_limit,
    timeoutMs: config.timeout_ms,
  });
}

async function openWhisper(config: AsrConfig, parts: AsrParts): Promise<Recognizer> {
  const directory = await requireModel({
    name: config.model_size,
    ...(config.model_path !== undefined && { path: config.model_path }),
    ...(config.cache_dir !== undefined && { cacheDirectory: config.cache_dir }),
  });
  const shared = Math.floor(availableParallelism() / config.workers);
  return startWhisper({
    ...parts,
    model: await loadWhisperModel({ directory, preferInt8: config.int8 }),
    workers: config.workers,
    threads: config.threads > 0 ? config.threads : Math.min(MOST_THREADS, Math.max(1, shared)),
    // The prebuilt runtime has no other provider than the CPU; one that has is asked for by name.
    provider: config.device === 'auto' ? 'cpu' : config.device,
    timeoutMs: config.timeout_ms,
  });
}

async function openOpenAi(
  { openai, timeout_ms: timeoutMs }: AsrConfig,
  parts: AsrParts,
): Promise<Recognizer> {
  return createOpenAiRecognizer({
    url: openai.url,
    model: openai.model,
    stream: openai.stream,
    concurrency: openai.concurrency,
    retries: openai.retries,
    timeoutMs,
    clock: parts.clock,
    logger: parts.logger,
    ...(openai.api_key !== undefined && { apiKey: openai.api_key }),
    ...(openai.prompt !== undefined && { prompt: openai.prompt }),
  });
}
