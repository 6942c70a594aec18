import type { WordTiming } from '../playout/heard-ledger.ts';
import type { PlayoutTrack } from '../playout/playout-track.ts';
import type { FrameSink } from './ports/worker-pool.ts';
import type { SpokenRecord } from './spoken-record.ts';

/** Where a session's synthesized audio goes: frames to its track, words to the record of what is said. */
export function sessionSink(
  track: PlayoutTrack,
  spoken: SpokenRecord,
): FrameSink & { words(words: readonly WordTiming[]): void } {
  return {
    get room() {
      return track.room;
    },
    push: (frame) => track.push(frame),
    words: (words) => spoken.addWords(words),
  };
}
