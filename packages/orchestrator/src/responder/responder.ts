import type { SessionSettings } from '@parley/protocol';
import type { HistoryEntry } from './history.ts';

/** What a responder is asked. */
export interface ResponseRequest {
  readonly sessionId: string;
  /** What the user said; never blank. */
  readonly transcript: string;
  /** BCP 47 tag of what the user said; absent where it is not known. */
  readonly language?: string;
  /** What was said before and heard, oldest first; the transcript is its last entry. */
  readonly history: readonly HistoryEntry[];
  readonly settings: SessionSettings;
  /** Aborted when the user interrupts or leaves: nothing that comes afterwards is spoken. */
  readonly signal: AbortSignal;
}

/**
 * Answers the user. The text it yields is spoken as it comes: the first whole sentence sounds while the rest is
 * still being thought of. Throw to say that there is no answer; the client is told, and an apology is spoken.
 *
 * @example An agent of your own:
 * ```ts
 * const responder: Responder = {
 *   async *respond({ transcript, signal }) {
 *     const answer = await fetch('http://127.0.0.1:9000/agent', { method: 'POST', body: transcript, signal });
 *     yield await answer.text();
 *   },
 * };
 * ```
 */
export interface Responder {
  respond(request: ResponseRequest): AsyncIterable<string>;
}
