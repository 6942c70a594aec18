import { FRAME_MS, samplesPerFrame } from '@parley/audio';
import type { FrameSink } from '../session/ports/worker-pool.ts';
import { FrameQueue } from './frame-queue.ts';
import { SentFrames } from './sent-frames.ts';

/** Where a track's audio leaves: the part of a client link that playout needs. */
export interface PlayoutOutput {
  readonly leadMs: number;
  /** Whether the client keeps what it has and stops playing while it is told to hold. */
  readonly holdsBuffer: boolean;
  readonly unsentBytes: number;
  readonly unsentLimitBytes: number;
  sendAudio(frame: Uint8Array, sequence: number, generation: number): void;
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

/** A place between two frames that the session wants to hear about when playout gets there. */
export interface PlayoutMark {
  readonly kind: 'begin' | 'end';
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
}

/** A mark on its way, as {@link PlayoutTrack.mark} gives it back. */
export interface MarkPlace {
  /** Samples (48 kHz) sent in the whole session before the mark; unknown until they have left. */
  readonly atSample: number | undefined;
}

interface PlacedMark extends MarkPlace {
  readonly mark: PlayoutMark;
  /** Frames pushed before the mark. */
  readonly afterFrame: number;
  /** When the client gets to the mark; known once the frames before it have left. */
  playsAtMs: number | undefined;
  atSample: number | undefined;
}

const SAMPLES_PER_FRAME = samplesPerFrame();
const SAMPLES_PER_MS = SAMPLES_PER_FRAME / FRAME_MS;

/**
 * One session's audio on its way out, paced by the sample clock.
 *
 * The clock is one number: the time at which the client's buffer runs dry if nothing more is sent. Each
 * frame moves it by exactly 20 ms, so pacing cannot drift; a frame is due as soon as the client, having got
 * it, would not have more than `leadMs` in hand. When the buffer has run dry, the clock starts again from
 * now, so that a late worker or a pause is never followed by a burst larger than the lead.
 */
export class PlayoutTrack implements Omit<FrameSink, 'words'> {
  #output: PlayoutOutput;
  readonly #listener: PlayoutListener;
  readonly #scheduler: PlayoutActivation;
  readonly #stats: PlayoutStats;
  readonly #slowConsumerTimeoutMs: number;
  readonly #queue: FrameQueue;
  #marks: PlacedMark[] = [];
  #dryAtMs = Number.NEGATIVE_INFINITY;
  #pushed = 0;
  #taken = 0;
  #sequence = 0;
  #generation = 0;
  readonly #sent: SentFrames;
  /** Nobody is there to send to. */
  #detached = false;
  #paused = false;
  #wasFull = false;
  #inUtterance = false;
  /** Since when frames could have left: lateness before it is the worker's or the client's, not ours. */
  #readyAtMs = Number.NEGATIVE_INFINITY;
  /** The client's buffer may run dry without that being an under-run: after a pause, or while it does not read. */
  #dryIsFine = false;
  #blockedSinceMs: number | undefined;
  #blockedBytes = 0;
  #toldSlow = false;
  #closed = false;
  #heldAtMs = 0;
  /** The client says how far it has played. */
  #reports = false;
  /** Between what the client last said before the last clear and what was sent by then lies what it had played. */
  #clearedBetween: readonly [number, number] = [0, 0];
  /** What the client last said it has played, and when it said so. */
  #reportedSamples: number | undefined;
  #reportedAtMs = 0;

  constructor(options: PlayoutTrackOptions) {
    this.#output = options.output;
    this.#listener = options.listener;
    this.#scheduler = options.scheduler;
    this.#stats = options.stats;
    this.#slowConsumerTimeoutMs = options.slowConsumerTimeoutMs;
    this.#queue = new FrameQueue(options.queueFrames);
    this.#sent = new SentFrames(options.keptFrames ?? 0);
  }

  /** Frames that may be pushed now; 0 tells the worker to wait. */
  get room(): number {
    const room = this.#queue.room;
    if (room === 0) this.#wasFull = true;
    return room;
  }

  /** Frames waiting. */
  get queuedFrames(): number {
    return this.#queue.length;
  }

  /** Sequence number of the last frame sent; 0 before the first. */
  get lastSequence(): number {
    return this.#sequence;
  }

  /** Samples (48 kHz) taken in the whole session, sent or not. Tells where in an utterance the next frame lies. */
  get pushedSamples(): number {
    return this.#pushed * SAMPLES_PER_FRAME;
  }

  /** Samples (48 kHz) sent in the whole session. */
  get sentSamples(): number {
    return this.#sequence * SAMPLES_PER_FRAME;
  }

