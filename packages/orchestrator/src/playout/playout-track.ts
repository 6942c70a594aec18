import { DEFAULT_SAMPLE_RATE_HZ, FRAME_MS, samplesPerFrame } from '@parley/audio';
import type { FrameSink } from '../session/ports/worker-pool.ts';
import { FrameOutlet } from './frame-outlet.ts';
import { FrameQueue } from './frame-queue.ts';
import { HoldBack } from './hold-back.ts';
import { MarkQueue, type MarkPlace } from './mark-queue.ts';
import { PlayedClock } from './played-clock.ts';
import type {
  PlayoutActivation,
  PlayoutListener,
  PlayoutMark,
  PlayoutOutput,
  PlayoutStats,
  PlayoutTrackOptions,
} from './playout-ports.ts';

const SAMPLES_PER_FRAME = samplesPerFrame();

/**
 * One session's audio on its way out, paced by the sample clock.
 *
 * A frame is due as soon as the client, having got it, would not have more than `leadMs` in hand. Each frame moves
 * the {@link PlayedClock} by exactly 20 ms, so pacing cannot drift; when the client's buffer has run dry, the clock
 * starts again from now, so that a late worker or a pause is never followed by a burst larger than the lead.
 */
export class PlayoutTrack implements Omit<FrameSink, 'words'> {
  readonly #listener: PlayoutListener;
  readonly #scheduler: PlayoutActivation;
  readonly #stats: PlayoutStats;
  readonly #queue: FrameQueue;
  readonly #clock = new PlayedClock();
  readonly #marks = new MarkQueue();
  readonly #outlet: FrameOutlet;
  /** Waits for the client to read what it was sent. */
  readonly #unread: HoldBack;
  /** Waits for the client to say that it has played it. */
  readonly #unplayed: HoldBack;
  #pushed = 0;
  #taken = 0;
  #generation = 0;
  /** Nobody is there to send to. */
  #detached = false;
  #paused = false;
  #wasFull = false;
  #inUtterance = false;
  /** Since when frames could have left: lateness before it is the worker's or the client's, not ours. */
  #readyAtMs = Number.NEGATIVE_INFINITY;
  /** The client's buffer may run dry without that being an under-run: after a pause, or while it does not read. */
  #dryIsFine = false;
  #closed = false;
  /** The client says how far it has played. */
  #reports = false;

  constructor(options: PlayoutTrackOptions) {
    this.#listener = options.listener;
    this.#scheduler = options.scheduler;
    this.#stats = options.stats;
    this.#queue = new FrameQueue(options.queueFrames);
    const { keptFrames = 0, outputRateHz = DEFAULT_SAMPLE_RATE_HZ } = options;
    this.#outlet = new FrameOutlet(options.output, keptFrames, outputRateHz);
    this.#unread = new HoldBack(options.slowConsumerTimeoutMs);
    this.#unplayed = new HoldBack(options.slowConsumerTimeoutMs);
  }

  /** Frames that may be pushed now; 0 tells the worker to wait. */
  get room(): number {
    return this.#queue.room;
  }

  /** Frames waiting. */
  get queuedFrames(): number {
    return this.#queue.length;
  }

  /** Sequence number of the last frame sent; 0 before the first. */
  get lastSequence(): number {
    return this.#outlet.lastSequence;
  }

  /** Samples (48 kHz) taken in the whole session, sent or not. Tells where in an utterance the next frame lies. */
  get pushedSamples(): number {
    return this.#pushed * SAMPLES_PER_FRAME;
  }

  /** Samples (48 kHz) sent in the whole session. */
  get sentSamples(): number {
    return this.#outlet.sentSamples;
  }

  /** How far the client has played, in samples sent in the whole session; stands still while it is away. */
  get playedSamples(): number {
    return this.#playedAt(this.#scheduler.nowMs());
  }

  /** Takes over the rate of the output from the next frame on, and how many frames are kept after they were sent. */
  configure(outputRateHz: number, keptFrames: number): void {
    this.#outlet.setRate(outputRateHz);
    this.#outlet.setKept(keptFrames);
  }

