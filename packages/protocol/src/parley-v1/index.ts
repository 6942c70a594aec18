export { PARLEY_V1 } from './subprotocol.ts';
export {
  AUDIO_CONTAINERS,
  AUDIO_ENCODINGS,
  INPUT_SAMPLE_RATES_HZ,
  OUTPUT_SAMPLE_RATES_HZ,
  type AudioContainer,
  type AudioEncoding,
  type InputFormat,
  type OutputFormat,
} from './audio-format.ts';
export {
  AUDIO_FRAME_VERSION,
  AUDIO_HEADER_BYTES,
  AUDIO_KINDS,
  decodeAudioFrame,
  writeAudioHeader,
  type AudioFrame,
  type DecodedAudioFrame,
} from './audio-frame.ts';
export { opusDurationMs } from './opus-duration.ts';
export {
  RESPONDER_MODES,
  VAD_ENGINE_NAMES,
  type AsrSettings,
  type ResponderMode,
  type ResponderSettings,
  type SessionMetadata,
  type SessionSettings,
  type SessionSettingsUpdate,
  type VadEngineName,
  type VadSettings,
} from './settings.ts';
export { applySettingsUpdate, type AppliedSettings, type SettingsDefaults } from './apply-settings-update.ts';
export {
  isUtteranceId,
  SERVER_UTTERANCE_PREFIX,
  UTTERANCE_ID_RULE,
  type ClearedMessage,
  type ClientMessageV1,
  type EndSessionMessage,
  type PingMessage,
  type PlayedMessage,
  type SessionUpdateMessage,
  type TextMessageV1,
} from './client-messages.ts';
export type {
  AudioMessageV1,
  ClearMessage,
  PauseMessage,
  PongMessage,
  ResumeMessage,
  ServerMessageV1,
  SessionLimits,
  SessionStartMessageV1,
  SessionUpdatedMessage,
  SpeechStartedMessage,
  SpeechStoppedMessage,
  TranscriptMessage,
  UtteranceEndMessageV1,
  WarningMessage,
} from './server-messages.ts';
export { readResumeQuery, writeResumeQuery, type ResumeQuery, type ResumeRequest } from './resume-query.ts';
export { decodeClientMessageV1, type DecodedClientMessageV1 } from './decode-client-message.ts';
export { decodeServerMessageV1 } from './decode-server-message.ts';
export { encodeClientMessageV1 } from './encode-client-message.ts';
export { audioJsonSuffixV1, encodeAudioMessageV1, encodeServerMessageV1 } from './encode-server-message.ts';
