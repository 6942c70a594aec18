import { ERRORS, SERVER_UTTERANCE_PREFIX, type ErrorCode, type SessionSettings } from '@parley/protocol';
import { History, type HistoryEntry, type Responder } from '../responder/index.ts';
import { hasWords } from '../text/index.ts';
import { CutOff, type Question } from './cut-off.ts';
import { heardWords } from './heard-words.ts';
import type { Transcript } from './ports/ears.ts';
import type { Logger } from './ports/logger.ts';
import type { EndedUtterance } from './speaker.ts';

/** What a {@link Dialogue} asks of its session. */
export interface DialogueActions {
  /** Speaks a piece of text of the utterance; `isFinal` with the last one, which may be empty. */
  speak(utteranceId: string, text: string, isFinal: boolean): void;
  /** Drops everything that is being said or waits to be. */
  supersede(): void;
  tellError(code: ErrorCode, message: string): void;
}

/** Options of a {@link Dialogue}. */
export interface DialogueOptions {
  readonly sessionId: string;
  /** The responder for these settings, whose answers always end; absent where nothing answers. */
  readonly responderFor: (settings: SessionSettings) => Responder | undefined;
  /** Entries of history kept. */
  readonly historyLimit: number;
  /** Spoken when a responder fails before it has said anything, or what was said is lost; empty for nothing. */
  readonly apology: string;
  /** Names the session. */
  readonly logger: Logger;
  readonly actions: DialogueActions;
}

/** Told when a part of the answer has been given. */
const BROKEN_OFF = 'The answer could not be finished';

/**
 * Who has said what in one session, and the answer that is being given. What the system said counts as far as it
 * was heard.
 */
