import { FRAME_MS } from '@parley/audio';
import type { WordTiming } from '../playout/heard-ledger.ts';
import type { FrameSink } from '../session/ports/worker-pool.ts';
import { continuationOf, type Continuation } from './continuation.ts';

/**
 * What has gone into a sink of one segment, over all workers that speak it; each of them pushes through it. A worker
 * may tell the times of all words at once: those of what it never came to say are not passed on.
 */
export class SegmentProgress implements FrameSink {
  readonly #text: string;
  readonly #sink: FrameSink;
  /** Words all of which has been pushed, but for those that the present worker says again. */
  #spoken: WordTiming[] = [];
  /** Words that the present worker has announced, in order of their ends. */
  #announced: WordTiming[] = [];
  #fromOffset = 0;
  #fromFrames = 0;
  #pushedFrames = 0;
  /** End of the last word that is known. */
  #knownTo = 0;

  constructor(text: string, sink: FrameSink) {
    this.#text = text;
    this.#sink = sink;
  }

  /** Whether anything of it has been pushed. */
  get hasAudio(): boolean {
    return this.#pushedFrames > 0;
  }

  /** Where it goes on; see {@link continuationOf}. */
  continuation(isSameModel: boolean): Continuation {
    return continuationOf(
      {
        text: this.#text,
        fromOffset: this.#fromOffset,
        fromFrames: this.#fromFrames,
        pushedFrames: this.#pushedFrames,
        words: this.#spoken,
      },
      isSameModel,
    );
  }

  /** A worker is to speak the text from `fromOffset` on, less its first frames, into this. */
  begin({ fromOffset, fromFrames }: { readonly fromOffset: number; readonly fromFrames: number }): void {
    this.#fromOffset = fromOffset;
    this.#fromFrames = fromFrames;
    this.#announced = [];
    this.#spoken = this.#spoken.filter(({ textOffset, length }) => textOffset + length <= fromOffset);
    this.#knownTo = fromOffset;
  }

  get room(): number {
    return this.#sink.room;
  }

  push(frame: Uint8Array): void {
    this.#pushedFrames += 1;
    if (this.#announced.length > 0) this.#tellSpoken();
    this.#sink.push(frame);
  }

  words(words: readonly WordTiming[]): void {
    for (const { textOffset, length, endMs } of words) {
      const offset = textOffset + this.#fromOffset;
      if (offset < this.#knownTo) continue;
      this.#knownTo = offset + length;
      this.#announced.push({ textOffset: offset, length, endMs: endMs + this.#fromFrames * FRAME_MS });
    }
    this.#announced.sort((one, two) => one.endMs - two.endMs);
    this.#tellSpoken();
  }

  /** Passes on the words that end in what has been pushed. */
  #tellSpoken(): void {
    const pushedMs = this.#pushedFrames * FRAME_MS;
    const next = this.#announced.findIndex(({ endMs }) => endMs > pushedMs);
    const spoken = this.#announced.splice(0, next === -1 ? Infinity : next);
    if (spoken.length === 0) return;
    this.#spoken.push(...spoken);
    this.#sink.words(spoken);
  }
}
