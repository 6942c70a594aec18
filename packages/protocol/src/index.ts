export { CLOSE_CODES, SESSION_END_CLOSE_CODES, type CloseCode } from './close-codes.ts';
export { ERRORS, ERROR_CODES, describeError, type ErrorCode, type ErrorEntry } from './error-table.ts';
export {
  CONTROL_COMMANDS,
  MAX_TEXT_CHARACTERS,
  SUBSCRIBABLE_EVENTS,
  type AudioInMessage,
  type ClientMessage,
  type ControlCommand,
  type ControlMessage,
  type SubscribableEvent,
  type SubscribeMessage,
  type TextMessage,
} from './client-messages.ts';
export {
  SESSION_END_REASONS,
  SESSION_STATE_NAMES,
  UTTERANCE_END_REASONS,
  type AudioMessage,
  type ErrorMessage,
  type ServerMessage,
  type SessionEndMessage,
  type SessionEndReason,
  type SessionStartMessage,
  type SessionStateName,
  type StateMessage,
  type UtteranceEndMessage,
  type UtteranceEndReason,
  type UtteranceStartMessage,
} from './server-messages.ts';
export type { DecodeResult } from './decode-json.ts';
export { describeValue, quote } from './describe-value.ts';
export { decodeClientMessage, type DecodedClientMessage } from './base-dialect/decode-client-message.ts';
export { decodeServerMessage } from './base-dialect/decode-server-message.ts';
export { encodeClientMessage } from './base-dialect/encode-client-message.ts';
export {
  AUDIO_JSON_PREFIX,
  AUDIO_JSON_SUFFIX,
  audioJsonMiddle,
  encodeAudioMessage,
  encodeServerMessage,
} from './base-dialect/encode-server-message.ts';
export * from './parley-v1/index.ts';
