import { FakeClock } from '@parley/testkit';
import { createPlayoutScheduler } from '../playout-scheduler.ts';
import type { PlayoutOutput } from '../playout-ports.ts';
import { PlayoutTrack } from '../playout-track.ts';

/** A frame as the client of a {@link TrackStage} got it. */
export interface GotFrame {
  readonly atMs: number;
  readonly sequence: number;
  readonly generation: number;
}

/** Samples of a frame. */
export const FRAME_SAMPLES = 960;

/** How the client of a {@link TrackStage} is connected, all of it changeable. */
export type StageOutput = { -readonly [Key in keyof PlayoutOutput]: PlayoutOutput[Key] };

/** A track, the client that gets its frames, and what the session is told. */
export interface TrackStage {
  readonly clock: FakeClock;
  readonly track: PlayoutTrack;
  readonly output: StageOutput;
  readonly got: GotFrame[];
  /** What the session was told, with the time. */
  readonly told: string[];
  /** Lets time pass, with the queue kept full. */
  readonly fill: (durationMs: number) => void;
  readonly push: (frames: number) => void;
}

/** Opens one whose client keeps its buffer and is sent 200 ms ahead; 200 frames may wait and are kept. */
export function openTrackStage(): TrackStage {
  const clock = new FakeClock();
  const got: GotFrame[] = [];
  const told: string[] = [];
  const output: StageOutput = {
    leadMs: 200,
    holdsBuffer: true,
    latencyMs: 0,
    unsentBytes: 0,
    unsentLimitBytes: 1000,
    continueAfter() {},
    sendAudio: (_frame, sequence, generation) => got.push({ atMs: clock.nowMs(), sequence, generation }),
  };
  const track = new PlayoutTrack({
    scheduler: createPlayoutScheduler({ clock }),
    output,
    keptFrames: 200,
    queueFrames: 200,
    slowConsumerTimeoutMs: 5000,
    listener: {
      onMark: ({ kind, utteranceId }) => told.push(`${kind} ${utteranceId} @${clock.nowMs()}`),
      onRoom() {},
      onSlowConsumer: () => told.push(`slow @${clock.nowMs()}`),
      onFault: (error) => told.push(String(error)),
    },
    stats: { frameSent() {}, underrun: () => told.push('underrun'), heldBack() {} },
  });
  function push(frames: number): void {
    for (let pushed = 0; pushed < frames; pushed += 1) track.push(new Uint8Array(2 * FRAME_SAMPLES));
  }
  function fill(durationMs: number): void {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 20) {
      push(track.room);
      clock.advance(20);
    }
  }
  return { clock, track, output, got, told, fill, push };
}
