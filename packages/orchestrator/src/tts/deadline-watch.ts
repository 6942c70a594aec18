import type { Clock, Timer } from '../session/ports/clock.ts';

/** How long a worker may take over a segment, in ms each. Time during which it is held back does not count. */
export interface SegmentDeadlines {
  /** From asking to the first audio. */
  readonly firstFrameMs: number;
  /** From one message to the next. */
  readonly frameGapMs: number;
  /** The whole segment. */
  readonly segmentMs: number;
}

/** Which deadline passed. */
export type MissedDeadline = 'first_frame_timeout' | 'frame_gap_timeout' | 'segment_timeout';

/**
 * Watches over one segment with one lazy timer: a frame only notes the time, and the timer, when it fires too
 * early because frames have come, is set again.
 */
export class DeadlineWatch {
  readonly #clock: Clock;
  readonly #deadlines: SegmentDeadlines;
  readonly #onMissed: (missed: MissedDeadline) => void;
  readonly #startedMs: number;
  #waitingSinceMs: number;
  #heldSinceMs: number | undefined;
  #heldMs = 0;
  #hasAudio = false;
  #timer: Timer | undefined;

  /** Starts at once; whoever makes it stops it. */
  constructor(clock: Clock, deadlines: SegmentDeadlines, onMissed: (missed: MissedDeadline) => void) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#onMissed = onMissed;
    this.#startedMs = clock.nowMs();
    this.#waitingSinceMs = this.#startedMs;
    this.#setTimer(this.#startedMs);
  }

  /** Time since the start, in ms. */
  get elapsedMs(): number {
    return this.#clock.nowMs() - this.#startedMs;
  }

  /** How long the worker has been held back in all, in ms. */
  get heldMs(): number {
    return this.#heldMs + (this.#heldSinceMs === undefined ? 0 : this.#clock.nowMs() - this.#heldSinceMs);
  }

  /** Audio has come. */
  frame(): void {
    this.#waitingSinceMs = this.#clock.nowMs();
    if (this.#hasAudio) return;
    // The gap may be shorter than what the timer was first set to.
    this.#hasAudio = true;
    this.#timer?.cancel();
    this.#setTimer(this.#waitingSinceMs);
  }

  /** The worker is held back from now on. */
  hold(): void {
    this.#heldSinceMs ??= this.#clock.nowMs();
  }

  /** The worker may send again. */
  unhold(): void {
    if (this.#heldSinceMs === undefined) return;
    this.#waitingSinceMs = this.#clock.nowMs();
    this.#heldMs += this.#waitingSinceMs - this.#heldSinceMs;
    this.#heldSinceMs = undefined;
  }

  /** Ends the watch. Idempotent. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Sets the timer to the earliest moment at which a deadline can have passed; holding only puts it off. */
  #setTimer(nowMs: number): void {
    const { firstFrameMs, frameGapMs, segmentMs } = this.#deadlines;
    const waitingSinceMs = this.#heldSinceMs === undefined ? this.#waitingSinceMs : nowMs;
    const dueMs = Math.min(
      waitingSinceMs + (this.#hasAudio ? frameGapMs : firstFrameMs),
      this.#startedMs + this.heldMs + segmentMs,
    );
    this.#timer = this.#clock.setTimer(Math.max(1, dueMs - nowMs), () => this.#check());
  }

  #check(): void {
    const nowMs = this.#clock.nowMs();
    const { firstFrameMs, frameGapMs, segmentMs } = this.#deadlines;
    if (this.#heldSinceMs === undefined) {
      const waitedMs = nowMs - this.#waitingSinceMs;
      if (!this.#hasAudio && waitedMs >= firstFrameMs) return this.#onMissed('first_frame_timeout');
      if (this.#hasAudio && waitedMs >= frameGapMs) return this.#onMissed('frame_gap_timeout');
      if (nowMs - this.#startedMs - this.#heldMs >= segmentMs) return this.#onMissed('segment_timeout');
    }
    this.#setTimer(nowMs);
  }
}
