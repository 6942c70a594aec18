import type { PlaybackPosition } from '../audio-sink.ts';

/** What a player tells its audio thread. */
export type ToPlayback =
  /** The buffer of the samples goes with the message. */
  | {
      readonly type: 'write';
      readonly samples: Int16Array<ArrayBuffer>;
      readonly generation: number;
      readonly sampleOffset: number;
    }
  /** Answered by `cleared` with the same `id`. */
  | { readonly type: 'clear'; readonly generation: number; readonly id: number }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' };

/** How far playback has come. */
export interface PlaybackProgress {
  readonly position: PlaybackPosition;
  /** Samples played since the beginning, over all generations. */
  readonly playedSamples: number;
  readonly waitingSamples: number;
}

/** What an audio thread tells its player. */
export type FromPlayback =
  | ({ readonly type: 'played' } & PlaybackProgress)
  | ({ readonly type: 'cleared'; readonly id: number } & PlaybackProgress)
  /** A frame did not fit and was dropped. */
  | { readonly type: 'overflow'; readonly samples: number };
