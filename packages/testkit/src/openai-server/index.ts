export { OpenAiServer, type OpenAiServerOptions, startOpenAiServer } from './openai-server.ts';
export type { AnswerFault, AnswerPlan, ChatPlan, TranscriptionPlan } from './plans.ts';
export type { AnswerProgress, RecordedRequest } from './recorded-request.ts';
