// What a client of parley.v1 needs, without the schema library that only servers need: small enough for
// browsers, and loadable by them without a bundler.
export { CLOSE_CODES, type CloseCode } from './close-codes.ts';
export { ERRORS, describeError, type ErrorCode, type ErrorEntry } from './error-table.ts';
export { MAX_TEXT_CHARACTERS, type ControlCommand } from './client-messages.ts';
export type {
  ErrorMessage,
  SessionEndReason,
  SessionStateName,
  UtteranceEndReason,
  UtteranceStartMessage,
} from './server-messages.ts';
export { PARLEY_V1 } from './parley-v1/subprotocol.ts';
export type { AudioContainer, AudioEncoding, InputFormat, OutputFormat } from './parley-v1/audio-format.ts';
export { AUDIO_HEADER_BYTES, decodeAudioFrame, type AudioFrame } from './parley-v1/audio-frame.ts';
export { opusDurationMs } from './parley-v1/opus-duration.ts';
export type {
  AsrSettings,
  ResponderMode,
  ResponderSettings,
  SessionMetadata,
  SessionSettings,
  SessionSettingsUpdate,
  VadEngineName,
  VadSettings,
} from './parley-v1/settings.ts';
export {
  isUtteranceId,
  UTTERANCE_ID_RULE,
  type ClientMessageV1,
  type SessionUpdateMessage,
  type TextMessageV1,
} from './parley-v1/client-messages.ts';
export type {
  AudioMessageV1,
  ServerMessageV1,
  SessionLimits,
  SessionStartMessageV1,
  SpeechStartedMessage,
  SpeechStoppedMessage,
  TranscriptMessage,
  UtteranceEndMessageV1,
  WarningMessage,
} from './parley-v1/server-messages.ts';
export { writeResumeQuery, type ResumeRequest } from './parley-v1/resume-query.ts';
export { decodeServerMessageV1 } from './parley-v1/decode-server-message.ts';
export { encodeClientMessageV1 } from './parley-v1/encode-client-message.ts';
