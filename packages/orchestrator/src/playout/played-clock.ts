import { FRAME_MS, samplesPerFrame } from '@parley/audio';

const SAMPLES_PER_FRAME = samplesPerFrame();
const SAMPLES_PER_MS = SAMPLES_PER_FRAME / FRAME_MS;

/**
 * How far a client that reports may be behind what the lead allows, in ms: the time between two reports, that of a
 * round trip and what the client waits for before it plays.
 */
const REPORT_SLACK_MS = 1000;

/** For how long after a report the client is taken to play on, in ms: two reports that come late. */
const REPORT_TRUST_MS = 500;

/**
 * When one client plays what it was sent. The clock is one number: the time at which the client's buffer runs dry if
 * nothing more is sent. A client that reports what it has played is believed, and the clock is set right by that.
 * Places are samples (48 kHz) of the whole session, times ms of the scheduler's clock.
 */
export class PlayedClock {
  #dryAtMs = Number.NEGATIVE_INFINITY;
  /** Since when the client holds what it has. */
  #heldAtMs = Number.POSITIVE_INFINITY;
  /** Since when the client is not there. */
  #awayAtMs = Number.POSITIVE_INFINITY;
  /** Everything before it has been played or dropped. */
  #floor = 0;
  /** What the client last said it has played, and when it said so; undefined while it says nothing. */
  #reported: number | undefined;
  #reportedAtMs = 0;
  /** Its last report said more than the one before. */
  #isMoving = false;
  /** Between what the client last said before the last clear and what was sent by then lies what it had played. */
  #clearedFrom = 0;
  #clearedTo = 0;

  /** When the client's buffer runs dry; in the past when it has. */
  get dryAtMs(): number {
    return this.#dryAtMs;
  }

  /** Whether the client holds what it has. */
  get isHeld(): boolean {
    return this.#heldAtMs !== Number.POSITIVE_INFINITY;
  }

  /** What the client last said it has played of the present generation; undefined when it has said nothing. */
  get reportedSamples(): number | undefined {
    return this.#reported;
  }

  /** A frame is sent; when the buffer had run dry, the clock starts again from now, and this is true. */
  frameSent(nowMs: number): boolean {
    const wasDry = this.#dryAtMs < nowMs;
    this.#dryAtMs = (wasDry ? nowMs : this.#dryAtMs) + FRAME_MS;
    return wasDry;
  }

  /** The client stops playing and keeps what it has. */
  hold(nowMs: number): void {
    this.#heldAtMs = Math.min(this.#heldAtMs, nowMs);
  }

  /** It plays on, and all of it that much later. */
  release(nowMs: number): void {
    if (!this.isHeld) return;
    this.#dryAtMs += nowMs - this.#heldAtMs;
    this.#reportedAtMs += nowMs - this.#heldAtMs;
    this.#heldAtMs = Number.POSITIVE_INFINITY;
  }

  /** The client is gone, for now: what it plays from here on nobody knows. */
  leave(nowMs: number): void {
    this.#awayAtMs = Math.min(this.#awayAtMs, nowMs);
  }

  /** It is back, and had got so many frames fewer than were counted. It has played on; how far, it will say. */
  comeBack(lostFrames: number): void {
    this.#dryAtMs -= lostFrames * FRAME_MS;
    this.#awayAtMs = Number.POSITIVE_INFINITY;
    this.#floor = this.#reported ?? this.#floor;
    this.#reported = undefined;
  }

  /** Speech is cleared, with `sentSamples` sent; `dropped` when the client drops what it has, and does not play on. */
  clear(sentSamples: number, dropped: boolean): void {
    this.#clearedFrom = this.#reported ?? this.#floor;
    this.#clearedTo = sentSamples;
    this.#reported = undefined;
    if (!dropped) return;
    this.#floor = sentSamples;
    this.#dryAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes the client's word for how far it has played, brought back to what can be. One that has more in hand than
   * the clock says, beyond the slack of a report, runs dry that much later.
   */
  report(samples: number, sentSamples: number, nowMs: number): void {
    const before = this.#reported ?? this.#floor;
    const reported = Math.min(Math.max(samples, before), sentSamples);
    this.#isMoving = reported > before;
    this.#reported = reported;
    this.#reportedAtMs = this.#playingAtMs(nowMs);
    const inHandMs = (sentSamples - reported) / SAMPLES_PER_MS;
    this.#dryAtMs = Math.max(this.#dryAtMs, this.#reportedAtMs + inHandMs - REPORT_SLACK_MS);
  }

  /** Takes the client's word for how far it had played when it was last cleared, and brings it to what can be. */
  reportCleared(samples: number): number {
    return Math.min(Math.max(samples, this.#clearedFrom), this.#clearedTo);
  }

  /** Whether a client that reports would have too much in hand with another frame: it gets none until it has played. */
  isFarBehind(sentSamples: number, leadMs: number): boolean {
    if (this.#reported === undefined) return false;
    const aheadSamples = sentSamples + SAMPLES_PER_FRAME - this.#reported;
    return aheadSamples > (leadMs + REPORT_SLACK_MS) * SAMPLES_PER_MS;
  }

  /** How far the client has played by the clock alone; goes on when it has run dry. */
  byClock(sentSamples: number, nowMs: number): number {
    return sentSamples + (this.#playingAtMs(nowMs) - this.#dryAtMs) * SAMPLES_PER_MS;
  }

  /**
   * How far it has played, of what was sent: by its own word where it gives it, and for a while after it by the clock;
   * by the clock alone where it says nothing. It hears what was sent `latencyMs` later.
   */
  played(sentSamples: number, nowMs: number, latencyMs: number): number {
    const byClock = this.byClock(sentSamples, nowMs) - latencyMs * SAMPLES_PER_MS;
    if (this.#reported === undefined) {
      return Math.floor(Math.min(sentSamples, Math.max(this.#floor, byClock)));
    }
    const sinceMs = this.#isMoving ? Math.max(0, this.#playingAtMs(nowMs) - this.#reportedAtMs) : 0;
    const playedOn = this.#reported + Math.min(sinceMs, REPORT_TRUST_MS) * SAMPLES_PER_MS;
    return Math.floor(Math.min(sentSamples, Math.max(this.#reported, Math.min(byClock, playedOn))));
  }

  /** The time up to which it has played on. */
  #playingAtMs(nowMs: number): number {
    return Math.min(nowMs, this.#heldAtMs, this.#awayAtMs);
  }
}
