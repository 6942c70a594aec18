import { splitLastCharacter, splitText } from './split-text.ts';

/** Options of {@link TextFeeder}. */
export interface TextFeederOptions {
  /** Sends one piece (1 to `pieceCharacters` characters) of the utterance; the last one is final. */
  readonly send: (text: string, isFinal: boolean) => void;
  /** Called when the server has refused text for so long that trying on makes no sense. */
  readonly onGiveUp: () => void;
  /** Longest piece, and how much unspoken text there should be at the server. Default 2,000 characters. */
  readonly pieceCharacters?: number;
}

/** Token by token from a language model would be a message each; within this time they go together. */
const COALESCE_MS = 20;
/** A fast speaker's characters a second: guessing too high only queues more at the server. */
const SPOKEN_CHARACTERS_PER_SECOND = 25;
/** No audio for so long means that the server has spoken everything, whatever the estimate says. */
const STALL_MS = 1000;
const FIRST_BACKOFF_MS = 500;
/** Backoff doubles so often: to 8 s. */
const REFUSALS_FOR_LONGEST_BACKOFF = 4;
const MIN_PIECE_CHARACTERS = 50;
const MAX_REFUSALS_IN_A_ROW = 40;

/**
 * Feeds one utterance to the server in pieces, as fast as it is spoken, so that a book and an endless
 * stream of tokens both stay within what the server queues. Text the server refuses is sent again later.
 */
export class TextFeeder {
  readonly #send: TextFeederOptions['send'];
  readonly #onGiveUp: () => void;
  #pieceCharacters: number;
  #waiting = '';
  #isEnded = false;
  #isFinalSent = false;
  #lastPiece: string | undefined;
  #unspokenCharacters = 0;
  #refusals = 0;
  /** Sends what has come together; set while text that may be sent waits. */
  #coalescing: NodeJS.Timeout | undefined;
  /** Goes on without audio to go by: after a stall, or after a refusal. */
  #retrying: NodeJS.Timeout | undefined;
  #isBackingOff = false;
  #isClosed = false;

  constructor(options: TextFeederOptions) {
    this.#send = options.send;
    this.#onGiveUp = options.onGiveUp;
    this.#pieceCharacters = options.pieceCharacters ?? 2000;
  }

  /** Characters that wait here, not yet sent. */
  get waitingCharacters(): number {
    return this.#waiting.length;
  }

  /** Whether all text has been sent, as far as the server has not refused it. */
  get isFinalSent(): boolean {
    return this.#isFinalSent;
  }

  /** Adds text to the utterance. Does nothing after `end()` or `close()`. */
  append(text: string): void {
    if (this.#isEnded || this.#isClosed) return;
    this.#waiting += text;
    this.#coalescing ??= setTimeout(() => this.#pump(), COALESCE_MS);
  }

  /** Says that the text is complete; what is left is sent with the end marked. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#pump();
  }

  /** Takes note of `durationMs` of audio having arrived. */
  heardAudio(durationMs: number): void {
    const spoken = (durationMs * SPOKEN_CHARACTERS_PER_SECOND) / 1000;
    this.#unspokenCharacters = Math.max(0, this.#unspokenCharacters - spoken);
    this.#refusals = Math.min(this.#refusals, REFUSALS_FOR_LONGEST_BACKOFF);
    if (this.#isBackingOff) return;
    if (this.#retrying !== undefined) this.#retryIn(STALL_MS);
    if (this.#waiting !== '' && this.#coalescing === undefined) this.#pump();
  }

  /** Takes note of the server having refused the piece sent last; it will be sent again. */
  refused(): void {
    if (this.#lastPiece === undefined || this.#isClosed) return;
    this.#waiting = this.#lastPiece + this.#waiting;
    this.#lastPiece = undefined;
    this.#isFinalSent = false;
    this.#refusals += 1;
    if (this.#refusals > MAX_REFUSALS_IN_A_ROW) {
      this.close();
      this.#onGiveUp();
      return;
    }
    // The piece may be larger than all the server will queue: smaller ones get in sooner or later.
    this.#pieceCharacters = Math.max(MIN_PIECE_CHARACTERS, Math.floor(this.#pieceCharacters / 2));
    this.#isBackingOff = true;
    this.#retryIn(FIRST_BACKOFF_MS * 2 ** Math.min(this.#refusals - 1, REFUSALS_FOR_LONGEST_BACKOFF));
  }

  /** Sends nothing more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#coalescing);
    clearTimeout(this.#retrying);
  }

  #pump(): void {
    clearTimeout(this.#coalescing);
    this.#coalescing = undefined;
    if (this.#isClosed || this.#isBackingOff || this.#isFinalSent) return;
    if (this.#unspokenCharacters < this.#pieceCharacters) this.#sendPiece();
    // A piece may be shorter than it could be; what is left then goes out as if there had been a stall.
    if (this.#waiting !== '') this.#retrying ??= setTimeout(() => this.#retry(), STALL_MS);
  }

  #sendPiece(): void {
    const piece = this.#takePiece();
    if (piece === '') return;
    const isFinal = this.#isEnded && this.#waiting === '';
    this.#lastPiece = piece;
    this.#isFinalSent = isFinal;
    this.#unspokenCharacters += piece.length;
    if (this.#retrying !== undefined) this.#retryIn(STALL_MS);
    this.#send(piece, isFinal);
  }

  #takePiece(): string {
    // Until the end is known one character is held back, as the message that marks the end needs a text.
    const held = this.#isEnded ? '' : splitLastCharacter(this.#waiting).tail;
    const sendable = this.#waiting.slice(0, this.#waiting.length - held.length);
    const { head, tail } = splitText(sendable, this.#pieceCharacters);
    this.#waiting = tail + held;
    return head;
  }

  #retryIn(delayMs: number): void {
    clearTimeout(this.#retrying);
    this.#retrying = setTimeout(() => this.#retry(), delayMs);
  }

  #retry(): void {
    this.#retrying = undefined;
    this.#isBackingOff = false;
    this.#unspokenCharacters = 0;
    this.#pump();
  }
}
