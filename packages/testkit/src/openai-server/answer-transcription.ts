import type { ServerResponse } from 'node:http';
import { parseWav } from '@parley/audio';
import { answerPlainly, sendEvents, waitMs } from './answers.ts';
import type { TranscriptionPlan } from './plans.ts';

/** Answers with a transcript, in one piece or streamed, and fails as the plan says. */
export async function answerTranscription(
  response: ServerResponse,
  plan: TranscriptionPlan,
  body: Readonly<Record<string, unknown>>,
  file: Uint8Array | undefined,
): Promise<void> {
  if (file === undefined || body['model'] === undefined) {
    response.writeHead(400).end(JSON.stringify({ error: { message: 'file and model are needed' } }));
    return;
  }
  if (plan.refusesStream === true && body['stream'] === 'true') {
    response.writeHead(400).end(JSON.stringify({ error: { message: 'stream is not known' } }));
    return;
  }
  if (await answerPlainly(response, plan)) return;
  const { pcm } = parseWav(file);
  const { text = '', language, streams = false, endless = false, wordGapMs = 0 } = plan;
  const heard = typeof text === 'string' ? text : await text(new Int16Array(pcm.slice().buffer));
  if (!streams || body['stream'] !== 'true') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ text: heard, ...(language !== undefined && { language }) }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  await sendEvents(response, plan, events());

  async function* events(): AsyncGenerator<string> {
    const deltas = heard.split(/(?<=\s)/);
    const rounds = endless ? Number.POSITIVE_INFINITY : 1;
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, delta] of deltas.entries()) {
        if (index > 0 || endless) await waitMs(wordGapMs);
        if (response.destroyed) return;
        yield JSON.stringify({ type: 'transcript.text.delta', delta });
      }
    }
    yield JSON.stringify({
      type: 'transcript.text.done',
      text: heard,
      ...(language !== undefined && { language }),
    });
  }
}
