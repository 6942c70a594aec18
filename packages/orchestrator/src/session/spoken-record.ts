import { HeardLedger, type Heard, type WordTiming } from '../playout/heard-ledger.ts';
import type { MarkPlace } from '../playout/mark-queue.ts';
import type { PlayoutTrack } from '../playout/playout-track.ts';

interface SpokenUtterance {
  readonly ledger: HeardLedger;
  readonly begin: MarkPlace;
  /** Samples pushed into the track before its first. */
  readonly pushedBefore: number;
  /** Samples of it that belong to complete segments; all it has once another utterance has begun. */
  lengthSamples: number;
}

const NOTHING_HEARD: Heard = { heardMs: 0, heardText: '', unheardText: '' };

/** What is being said to one client, and how much of it has been heard. */
export class SpokenRecord {
  readonly #track: PlayoutTrack;
  readonly #utterances = new Map<string, SpokenUtterance>();
  #current: SpokenUtterance | undefined;

  constructor(track: PlayoutTrack) {
    this.#track = track;
  }

  /** An utterance begins behind everything pushed so far; `begin` is where its mark is. */
  beginUtterance(utteranceId: string, begin: MarkPlace): void {
    const pushedBefore = this.#track.pushedSamples;
    // Also of one that broke off in the middle of a segment.
    if (this.#current !== undefined) this.#current.lengthSamples = pushedBefore - this.#current.pushedBefore;
    this.#current = { ledger: new HeardLedger(), begin, pushedBefore, lengthSamples: 0 };
    this.#utterances.set(utteranceId, this.#current);
  }

  /** A segment of the utterance that began last is given to a worker. */
  beginSegment(text: string): void {
    const current = this.#current;
    current?.ledger.beginSegment(text, this.#track.pushedSamples - current.pushedBefore);
  }

  /** The engine's times of words in that segment. */
  addWords(words: readonly WordTiming[]): void {
    this.#current?.ledger.addWords(words);
  }

  /** All audio of that segment has been pushed. */
  endSegment(): void {
    const current = this.#current;
    if (current === undefined) return;
    current.lengthSamples = this.#track.pushedSamples - current.pushedBefore;
    current.ledger.endSegment(current.lengthSamples);
  }

  /**
   * Forgets an utterance that is over, and says what was heard of it, with so many samples of the session played;
   * all of it where it was completed.
   */
  finish(utteranceId: string, completed: boolean, playedSamples: number): Heard {
    const utterance = this.#utterances.get(utteranceId);
    if (utterance === undefined) return NOTHING_HEARD;
    this.#utterances.delete(utteranceId);
    const { begin, ledger, lengthSamples } = utterance;
    if (completed) return ledger.heard(lengthSamples);
    const heardSamples = begin.atSample === undefined ? 0 : playedSamples - begin.atSample;
    // What was played beyond its end is of the next one.
    return ledger.heard(utterance === this.#current ? heardSamples : Math.min(heardSamples, lengthSamples));
  }
}
