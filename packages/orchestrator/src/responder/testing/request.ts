import type { ResponseRequest } from '../responder.ts';

/** A request as sessions make it. */
export function responseRequest(changes: Partial<ResponseRequest> = {}): ResponseRequest {
  return {
    sessionId: 's1',
    transcript: 'hello',
    history: [],
    settings: { language: 'en', responder: { mode: 'llm' }, metadata: {} },
    signal: new AbortController().signal,
    ...changes,
  };
}