  /**
   * How far the client has played, in samples sent in the whole session: by its own reports where it makes
   * them, and by the sample clock otherwise and in between.
   */
  get playedSamples(): number {
    const holds = this.#paused && this.#output.holdsBuffer;
    const nowMs = holds ? this.#heldAtMs : this.#scheduler.nowMs();
    const byClock = this.sentSamples - Math.max(0, (this.#dryAtMs - nowMs) * SAMPLES_PER_MS);
    if (this.#reportedSamples === undefined) return Math.max(0, Math.floor(byClock));
    const since = Math.max(0, nowMs - this.#reportedAtMs) * SAMPLES_PER_MS;
    return Math.min(this.sentSamples, Math.floor(this.#reportedSamples + since));
  }

  /**
   * Takes the client's word for how far it has played. What cannot be, less than before or more than was sent,
   * is brought back to what can; a word about another generation than the present one comes too late or is a lie.
   */
  reportPlayed(samples: number, generation: number): void {
    this.#reports = true;
    if (generation !== this.#generation) return;
    const possible = Math.min(Math.max(samples, this.#reportedSamples ?? 0), this.sentSamples);
    this.#reportedSamples = possible;
    this.#reportedAtMs = this.#scheduler.nowMs();
  }

  /** Whether the client says how far it has played, and can be asked now. */
  get canAskPlayed(): boolean {
    return this.#reports && !this.#detached && this.#output.holdsBuffer;
  }

  /** Takes the client's word for how far it had played when it was last cleared, and brings it to what can be. */
  reportCleared(samples: number): number {
    const [from, to] = this.#clearedBetween;
    return Math.min(Math.max(samples, from), to);
  }

  /** Takes one frame of 1,920 bytes; when it is due, it leaves before this returns. */
  push(frame: Uint8Array): void {
    if (this.#closed) return;
    const wasEmpty = this.#queue.length === 0;
    this.#queue.push(frame);
    this.#pushed += 1;
    if (!wasEmpty) return;
    this.#readyAtMs = this.#scheduler.nowMs();
    this.#wake();
  }

  /** Sets a mark after everything pushed so far. */
  mark(mark: PlayoutMark): MarkPlace {
    const placed = { mark, afterFrame: this.#pushed, playsAtMs: undefined, atSample: undefined };
    if (this.#closed) return placed;
    this.#marks.push(placed);
    this.#wake();
    return placed;
  }

  /** Stops the sample clock: no frame leaves until {@link release}. Idempotent. */
  hold(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#heldAtMs = this.#scheduler.nowMs();
    this.#endHoldBack(this.#heldAtMs);
  }

  /** Goes on with the very next frame. Idempotent. */
  release(): void {
    if (!this.#paused) return;
    const nowMs = this.#scheduler.nowMs();
    if (this.#output.holdsBuffer) this.#shiftClock(nowMs - this.#heldAtMs);
    this.#paused = false;
    this.#dryIsFine = true;
    this.#readyAtMs = nowMs;
    this.#wake();
  }

  /**
   * Drops all frames and marks that have not left; the sequence goes on where it was. What is pushed from now on
   * belongs to `generation`.
   */
  clear(generation: number): void {
    this.#generation = generation;
    this.#clearedBetween = [this.#reportedSamples ?? 0, this.sentSamples];
    this.#reportedSamples = undefined;
    // A client that can be told to drops what it has; others play on to its end.
    if (this.#output.holdsBuffer) this.#dryAtMs = Number.NEGATIVE_INFINITY;
    this.#queue.clear();
    this.#marks = [];
    this.#taken = this.#pushed;
    this.#inUtterance = false;
    this.#wasFull = false;
  }

  /** Drops everything and takes nothing more. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#endHoldBack(this.#scheduler.nowMs());
    this.clear(this.#generation);
  }

  /** The connection is gone: frames wait, while the client plays what it has. */
  detach(): void {
    this.#detached = true;
    this.#endHoldBack(this.#scheduler.nowMs());
  }

  /** Whether the frames from session sample `samples` on are all kept, or not yet sent. */
  canRewindTo(samples: number): boolean {
    const received = samples / SAMPLES_PER_FRAME;
    return Number.isInteger(received) && received <= this.#sent.newest && received + 1 >= this.#sent.oldest;
  }

  /** The client is back on `output` and has got everything before session sample `samples`: goes on from there. */
  attach(output: PlayoutOutput, samples: number): void {
    if (!this.canRewindTo(samples)) throw new RangeError(`frames from sample ${samples} on are not kept`);
    this.#output = output;
    const received = samples / SAMPLES_PER_FRAME;
    this.#dryAtMs -= (this.#sequence - received) * FRAME_MS;
    this.#sequence = received;
    this.#detached = false;
    this.#dryIsFine = true;
    this.#readyAtMs = this.#scheduler.nowMs();
    this.#wake();
  }

  /**
   * Sends what is due at `nowMs` and reports marks that have been reached.
   * Returns false when nothing is left to do until the next push, mark or release.
   */
  tick(nowMs: number): boolean {
    if (this.#closed) return false;
    try {
      if (!this.#paused && !this.#detached) this.#sendDue(nowMs);
      else if (this.#marks.length > 0) this.#placeMarks(nowMs);
      if (this.#marks.length > 0 && !(this.#paused && this.#output.holdsBuffer)) this.#reportMarks(nowMs);
    } catch (error) {
      this.close();
      this.#listener.onFault(error);
    }
    if (this.#closed) return false;
    if (this.#marks[0]?.playsAtMs !== undefined) return !(this.#paused && this.#output.holdsBuffer);
    return !this.#paused && !this.#detached && this.#waiting > 0;
  }

  /** A client that held its buffer plays all of it that much later. */
  #shiftClock(heldMs: number): void {
    this.#dryAtMs += heldMs;
    this.#reportedAtMs += heldMs;
    for (const placed of this.#marks) {
      if (placed.playsAtMs !== undefined) placed.playsAtMs += heldMs;
    }
  }

  #wake(): void {
    if (this.#closed) return;
    this.#scheduler.activate(this);
    this.tick(this.#scheduler.nowMs());
  }

  #sendDue(nowMs: number): void {
    const output = this.#output;
    const headStartMs = Math.max(0, output.leadMs - FRAME_MS);
    for (;;) {
      if (this.#marks.length > 0) this.#placeMarks(nowMs);
      if (this.#waiting === 0) return;
      const dueAtMs = this.#dryAtMs - headStartMs;
      if (dueAtMs > nowMs) return;
      if (output.unsentBytes > output.unsentLimitBytes) {
        this.#holdBack(nowMs, output.unsentBytes);
        return;
      }
      this.#endHoldBack(nowMs);
      this.#sendNext(nowMs, dueAtMs);
      // Refilling at half, not at every frame, wakes the worker's stream far less often.
      if (this.#wasFull && this.#queue.length <= this.#queue.capacity >> 1) {
        this.#wasFull = false;
        this.#listener.onRoom();
      }
    }
  }

  /** Frames that can be sent: those sent before that the client did not get, then the queue. */
  get #waiting(): number {
    return this.#sent.newest - this.#sequence + this.#queue.length;
  }

  #sendNext(nowMs: number, dueAtMs: number): void {
    this.#sequence += 1;
    if (this.#sequence > this.#sent.newest) {
      const frame = this.#queue.shift();
      if (frame === undefined) return;
      this.#taken += 1;
      this.#sent.add(frame, this.#generation);
      this.#send(nowMs, dueAtMs, frame, this.#generation);
    } else {
      const again = this.#sent.get(this.#sequence);
      if (again !== undefined) this.#send(nowMs, dueAtMs, again.frame, again.generation);
    }
  }

  #send(nowMs: number, dueAtMs: number, frame: Uint8Array, generation: number): void {
    if (this.#dryAtMs < nowMs) {
      if (this.#inUtterance && !this.#dryIsFine) this.#stats.underrun();
      this.#dryAtMs = nowMs + FRAME_MS;
    } else {
      this.#dryAtMs += FRAME_MS;
    }
    this.#dryIsFine = false;
    this.#inUtterance = true;
    this.#stats.frameSent(nowMs - Math.max(dueAtMs, this.#readyAtMs));
    this.#output.sendAudio(frame, this.#sequence, generation);
  }

  /** Gives a time to the marks whose frames have all left. */
  #placeMarks(nowMs: number): void {
    for (let index = 0; index < this.#marks.length; index += 1) {
      const placed = this.#marks[index];
      if (placed === undefined || placed.playsAtMs !== undefined) continue;
      if (placed.afterFrame > this.#taken) return;
      if (placed.mark.kind === 'begin' && placed.afterFrame === this.#pushed) {
        const next = this.#marks[index + 1];
        // A beginning is real once there is audio behind it. If the end came first, there never was any.
        if (next === undefined) return;
        this.#marks.splice(index, 1);
        index -= 1;
        continue;
      }
      placed.playsAtMs = Math.max(this.#dryAtMs, nowMs);
      placed.atSample = this.#sent.newest * SAMPLES_PER_FRAME;
      if (placed.mark.kind === 'end') this.#inUtterance = false;
    }
  }

  #reportMarks(nowMs: number): void {
    for (;;) {
      const first = this.#marks[0];
      if (first === undefined || first.playsAtMs === undefined || first.playsAtMs > nowMs) return;
      this.#marks.shift();
      this.#listener.onMark(first.mark);
    }
  }

  #holdBack(nowMs: number, unsentBytes: number): void {
    if (this.#blockedSinceMs === undefined || unsentBytes < this.#blockedBytes) {
      if (this.#blockedSinceMs !== undefined) this.#stats.heldBack(nowMs - this.#blockedSinceMs);
      this.#blockedSinceMs = nowMs;
    } else if (!this.#toldSlow && nowMs - this.#blockedSinceMs >= this.#slowConsumerTimeoutMs) {
      this.#toldSlow = true;
      this.#listener.onSlowConsumer();
    }
    this.#blockedBytes = unsentBytes;
  }

  #endHoldBack(nowMs: number): void {
    if (this.#blockedSinceMs === undefined) return;
    this.#stats.heldBack(nowMs - this.#blockedSinceMs);
    this.#blockedSinceMs = undefined;
    this.#dryIsFine = true;
    this.#readyAtMs = nowMs;
  }
}
