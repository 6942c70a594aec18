export {
  AsrError,
  type AsrEngine,
  type AsrSegment,
  findAnyModel,
  findModel,
  isModelName,
  openAsr,
  type PulledModel,
  pullModel,
  type PullModelOptions,
  type PullProgress,
  type PullRetry,
  type ResolvedConfig,
  resolveRecognition,
} from './asr/index.ts';
export { transcribeRecording, type TranscribeOptions } from './asr/transcribe-recording.ts';
export { createSystemClock } from './clock/system-clock.ts';
export * from './config/index.ts';
export { startOrchestrator, type OrchestratorOptions, type RunningOrchestrator } from './main.ts';
export { createLogger, type LoggerOptions, type RootLogger } from './observability/index.ts';
export { ParleyError, type ParleyErrorCode } from './parley-error.ts';
export type { HistoryEntry, OwnResponders, Responder, ResponseRequest } from './responder/index.ts';
export { runOrchestrator, type RunOptions } from './run-orchestrator.ts';
