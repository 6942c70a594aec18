import { isUtteranceId, UTTERANCE_ID_RULE, type TextMessageV1 } from '@parley/protocol/client';
import { ParleyClientError } from '../client-error.ts';
import type { ClientClock } from '../clock.ts';
import { splitText } from './split-text.ts';
import { createTextStream, type TextStream } from './text-stream.ts';

/** Options of {@link Utterances}. */
export interface UtterancesOptions {
  readonly clock: ClientClock;
  /** Most characters of one `text`. */
  readonly maxCharacters: () => number;
  /** Sends all or none; throws when it cannot. */
  readonly send: (messages: readonly TextMessageV1[]) => void;
  /** Resolves when there is room for more. */
  readonly room: () => Promise<void>;
}

/** Names what is said, and ends the streams whose utterance is over. */
export class Utterances {
  readonly #options: UtterancesOptions;
  readonly #streams = new Map<string, AbortController>();
  #count = 0;

  constructor(options: UtterancesOptions) {
    this.#options = options;
  }

  /** Says a whole text. Returns the id of its utterance. */
  say(text: string, utteranceId: string = this.#nextId()): string {
    checkId(utteranceId);
    if (text === '') {
      throw new ParleyClientError('INVALID_ARGUMENT', 'The text to say must have at least 1 character.');
    }
    this.#send(text, true, utteranceId);
    return utteranceId;
  }

  /** Opens a stream. */
  stream(utteranceId: string = this.#nextId()): TextStream {
    checkId(utteranceId);
    const controller = new AbortController();
    this.#streams.set(utteranceId, controller);
    return createTextStream({
      utteranceId,
      clock: this.#options.clock,
      signal: controller.signal,
      room: this.#options.room,
      send: (text, isFinal) => {
        if (isFinal) this.#streams.delete(utteranceId);
        this.#send(text, isFinal, utteranceId);
      },
    });
  }

  /** An utterance is over: its stream, if it is still being written, is aborted. */
  ended(utteranceId: string, reason: Error): void {
    const controller = this.#streams.get(utteranceId);
    this.#streams.delete(utteranceId);
    controller?.abort(reason);
  }

  /** Everything that is being written is over. */
  endAll(reason: Error): void {
    for (const utteranceId of this.#streams.keys()) this.ended(utteranceId, reason);
  }

  #send(text: string, isFinal: boolean, utteranceId: string): void {
    const pieces = splitText(text, this.#options.maxCharacters());
    const messages = pieces.map((piece, index) => ({
      type: 'text' as const,
      text: piece,
      is_final: isFinal && index === pieces.length - 1,
      utterance_id: utteranceId,
    }));
    this.#options.send(messages);
  }

  #nextId(): string {
    this.#count += 1;
    return `c${this.#count}`;
  }
}

function checkId(utteranceId: string): void {
  if (isUtteranceId(utteranceId)) return;
  throw new ParleyClientError('INVALID_ARGUMENT', `An utterance id must be ${UTTERANCE_ID_RULE}.`);
}
