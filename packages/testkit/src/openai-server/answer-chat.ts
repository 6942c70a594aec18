import type { ServerResponse } from 'node:http';
import { answerPlainly, sendEvents, waitMs } from './answers.ts';
import type { ChatPlan } from './plans.ts';
import type { AnswerProgress } from './recorded-request.ts';

/** Streams the pieces of an answer as a chat endpoint does, and fails as the plan says. */
export async function answerChat(
  response: ServerResponse,
  plan: ChatPlan,
  progress: AnswerProgress,
): Promise<void> {
  if (await answerPlainly(response, plan)) return;
  const { tokens = ['Hello.'], tokenGapMs = 0, endless = false, writeBytes, withoutDone = false } = plan;
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
  await sendEvents(response, plan, events(), writeBytes);

  async function* events(): AsyncGenerator<string> {
    yield chunk({ role: 'assistant', content: '' });
    const rounds = endless ? Infinity : 1;
    for (let round = 0; round < rounds && !response.destroyed; round += 1) {
      for (const [index, content] of tokens.entries()) {
        if (round + index > 0) await waitMs(tokenGapMs);
        if (response.destroyed) return;
        progress.pieces += 1;
        yield chunk({ content });
      }
    }
    yield chunk({}, 'stop');
    if (!withoutDone) yield '[DONE]';
  }
}

function chunk(delta: object, finishReason: string | null = null): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
}
