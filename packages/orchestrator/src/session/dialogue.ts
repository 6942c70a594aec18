import { ERRORS, SERVER_UTTERANCE_PREFIX, type ErrorCode, type SessionSettings } from '@parley/protocol';
import { History, type HistoryEntry, type Responder } from '../responder/index.ts';
import { joinTexts } from '../text/index.ts';
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
  /** Spoken when a responder fails before it has said anything; empty for nothing. */
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
  #answering: AbortController | undefined;
  /** Utterances of answers that have not ended. */
  readonly #saying = new Set<string>();
  /** What was not heard when the user's voice ended it, until it is known whether anything was said. */
  #cutOff = '';

  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#history = new History(options.historyLimit);
  }

  /** Everything said so far, oldest first. */
  get history(): readonly HistoryEntry[] {
    return this.#history.entries;
  }

  /** An utterance has ended: what was heard of it has been said. */
  utteranceEnded({ heardText, reason, unheardText, utteranceId }: EndedUtterance): void {
    this.#saying.delete(utteranceId);
    if (heardText !== '') this.#history.add({ role: 'assistant', text: heardText });
    if (reason === 'interrupted') this.#cutOff = joinTexts([this.#cutOff, unheardText]);
  }

  /** What was being said has been stopped: so is the answer behind it. */
  stop(): void {
    this.#answering?.abort();
    this.#answering = undefined;
  }

  /** Answers nothing any more; what is said is still written down. Idempotent. */
  close(): void {
    this.#closed = true;
    this.stop();
  }

  /** A new text is about to be said: what was cut off before stays cut off. */
  forgetCutOff(): void {
    this.#cutOff = '';
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
    this.#cutOff = '';
    this.#history.add({ role: 'user', text: transcript.text });
    // Ending what was said may have ended the session, too.
    if (responder === undefined || !answers || this.#closed) return;
    this.#saying.clear();
    this.stop();
    const abort = new AbortController();
    this.#answering = abort;
    // Never rejects; ends with its controller.
    void this.#answer(responder, transcript, settings, abort);
  }

  /** There was sound and no words: what it cut off is said after all, so that nobody is left in silence. */
  heardNothing(): void {
    const rest = this.#cutOff;
    this.#cutOff = '';
    if (rest === '' || this.#closed) return;
    this.#answers += 1;
    this.#speak(`${SERVER_UTTERANCE_PREFIX}again-${this.#answers}`, rest, true);
  }

  get #isSaying(): boolean {
    return this.#answering !== undefined || this.#saying.size > 0;
  }

  #speak(utteranceId: string, text: string, isFinal: boolean): void {
    this.#saying.add(utteranceId);
    this.#options.actions.speak(utteranceId, text, isFinal);
  }

  async #answer(
    responder: Responder,
    transcript: Transcript,
    settings: SessionSettings,
    abort: AbortController,
  ): Promise<void> {
    const { actions, apology, logger, sessionId } = this.#options;
    this.#answers += 1;
    const utteranceId = `${SERVER_UTTERANCE_PREFIX}answer-${this.#answers}`;
    let hasBegun = false;
    try {
      const tokens = responder.respond({
        sessionId,
        transcript: transcript.text,
        history: this.#history.entries,
        settings,
        signal: abort.signal,
        ...(transcript.language !== undefined && { language: transcript.language }),
      });
      for await (const token of tokens) {
        if (abort.signal.aborted) return;
        if (token === '') continue;
        hasBegun = true;
        this.#speak(utteranceId, token, false);
      }
      if (abort.signal.aborted) return;
      if (!hasBegun) throw new Error('the answer is empty');
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
      if (this.#answering === abort) this.#answering = undefined;
    }
  }
}