export class Dialogue {
  readonly #options: DialogueOptions;
  readonly #history: History;
  #answers = 0;
  #closed = false;
  #answering: { readonly question: Question; readonly abort: AbortController } | undefined;
  /** Utterances of answers that have not ended. */
  readonly #saying = new Set<string>();
  readonly #cutOff = new CutOff();

  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#history = new History(options.historyLimit);
  }

  /** Everything said so far, oldest first. */
  get history(): readonly HistoryEntry[] {
    return this.#history.entries;
  }

  /** An utterance has ended: what was heard of it has been said. */
  utteranceEnded(ended: EndedUtterance): void {
    const { heardText, reason, utteranceId } = ended;
    this.#saying.delete(utteranceId);
    if (heardText !== '') this.#history.add({ role: 'assistant', text: heardText });
    if (reason === 'interrupted') this.#cutOff.utteranceEnded(ended);
    // Nothing more of an answer is spoken once it has failed.
    if (reason !== 'completed' && utteranceId === this.#answering?.question.utteranceId) this.#abort();
  }

  /** The user's voice has ended what was being said, and so the answer behind it. */
  cutOff(): void {
    if (this.#answering !== undefined) this.#cutOff.answerStopped(this.#answering.question);
    this.#abort();
  }

  /** The client wants silence: nothing of what is being said or answered comes any more. */
  stop(): void {
    this.#abort();
    this.#cutOff.forget();
  }

  /** Answers nothing any more; what is said is still written down. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#abort();
  }

  /** A new text is about to be said: what was cut off before stays cut off. */
  forgetCutOff(): void {
    this.#cutOff.forget();
  }

  /** The user's turn is over, with this transcript. `answers` is false when it only talked over the system. */
  userSaid(transcript: Transcript, settings: SessionSettings, answers: boolean): void {
    if (heardWords(transcript.text).length === 0) {
      this.heardNothing();
      return;
    }
    const responder = this.#options.responderFor(settings);
    // What was still being said, or waited to be, answered what was said before this; what was heard of it came before.
    if (responder !== undefined && answers && this.#isSaying) this.#options.actions.supersede();
    this.#cutOff.forget();
    this.#history.add({ role: 'user', text: transcript.text });
    // Ending what was said may have ended the session, too.
    if (responder === undefined || !answers || this.#closed) return;
    this.#saying.clear();
    this.#abort();
    this.#ask(responder, transcript, settings);
  }

  /** There was sound and no words: what it cut off is said after all, so that nobody is left in silence. */
  heardNothing(): void {
    const { question, text } = this.#cutOff.restore();
    if (this.#closed) return;
    if (text !== '') this.#speak(this.#nextId('again'), text, true);
    if (question === undefined) return;
    const responder = this.#options.responderFor(question.settings);
    if (responder !== undefined) this.#ask(responder, question.transcript, question.settings);
  }

  /** The user said something, and nobody knows what: who only listens is told so, unless there is something to hear. */
  missed(settings: SessionSettings): void {
    const { apology, responderFor } = this.#options;
    this.heardNothing();
    if (this.#closed || this.#isSaying || apology === '' || responderFor(settings) === undefined) return;
    this.#speak(this.#nextId('answer'), apology, true);
  }

  #ask(responder: Responder, transcript: Transcript, settings: SessionSettings): void {
    const question = { utteranceId: this.#nextId('answer'), transcript, settings };
    const abort = new AbortController();
    this.#answering = { question, abort };
    // Never rejects; ends with its controller.
    void this.#answer(responder, question, abort);
  }

  #abort(): void {
    this.#answering?.abort.abort();
    this.#answering = undefined;
  }

  #nextId(kind: 'answer' | 'again'): string {
    this.#answers += 1;
    return `${SERVER_UTTERANCE_PREFIX}${kind}-${this.#answers}`;
  }

  get #isSaying(): boolean {
    return this.#answering !== undefined || this.#saying.size > 0;
  }

  /** Ends with the transcript, also where it is answered once more after a part of the first answer was heard. */
  #historyTo({ text }: Transcript): readonly HistoryEntry[] {
    const said = this.#history.entries;
    return said.at(-1)?.role === 'assistant' ? [...said, { role: 'user', text }] : said;
  }

  #speak(utteranceId: string, text: string, isFinal: boolean): void {
    this.#saying.add(utteranceId);
    this.#options.actions.speak(utteranceId, text, isFinal);
  }

  async #answer(
    responder: Responder,
    { settings, transcript, utteranceId }: Question,
    abort: AbortController,
  ): Promise<void> {
    const { actions, apology, logger, sessionId } = this.#options;
    let hasBegun = false;
    let unsaid = '';
    try {
      const tokens = responder.respond({
        sessionId,
        transcript: transcript.text,
        history: this.#historyTo(transcript),
        settings,
        signal: abort.signal,
        ...(transcript.language !== undefined && { language: transcript.language }),
      });
      for await (const token of tokens) {
        if (abort.signal.aborted) return;
        unsaid += token;
        // Space or a smiley alone makes no sound: without a word behind it there is no answer to hear.
        if (!hasBegun && !hasWords(unsaid)) continue;
        hasBegun = true;
        this.#speak(utteranceId, unsaid, false);
        unsaid = '';
      }
      if (abort.signal.aborted) return;
      if (!hasBegun) throw new Error('the answer has nothing that can be said');
      this.#speak(utteranceId, '', true);
    } catch (error) {
      if (abort.signal.aborted) return;
      // The client is not told what went wrong behind it: that names hosts and what they said.
      logger.warn({ err: error, mode: settings.responder.mode, hasBegun }, 'an answer failed');
      actions.tellError('RESPONDER_FAILED', hasBegun ? BROKEN_OFF : ERRORS.RESPONDER_FAILED.message);
      if (hasBegun) this.#speak(utteranceId, '', true);
      else if (apology !== '') this.#speak(utteranceId, apology, true);
    } finally {
      // Also ends a responder that would go on.
      abort.abort();
      if (this.#answering?.abort === abort) this.#answering = undefined;
    }
  }
}
