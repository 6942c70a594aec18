export { createHybridEngine, type HybridEngineOptions } from './hybrid-engine.ts';
export { judgeRecording, type JudgeRecordingOptions, type VadDecision } from './judge-recording.ts';
export { loadVadEngine, type VadEngineOptions } from './load-vad-engine.ts';
export { FrameSplitter, type FrameHandler } from './frame-splitter.ts';
export { NoiseGate, type NoiseGateOptions } from './noise-gate.ts';
export { RecentAudio } from './recent-audio.ts';
export { createSileroEngine } from './silero-engine.ts';
export type { SileroJudgeOptions } from './silero-judge.ts';
export type { SileroThreadData } from './silero-thread.ts';
export { SpeechDetector, type SpeechDetectorOptions, type SpeechEvent } from './speech-detector.ts';
export { SpeechListener, type SpeechListenerOptions } from './speech-listener.ts';
export { VADDetector, type JudgedFrame, type VADDetectorOptions } from './vad-detector.ts';
export {
  vadEngineNames,
  vadSampleRatesHz,
  type VadDecisionHandler,
  type VadEngine,
  type VadEngineName,
  type VadStats,
  type VadStream,
  type VadStreamOptions,
} from './vad-engine.ts';
export { VadError, type VadErrorCode } from './vad-error.ts';
export { createWebrtcEngine, type WebrtcEngineOptions } from './webrtc-engine.ts';
