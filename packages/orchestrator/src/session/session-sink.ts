import type { WordTiming } from '../playout/heard-ledger.ts';
import type { PlayoutTrack } from '../playout/playout-track.ts';
import type { FrameSink } from './ports/worker-pool.ts';
import type { SpokenRecord } from './spoken-record.ts';

/** Where a session's synthesized audio goes: frames to its track, words to the record of what is said. */
export class SessionSink implements FrameSink {
  readonly #track: PlayoutTrack;
  readonly #spoken: SpokenRecord;

  constructor(track: PlayoutTrack, spoken: SpokenRecord) {
    this.#track = track;
    this.#spoken = spoken;
  }

  get room(): number {
    return this.#track.room;
  }

  push(frame: Uint8Array): void {
    this.#track.push(frame);
  }

  words(words: readonly WordTiming[]): void {
    this.#spoken.addWords(words);
  }
}
