import { FRAME_MS, samplesPerFrame } from '@parley/audio';

const SAMPLES_PER_MS = samplesPerFrame() / FRAME_MS;

/**
 * When one client plays what it was sent. The clock is one number: the time at which the client's buffer runs dry if
 * nothing more is sent. Places are samples (48 kHz) of the whole session, times ms of the scheduler's clock.
 */
export class PlayedClock {
  #dryAtMs = Number.NEGATIVE_INFINITY;
  /** Since when the client holds what it has. */
  #heldAtMs: number | undefined;
  /** What the client last said it has played, and when it said so. */
  #reportedSamples: number | undefined;
  #reportedAtMs = 0;
  /** Between what the client last said before the last clear and what was sent by then lies what it had played. */
  #clearedFrom = 0;
  #clearedTo = 0;

  /** When the client's buffer runs dry; in the past when it has. */
  get dryAtMs(): number {
    return this.#dryAtMs;
  }

  /** Whether the client holds what it has. */
  get isHeld(): boolean {
    return this.#heldAtMs !== undefined;
  }

  /** A frame is sent; when the buffer had run dry, the clock starts again from now, and this is true. */
  frameSent(nowMs: number): boolean {
    const wasDry = this.#dryAtMs < nowMs;
    this.#dryAtMs = (wasDry ? nowMs : this.#dryAtMs) + FRAME_MS;
    return wasDry;
  }

  /** The client got so many frames fewer than were counted. */
  framesLost(frames: number): void {
    this.#dryAtMs -= frames * FRAME_MS;
  }

  /** The client stops playing and keeps what it has. */
  hold(nowMs: number): void {
    this.#heldAtMs ??= nowMs;
  }

  /** It plays on, and all of it that much later. */
  release(nowMs: number): void {
    if (this.#heldAtMs === undefined) return;
    this.#dryAtMs += nowMs - this.#heldAtMs;
    this.#reportedAtMs += nowMs - this.#heldAtMs;
    this.#heldAtMs = undefined;
  }

  /** Speech is cleared, with `sentSamples` sent; `dropped` when the client drops what it has, and does not play on. */
  clear(sentSamples: number, dropped: boolean): void {
    this.#clearedFrom = this.#reportedSamples ?? 0;
    this.#clearedTo = sentSamples;
    this.#reportedSamples = undefined;
    if (dropped) this.#dryAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Takes the client's word for how far it has played, brought back to what can be. */
  report(samples: number, sentSamples: number, nowMs: number): void {
    this.#reportedSamples = Math.min(Math.max(samples, this.#reportedSamples ?? 0), sentSamples);
    this.#reportedAtMs = nowMs;
  }

  /** Takes the client's word for how far it had played when it was last cleared, and brings it to what can be. */
  reportCleared(samples: number): number {
    return Math.min(Math.max(samples, this.#clearedFrom), this.#clearedTo);
  }

  /** How far the client has played by the clock alone; never beyond what was sent. */
  byClock(sentSamples: number, nowMs: number): number {
    const leftMs = this.#dryAtMs - (this.#heldAtMs ?? nowMs);
    return leftMs <= 0 ? sentSamples : sentSamples - leftMs * SAMPLES_PER_MS;
  }

  /** How far it has played: by its own word where it gives it, and by the clock otherwise and in between. */
  played(sentSamples: number, nowMs: number): number {
    if (this.#reportedSamples === undefined) {
      return Math.max(0, Math.floor(this.byClock(sentSamples, nowMs)));
    }
    const sinceMs = Math.max(0, (this.#heldAtMs ?? nowMs) - this.#reportedAtMs);
    return Math.min(sentSamples, Math.floor(this.#reportedSamples + sinceMs * SAMPLES_PER_MS));
  }
}
