import type { SessionSettings } from '@parley/protocol';
import type { HistoryEntry } from './history.ts';

/** One turn to be answered. */
export interface ResponseRequest {
  readonly sessionId: string;
  /** What the user said just now; never empty. */
  readonly transcript: string;
  /** Language that was recognized, such as `en`; absent where it is not known. */
  readonly language?: string;
  /** What was said and heard, oldest first and the transcript last: words that were never played are not in it. */
  readonly history: readonly HistoryEntry[];
  /** Language of the speech that will be made of the answer, instructions and metadata, as the session has them. */
  readonly settings: Pick<SessionSettings, 'language' | 'responder' | 'metadata'>;
  /** Aborted when nobody wants the answer any more, as when the user interrupts it. */
  readonly signal: AbortSignal;
}

/**
 * What answers a transcript. This is the place for an agent of your own: give out the answer piece by piece, in
 * pieces of any size, and speech begins with its first sentence.
 *
 * ```ts
 * const agent: Responder = {
 *   async *respond({ transcript, history, signal }) {
 *     const response = await fetch('http://localhost:9000/answer', {
 *       method: 'POST',
 *       body: JSON.stringify({ transcript, history }),
 *       signal, // an interruption ends the request
 *     });
 *     for await (const text of response.body.pipeThrough(new TextDecoderStream())) yield text;
 *   },
 * };
 * ```
 *
 * In process no HTTP is needed: `async *respond({ transcript }) { yield* myAgent.stream(transcript) }`.
 *
 * An answer without any text counts as a failure. To fail, throw: the client is told `RESPONDER_FAILED`, and the
 * apology of the configuration is spoken unless a part of the answer has been. So it is when nothing comes for 15
 * seconds, or no more for 10, and when an answer has more than 20,000 characters.
 *
 * It is given to `startOrchestrator` by the mode in whose place it answers: `responders: { echo: agent }`.
 */
export interface Responder {
  /** Answers one turn. May be called for many sessions at once. */
  respond(request: ResponseRequest): AsyncIterable<string>;
}