  /**
   * Takes the client's word for how far it has played, as it counts. What cannot be, less than before or more than was
   * sent, is brought back to what can; a word about another generation than the present one is too late or a lie.
   */
  reportPlayed(clientSamples: number, generation: number): void {
    this.#reports = true;
    if (generation !== this.#generation) return;
    this.#clock.report(this.#outlet.placeOf(clientSamples), this.sentSamples, this.#scheduler.nowMs());
    this.#outlet.confirm(this.#clock.reportedSamples ?? 0);
    this.#wake();
  }

  /** Whether the client says how far it has played. */
  get reportsPlayed(): boolean {
    return this.#reports;
  }

  /** Whether the client is there and is of those that can say how far they have played. */
  get canAskPlayed(): boolean {
    return !this.#detached && this.#outlet.output.holdsBuffer;
  }

  /** The client's word for how far it had played when it was last cleared, in samples of 48 kHz that can be. */
  reportCleared(clientSamples: number): number {
    return this.#clock.reportCleared(this.#outlet.placeOf(clientSamples));
  }

  /** Takes one frame of 1,920 bytes; when it is due, it leaves before this returns. */
  push(frame: Uint8Array): void {
    if (this.#closed) return;
    const wasEmpty = this.#queue.length === 0;
    this.#queue.push(frame);
    this.#wasFull ||= this.#queue.room === 0;
    this.#pushed += 1;
    if (!wasEmpty) return;
    this.#readyAtMs = this.#scheduler.nowMs();
    this.#wake();
  }

  /** Sets a mark after everything pushed so far. */
  mark(mark: PlayoutMark): MarkPlace {
    if (this.#closed) return { atSample: undefined };
    const place = this.#marks.add(mark, this.#pushed);
    this.#wake();
    return place;
  }

  /** Stops the sample clock: no frame leaves until {@link release}. Idempotent. */
  hold(): void {
    if (this.#paused) return;
    this.#paused = true;
    const nowMs = this.#scheduler.nowMs();
    if (this.#outlet.output.holdsBuffer) this.#clock.hold(nowMs);
    this.#endWaits(nowMs);
  }

  /** Goes on with the very next frame. Idempotent. */
  release(): void {
    if (!this.#paused) return;
    const nowMs = this.#scheduler.nowMs();
    this.#clock.release(nowMs);
    this.#paused = false;
    this.#excuse(nowMs);
    this.#wake();
  }

  /**
   * Drops all frames and marks that have not left; the sequence goes on where it was. What is pushed from now on
   * belongs to `generation`.
   */
  clear(generation: number): void {
    this.#generation = generation;
    // A client that can be told to drops what it has; others play on to its end.
    this.#clock.clear(this.sentSamples, this.#outlet.output.holdsBuffer);
    this.#queue.clear();
    this.#marks.clear();
    this.#taken = this.#pushed;
    this.#inUtterance = false;
    this.#wasFull = false;
  }

  /** Drops everything and takes nothing more. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#endWaits(this.#scheduler.nowMs());
    this.clear(this.#generation);
  }

  /** The connection is gone: frames and marks wait. */
  detach(): void {
    this.#detached = true;
    const nowMs = this.#scheduler.nowMs();
    this.#clock.leave(nowMs);
    this.#endWaits(nowMs);
  }

  /** Whether the frames from a place on, as the client counts, are all kept or not yet sent. */
  canRewindTo(clientSamples: number): boolean {
    return this.#outlet.canRewindTo(clientSamples);
  }

  /** The client is back on `output` and has got everything before this place, as it counts: goes on from there. */
  attach(output: PlayoutOutput, clientSamples: number): void {
    if (!this.canRewindTo(clientSamples)) {
      throw new RangeError(`frames from sample ${clientSamples} on are not kept`);
    }
    this.#clock.comeBack(this.#outlet.rewind(output, clientSamples));
    this.#detached = false;
    this.#excuse(this.#scheduler.nowMs());
    this.#wake();
  }

  /**
   * Sends what is due at `nowMs` and reports marks that have been reached.
   * Returns false when nothing is left to do until the next push, mark, report, release or attach.
   */
  tick(nowMs: number): boolean {
    if (this.#closed) return false;
    try {
      if (this.#marks.length > 0) this.#placeMarks();
      if (this.#detached) return false;
      if (!this.#paused) this.#sendDue(nowMs);
      if (!this.#clock.isHeld) {
        if (this.#marks.length > 0) this.#reportMarks(nowMs);
        if (this.#clock.reportedSamples !== undefined) this.#watchReports(nowMs);
      }
    } catch (error) {
      this.close();
      this.#listener.onFault(error);
    }
    if (this.#closed || this.#clock.isHeld) return false;
    return this.#marks.firstPlaced !== undefined || (!this.#paused && this.#waiting > 0);
  }

  #wake(): void {
    if (this.#closed) return;
    this.#scheduler.activate(this);
    this.tick(this.#scheduler.nowMs());
  }

  #sendDue(nowMs: number): void {
    const { output } = this.#outlet;
    const headStartMs = Math.max(0, output.leadMs - FRAME_MS);
    for (;;) {
      if (this.#marks.length > 0) this.#placeMarks();
      if (this.#waiting === 0) return;
      const isDead = this.#isNextDead;
      const dueAtMs = isDead ? nowMs : this.#clock.dryAtMs - headStartMs;
      if (dueAtMs > nowMs) return;
      if (output.unsentBytes > output.unsentLimitBytes) {
        this.#waitForReading(nowMs, output.unsentBytes);
        return;
      }
      if (!isDead && this.#clock.isFarBehind(this.sentSamples, output.leadMs)) {
        this.#excuse(nowMs);
        return;
      }
      if (this.#unread.isWaiting) this.#endWaits(nowMs);
      if (!isDead) this.#countFrame(nowMs, dueAtMs);
      this.#sendNext();
      // Refilling at half, not at every frame, wakes the worker's stream far less often.
      if (this.#wasFull && this.#queue.length <= this.#queue.capacity >> 1) {
        this.#wasFull = false;
        this.#listener.onRoom();
      }
    }
  }

  /** Frames that can be sent: those sent before that the client did not get, then the queue. */
  get #waiting(): number {
    return this.#outlet.framesToRepeat + this.#queue.length;
  }

  /** Whether the next frame was cleared: nobody plays it, it takes no time, and only the count of frames needs it. */
  get #isNextDead(): boolean {
    return this.#outlet.framesToRepeat > 0 && this.#outlet.nextRepeatedGeneration !== this.#generation;
  }

  #countFrame(nowMs: number, dueAtMs: number): void {
    const wasDry = this.#clock.frameSent(nowMs);
    if (wasDry && this.#inUtterance && !this.#dryIsFine) this.#stats.underrun();
    this.#dryIsFine = false;
    this.#inUtterance = true;
    this.#stats.frameSent(nowMs - Math.max(dueAtMs, this.#readyAtMs));
  }

  #sendNext(): void {
    if (this.#outlet.framesToRepeat > 0) {
      this.#outlet.repeat();
      return;
    }
    const frame = this.#queue.shift();
    if (frame === undefined) return;
    this.#taken += 1;
    this.#outlet.send(frame, this.#generation);
  }

  #playedAt(nowMs: number): number {
    return this.#clock.played(this.sentSamples, nowMs, this.#outlet.output.latencyMs);
  }

  #placeMarks(): void {
    if (this.#marks.place(this.#taken, this.#pushed, this.#outlet.everSentSamples)) this.#inUtterance = false;
  }

  #reportMarks(nowMs: number): void {
    for (;;) {
      const first = this.#marks.firstPlaced;
      if (first?.atSample === undefined || !this.#isReached(first.mark.kind, first.atSample, nowMs)) return;
      this.#marks.shift();
      this.#listener.onMark(first.mark);
    }
  }

  /** An utterance begins, or goes on, with its first frame that was sent, and ends when the last one has been heard. */
  #isReached(kind: PlayoutMark['kind'], atSample: number, nowMs: number): boolean {
    const { sentSamples } = this;
    return kind === 'begin' || kind === 'go_on'
      ? sentSamples > atSample && this.#clock.byClock(sentSamples, nowMs) >= atSample
      : sentSamples >= atSample && this.#playedAt(nowMs) >= atSample;
  }

  /** A client that reports, and could have played what it was sent, must say that it does. */
  #watchReports(nowMs: number): void {
    const { sentSamples } = this;
    const { atSample = Number.POSITIVE_INFINITY } = this.#marks.firstPlaced ?? {};
    const isWaitedFor =
      (!this.#paused &&
        this.#waiting > 0 &&
        this.#clock.isFarBehind(sentSamples, this.#outlet.output.leadMs)) ||
      this.#clock.byClock(sentSamples, nowMs) >= atSample;
    if (!isWaitedFor) {
      this.#unplayed.end(nowMs);
      return;
    }
    this.#unplayed.wait(nowMs, -(this.#clock.reportedSamples ?? 0));
    if (this.#unplayed.giveUp(nowMs)) this.#listener.onSlowConsumer();
  }

  #waitForReading(nowMs: number, unreadBytes: number): void {
    const waitedMs = this.#unread.wait(nowMs, unreadBytes);
    if (waitedMs > 0) this.#stats.heldBack(waitedMs);
    if (this.#unread.giveUp(nowMs)) this.#listener.onSlowConsumer();
  }

  /** What is late by now, or runs dry, is not our doing. */
  #excuse(nowMs: number): void {
    this.#dryIsFine = true;
    this.#readyAtMs = nowMs;
  }

  #endWaits(nowMs: number): void {
    this.#unplayed.end(nowMs);
    if (!this.#unread.isWaiting) return;
    this.#stats.heldBack(this.#unread.end(nowMs));
    this.#excuse(nowMs);
  }
}
