export { type ChatMessage, chatMessages, type ChatMessagesOptions } from './chat-messages.ts';
export { echoResponder } from './echo-responder.ts';
export {
  DEFAULT_RESPONDER_LIMITS,
  guardResponder,
  type GuardResponderOptions,
  type ResponderLimits,
} from './guard-responder.ts';
export { History, type HistoryEntry } from './history.ts';
export { createLlmResponder, type LlmResponderOptions } from './llm-responder.ts';
export {
  type OpenedResponders,
  openResponders,
  type OpenRespondersOptions,
  type OwnResponders,
} from './open-responders.ts';
export { ResponderError, type ResponderErrorCode } from './responder-error.ts';
export type { Responder, ResponseRequest } from './responder.ts';
