export {
  ASR_RATE_HZ,
  type AsrEngine,
  type AsrEvent,
  type AsrSegment,
  type AsrStream,
  type AsrStreamOptions,
} from './asr-engine.ts';
export { AsrError, type AsrErrorCode } from './asr-error.ts';
export { type AsrMetrics, type DecodeKind, type DecodeReport, noAsrMetrics } from './asr-metrics.ts';
export { AsrPool, type AsrPoolOptions, type PoolRequest } from './asr-pool.ts';
export type { Recognition, RecognitionRequest, Recognizer } from './recognizer.ts';
export { createWindowedEngine, type WindowedEngineOptions } from './windowed-engine.ts';
export { type AsrParts, openAsr } from './open-asr.ts';
export { type ResolvedAsrConfig, type ResolvedConfig, resolveRecognition } from './resolve-recognition.ts';
export {
  findAnyModel,
  findModel,
  isModelName,
  type ModelChoice,
  type PulledModel,
  pullModel,
  type PullModelOptions,
  type PullProgress,
  type PullRetry,
} from './models/index.ts';
