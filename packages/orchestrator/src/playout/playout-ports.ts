import type { PlayoutTrack } from './playout-track.ts';

/** Where a track's audio leaves: the part of a client link that playout needs. */
export interface PlayoutOutput {
  readonly leadMs: number;
  /** Whether the client keeps what it has and stops playing while it is told to hold. */
  readonly holdsBuffer: boolean;
  /** How long after it was sent audio is heard, about, in ms: the way to the client, and what it waits for to play. */
  readonly latencyMs: number;
  readonly unsentBytes: number;
  readonly unsentLimitBytes: number;
  sendAudio(frame: Uint8Array, sequence: number, generation: number, sampleOffset: number): void;
  /** The client has this frame from an earlier connection, and the next one goes on from it. Nothing is sent. */
  continueAfter(frame: Uint8Array, sequence: number, generation: number): void;
}

/** What a track tells its session. Called on the scheduler's tick or from `push`. */
export interface PlayoutListener {
  /** A mark set by {@link PlayoutTrack.mark} has been reached by what the client plays. */
  onMark(mark: PlayoutMark): void;
  /** The queue has room again after it was full. */
  onRoom(): void;
  /** The client has taken nothing for the slow-consumer timeout. Told once. */
  onSlowConsumer(): void;
  /** Sending or reporting threw: a fault in Parley that must not touch other sessions. */
  onFault(error: unknown): void;
}

/**
 * What is at a mark: an utterance begins or ends, waits for more of it to be written, or goes on after that. Beginnings
 * and goings-on are there only if there is audio behind them.
 */
export type MarkKind = 'begin' | 'wait' | 'go_on' | 'end';

/** A place between two frames that the session wants to hear about when playout gets there. */
export interface PlayoutMark {
  readonly kind: MarkKind;
  readonly utteranceId: string;
}

/** Counters of the hot path; plain methods, called for every frame. */
export interface PlayoutStats {
  /** A frame was written `latenessMs` after its time on the sample clock (0 when early or on time). */
  frameSent(latenessMs: number): void;
  /** The client's buffer ran dry in the middle of an utterance. */
  underrun(): void;
  /** Playout held frames back for `durationMs` because the client did not read. */
  heldBack(durationMs: number): void;
}

/** How the scheduler is told that a track has something to do. */
export interface PlayoutActivation {
  activate(track: PlayoutTrack): void;
  nowMs(): number;
}

/** Options of a {@link PlayoutTrack}. */
export interface PlayoutTrackOptions {
  readonly output: PlayoutOutput;
  readonly listener: PlayoutListener;
  readonly scheduler: PlayoutActivation;
  readonly stats: PlayoutStats;
  /** Most frames waiting, `frame_queue_size` of the configuration. */
  readonly queueFrames: number;
  /** How long a client may take nothing before it is given up, in milliseconds. */
  readonly slowConsumerTimeoutMs: number;
  /** Frames kept after they were sent, for a client that comes back. Default 0. */
  readonly keptFrames?: number;
  /** Rate of what the client gets at first. Default 48,000. */
  readonly outputRateHz?: number;
}
