import { FRAME_MS } from '@parley/audio';
import type { WordTiming } from '../playout/heard-ledger.ts';
import type { FrameSink } from '../session/ports/worker-pool.ts';
import { continuationOf, type Continuation } from './continuation.ts';

/** What has gone into a sink of one segment, over all workers that speak it; each of them pushes through it. */
export class SegmentProgress implements FrameSink {
  readonly #text: string;
  readonly #sink: FrameSink;
  readonly #words: WordTiming[] = [];
  #fromOffset = 0;
  #fromFrames = 0;
  #pushedFrames = 0;
  /** End of the last word that was told. */
  #toldTo = 0;

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
        words: this.#words,
      },
      isSameModel,
    );
  }

  /** A worker is to speak the text from `fromOffset` on, less its first frames, into this. */
  begin({ fromOffset, fromFrames }: { readonly fromOffset: number; readonly fromFrames: number }): void {
    this.#fromOffset = fromOffset;
    this.#fromFrames = fromFrames;
  }

  get room(): number {
    return this.#sink.room;
  }

  push(frame: Uint8Array): void {
    this.#pushedFrames += 1;
    this.#sink.push(frame);
  }

  words(words: readonly WordTiming[]): void {
    const news: WordTiming[] = [];
    for (const { textOffset, length, endMs } of words) {
      const offset = textOffset + this.#fromOffset;
      if (offset < this.#toldTo) continue;
      this.#toldTo = offset + length;
      news.push({ textOffset: offset, length, endMs: endMs + this.#fromFrames * FRAME_MS });
    }
    if (news.length === 0) return;
    this.#words.push(...news);
    this.#sink.words(news);
  }
}
