export { connect } from './connect.ts';
export { ParleyClientError, type ClientErrorCode } from './client-error.ts';
export type { AudioSink, PlaybackPosition, SpeechFrame } from './audio-sink.ts';
export { systemClock, type ClientClock } from './clock.ts';
export type { Unsubscribe } from './emitter.ts';
export type { Microphone } from './microphone/microphone.ts';
export type { DecodeOpus } from './playback/decode-speech.ts';
export { PlaybackBuffer, type PlaybackBufferOptions } from './playback/playback-buffer.ts';
export { Downsampler, type DownsamplerOptions } from './microphone/downsampler.ts';
export type { ConnectOptions } from './session/connect-options.ts';
export type { ConnectionState, SessionEnd } from './session/connection-state.ts';
export type { ParleySession, UtteranceOptions } from './session/parley-session.ts';
export { DEFAULT_RECONNECT, type ReconnectPolicy } from './session/reconnect-policy.ts';
export type { SessionEvents, SessionReplaced } from './session/session-events.ts';
export type { SpeechCounters } from './session/speech-inbox.ts';
export type { TextStream } from './session/text-stream.ts';
export {
  openPlatformWebSocket,
  type OpenWebSocket,
  type WebSocketEventLike,
  type WebSocketLike,
} from './web-socket.ts';
export type {
  AsrSettings,
  AudioContainer,
  AudioEncoding,
  ErrorCode,
  InputFormat,
  OutputFormat,
  ResponderMode,
  ResponderSettings,
  SessionEndReason,
  SessionLimits,
  SessionMetadata,
  SessionSettings,
  SessionSettingsUpdate,
  SessionStateName,
  SpeechStartedMessage,
  SpeechStoppedMessage,
  TranscriptMessage,
  UtteranceEndMessageV1,
  UtteranceEndReason,
  UtteranceStartMessage,
  VadEngineName,
  VadSettings,
  WarningMessage,
} from '@parley/protocol/client';
