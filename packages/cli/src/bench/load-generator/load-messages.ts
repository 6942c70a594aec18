import type { LatencySummary } from './latency-histogram.ts';

/** Whom to load and how; sent to the load generator once. */
export interface LoadSpec {
  readonly url: string;
  readonly sessions: number;
  /** What each session says; empty for sessions that stay silent. */
  readonly text: string;
  /** Time over which sessions start to speak, in milliseconds. */
  readonly rampMs: number;
  /** `counted`: every sample is one more than the one before, so that lost and repeated audio shows. */
  readonly content: 'counted' | 'any';
  /** Commands the target knows, to be timed. */
  readonly commands: readonly ProbedCommand[];
  /** Sessions on which commands are timed. */
  readonly controlSample: number;
}

/** Commands whose effect is timed. */
export type ProbedCommand = 'PAUSE' | 'STOP';

/** Parent to load generator; every command is answered by the {@link LoadReply} of the same name. */
export type LoadCommand =
  | { readonly type: 'connect'; readonly spec: LoadSpec }
  | { readonly type: 'speak' }
  | { readonly type: 'openWindow' }
  | { readonly type: 'closeWindow' }
  | { readonly type: 'probe' }
  | { readonly type: 'finish' };

/** Load generator to parent. */
export type LoadReply =
  | { readonly type: 'connect' }
  | { readonly type: 'speak'; readonly firstAudioMs: LatencySummary }
  | { readonly type: 'openWindow' }
  | { readonly type: 'closeWindow'; readonly window: WindowResult }
  | { readonly type: 'probe'; readonly control: ControlResult }
  | { readonly type: 'finish'; readonly counts: FrameCounts }
  | { readonly type: 'failed'; readonly message: string };

/** What arrived during the steady window. */
export interface WindowResult {
  readonly durationMs: number;
  readonly frames: number;
  /**
   * Silence before a frame, heard by a client that plays at once and buffers nothing: its sample clock starts at
   * the session's first frame, and stops while there is nothing to play. Frames in time count as 0.
   */
  readonly latenessMs: LatencySummary;
  /**
   * Arrival against the sample clock that the session's earliest frame of the window sets: how evenly frames
   * come, however far ahead of real time they are.
   */
  readonly spreadMs: LatencySummary;
  /** How late the load generator's own event loop ran: what of the above may be its own doing. */
  readonly generatorDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** From sending a command to the arrival of the last frame that came in spite of it; 0 when none did. */
export interface ControlResult {
  readonly pauseMs: LatencySummary | undefined;
  readonly stopMs: LatencySummary | undefined;
  /** Frames that came when the command had long taken effect. */
  readonly leakedFrames: number;
  /** Sessions that did not go on after RESUME. */
  readonly failedResumes: number;
}

/** What all sessions received from first to last. */
export interface FrameCounts {
  readonly frames: number;
  /** Sequence numbers that never came. */
  readonly lost: number;
  /** Sequence numbers that came again, or too late. */
  readonly duplicates: number;
  /** Places where sequence numbers were missing. */
  readonly gaps: number;
  /** Frames whose samples did not follow on the samples before. Only counted content shows it. */
  readonly contentBreaks: number;
  /** Frames whose samples were compared. */
  readonly contentChecked: number;
  /** Audio messages with anything but one 1,920-byte frame at 48 kHz. */
  readonly wrongSize: number;
  /** `error` messages from the server. */
  readonly errors: number;
  /** Connections that ended before the load generator ended them. */
  readonly disconnects: number;
  /** The first error or close reason, for people. */
  readonly firstError: string | undefined;
}
