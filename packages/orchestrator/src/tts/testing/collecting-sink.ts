import { EventEmitter, once } from 'node:events';
import type { WordTiming } from '../../playout/heard-ledger.ts';
import type { FrameSink } from '../../session/ports/worker-pool.ts';

/** Keeps all frames and words, and has as much room as it is told. */
export class CollectingSink implements FrameSink {
  readonly frames: Uint8Array[] = [];
  readonly spoken: WordTiming[] = [];
  room: number;
  readonly #events = new EventEmitter();

  constructor(room: number = Number.MAX_SAFE_INTEGER) {
    this.room = room;
  }

  /** All frames in one. */
  get bytes(): Buffer {
    return Buffer.concat(this.frames);
  }

  push(frame: Uint8Array): void {
    if (this.room <= 0) throw new Error('a frame was pushed where there is no room');
    this.room -= 1;
    this.frames.push(frame);
    this.#events.emit('frame');
  }

  words(words: readonly WordTiming[]): void {
    this.spoken.push(...words);
  }

  /** Waits until there are `count` frames. */
  async has(count: number): Promise<void> {
    while (this.frames.length < count) await once(this.#events, 'frame');
  }
}
