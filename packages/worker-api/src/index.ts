export * from './generated/tts.ts';
export { ttsFileDescriptors } from './file-descriptor.ts';
export { readAudioFrame, type ReceivedAudio } from './read-audio-frame.ts';
export { serializeAudioFrame } from './serialize-audio-frame.ts';
export * from './redis/index.ts';
export {
  PLACE_METADATA_KEYS,
  PREVIOUS_TEXT_CHARACTERS,
  PREVIOUS_TEXT_METADATA_KEY,
  SessionOption,
  SILENCE_METADATA_KEY,
} from './session-options.ts';
export { formatHostPort, formatWorkerAddress, parseWorkerAddress } from './worker-address.ts';
export type { WorkerAddress, WorkerAddressResult } from './worker-address.ts';
export { formatWorkerRecord, parseWorkerRecord } from './worker-record.ts';
export type {
  WorkerCapabilities,
  WorkerMetrics,
  WorkerModel,
  WorkerRecord,
  WorkerRecordResult,
} from './worker-record.ts';
