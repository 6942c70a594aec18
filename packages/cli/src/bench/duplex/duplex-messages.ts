import type { LatencySummary } from '../load-generator/latency-histogram.ts';

/** Whom to talk to and how; sent to the load generator once. */
export interface DuplexSpec {
  readonly url: string;
  readonly sessions: number;
  /** What each session says. */
  readonly text: string;
  /** Time over which sessions begin, in milliseconds. */
  readonly rampMs: number;
  /** Sessions that are interrupted, and on which commands are timed. */
  readonly sample: number;
}

/** Parent to load generator; every command is answered by the {@link DuplexReply} of the same name. */
export type DuplexCommand =
  | { readonly type: 'converse'; readonly spec: DuplexSpec }
  | { readonly type: 'openWindow' }
  | { readonly type: 'closeWindow' }
  | { readonly type: 'probe' }
  | { readonly type: 'finish' };

/** Load generator to parent. */
export type DuplexReply =
  /** The process listens to commands. */
  | { readonly type: 'ready' }
  | { readonly type: 'converse' }
  | { readonly type: 'openWindow' }
  | { readonly type: 'closeWindow'; readonly window: DuplexWindow }
  | { readonly type: 'probe'; readonly probes: DuplexProbes }
  | { readonly type: 'finish'; readonly counts: DuplexCounts }
  | { readonly type: 'failed'; readonly message: string };

/** What went on during the steady window. */
export interface DuplexWindow {
  readonly durationMs: number;
  /** Frames of speech received, and of microphone audio sent. */
  readonly framesIn: number;
  readonly framesOut: number;
  /** How late the load generator's own event loop ran. */
  readonly generatorDelayMs: Pick<LatencySummary, 'p50' | 'p99' | 'max'>;
}

/** What became of every frame of the whole case. */
export interface DuplexCounts {
  readonly frames: number;
  /** Sequence numbers that never came, or came again. */
  readonly lost: number;
  readonly duplicates: number;
  /** Frames whose samples did not follow on those before. */
  readonly broken: number;
  /** Error messages and connections that the server ended. */
  readonly errors: number;
  /** Speech that was held or dropped although nobody had said anything. */
  readonly falseAlarms: number;
  readonly firstError: string | undefined;
}

/** Latencies of one sample of sessions, while all others go on. Times at the client. */
export interface DuplexProbes {
  /** From PAUSE being sent to the last frame that came in spite of it; 0 when none did. */
  readonly pauseMs: LatencySummary;
  /** From the first sound in the microphone stream to the last frame before `clear`, held or not. */
  readonly onsetToLastFrameMs: LatencySummary;
  /**
   * From sending the microphone audio with which the server decided to the last frame that came in spite of
   * it; 0 when none did. The way to the server and back is in it.
   */
  readonly decisionToLastFrameMs: LatencySummary;
  /** From the same moment to being told to hold. */
  readonly decisionToHoldMs: LatencySummary;
  /** From the first sound to `clear`. */
  readonly onsetToClearMs: LatencySummary;
  /** From STOP being sent to the last frame that came in spite of it; 0 when none did. */
  readonly stopMs: LatencySummary;
  /** Interruptions that did not come, and speech that did not go on after RESUME. */
  readonly missed: number;
  readonly failedResumes: number;
}
