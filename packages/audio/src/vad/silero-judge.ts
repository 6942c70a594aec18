import type { Worker } from 'node:worker_threads';
import { InferenceThread } from './inference-thread.ts';
import { JudgedStream, type WindowHandler } from './judged-stream.ts';
import { ControlWord, RESET_FLAG, SlotStatus, WINDOW_SAMPLES, createSileroRing } from './silero-ring.ts';
import type { SileroThreadData } from './silero-thread.ts';
import { VadError } from './vad-error.ts';

/** Options of {@link SileroJudge}. */
export interface SileroJudgeOptions {
  /** Windows that may wait at once, of all streams; a power of two. Default 1024, which takes 1 MB. */
  readonly maxQueuedWindows?: number;
  /** Most windows of one run. Default 64. */
  readonly maxBatch?: number;
  /** Rest between two runs, in ms, which lets windows gather under load. Default 4; 0 for none. */
  readonly batchIntervalMs?: number;
  /** A thread that answers nothing for so long while windows wait is replaced, in ms. Default 10,000. */
  readonly stallMs?: number;
  /** ONNX file with Silero's inputs and outputs. Default: the v6.2.1 model that is shipped. */
  readonly modelPath?: string;
  /** Makes the thread; tests replace it. */
  readonly createThread?: (data: SileroThreadData) => Worker;
  /** Monotonic milliseconds; tests replace it. Default `performance.now`. */
  readonly nowMs?: () => number;
}

/** Counters of {@link SileroJudge}. */
export interface SileroJudgeStats {
  readonly inferredWindows: number;
  readonly batches: number;
  readonly shedWindows: number;
  readonly threadRestarts: number;
}

const MAX_RETRY_DELAY_MS = 5000;

/**
 * The owner's side of the one inference thread: all streams' windows go through one ring, and every run
 * judges all that are due together. The thread starts with the first window, or with `warmUp()`, and is
 * started again when it dies. Whoever makes the judge closes it.
 */
export class SileroJudge {
  readonly #options: SileroJudgeOptions;
  readonly #slots: number;
  readonly #stallMs: number;
  readonly #nowMs: () => number;
  /** Who asked for the window of each slot. */
  readonly #owners: (JudgedStream | undefined)[];
  readonly #streams = new Set<JudgedStream>();
  /** Places for states that no stream uses now. */
  readonly #freeIndexes: number[] = [];
  #indexes = 0;
  #thread: InferenceThread | undefined;
  #closed = false;
  #abandoning = false;
  #progressAtMs = 0;
  /** Deaths of the thread since it last judged something. */
  #failures = 0;
  #retryAtMs = 0;
  #inferred = 0;
  #batches = 0;
  #shed = 0;
  #restarts = 0;

  /** @throws RangeError when `maxQueuedWindows` is not a power of two */
  constructor(options: SileroJudgeOptions = {}) {
    this.#options = options;
    this.#stallMs = options.stallMs ?? 10_000;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#slots = options.maxQueuedWindows ?? 1024;
    if (!Number.isInteger(Math.log2(this.#slots))) {
      throw new RangeError(`maxQueuedWindows must be a power of two, but is ${this.#slots}.`);
    }
    this.#owners = Array.from({ length: this.#slots }, () => undefined);
  }

  get stats(): SileroJudgeStats {
    return {
      inferredWindows: this.#inferred,
      batches: this.#batches,
      shedWindows: this.#shed,
      threadRestarts: this.#restarts,
    };
  }

  /**
   * Starts the thread ahead of the first window, and settles when the model is loaded.
   *
   * @throws VadError `ENGINE_UNAVAILABLE` or `CLOSED`
   */
  async warmUp(): Promise<void> {
    if (this.#closed) throw new VadError('CLOSED', 'The VAD engine is closed.');
    await (this.#thread ?? this.#start()).ready();
  }

  /** Begins a stream; whoever does so closes it. */
  open(onWindow: WindowHandler): JudgedStream {
    const stream: JudgedStream = new JudgedStream({
      index: this.#freeIndexes.pop() ?? this.#indexes++,
      submit: (from, window, reset) => this.#submit(from, window, reset),
      onWindow,
      onShed: () => {
        this.#shed += 1;
        // A stream whose windows all wait submits no more: it must find out all the same that the thread hangs.
        this.#endStalledThread();
      },
      onClose: (closed) => {
        this.#streams.delete(closed);
        // What is left of it in the queue comes before the first window of the next, which resets the state.
        this.#freeIndexes.push(closed.index);
      },
    });
    this.#streams.add(stream);
    return stream;
  }

  /** Ends the thread; streams are not told. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.close();
  }

  #submit(stream: JudgedStream, window: Int16Array, reset: boolean): boolean {
    const thread = this.#runningThread();
    if (thread === undefined) return false;
    const { control, status, samples, flags, streams, slots } = thread.ring;
    const head = control[ControlWord.head] ?? 0;
    const queued = (head - (control[ControlWord.tail] ?? 0)) | 0;
    if (queued === slots) return false;
    const slot = head & (slots - 1);
    samples.set(window, slot * WINDOW_SAMPLES);
    streams[slot] = stream.index;
    flags[slot] = reset ? RESET_FLAG : 0;
    this.#owners[slot] = stream;
    Atomics.store(status, slot, SlotStatus.queued);
    Atomics.store(control, ControlWord.head, (head + 1) | 0);
    thread.wake();
    return true;
  }

  /** The thread, started where there is none; `undefined` while there can be none. */
  #runningThread(): InferenceThread | undefined {
    if (this.#closed || this.#abandoning) return undefined;
    if (this.#endStalledThread()) return undefined;
    return this.#thread ?? (this.#nowMs() < this.#retryAtMs ? undefined : this.#start());
  }

  /** Gives up a thread that has not answered for too long; says whether it did. */
  #endStalledThread(): boolean {
    const thread = this.#thread;
    if (thread === undefined || this.#closed) return false;
    const nowMs = this.#nowMs();
    const { control } = thread.ring;
    if (control[ControlWord.head] === control[ControlWord.tail]) this.#progressAtMs = nowMs;
    if (nowMs - this.#progressAtMs < this.#stallMs) return false;
    thread.abandon();
    this.#onDeath();
    return true;
  }

  #start(): InferenceThread {
    const { maxBatch = 64, batchIntervalMs = 4, modelPath, createThread } = this.#options;
    const data = { ring: createSileroRing(this.#slots), maxBatch, batchIntervalMs };
    const thread = new InferenceThread({
      data: modelPath === undefined ? data : { ...data, modelPath },
      ...(createThread === undefined ? {} : { createThread }),
      onBatch: () => this.#collect(thread),
      onDeath: () => this.#onDeath(),
    });
    this.#thread = thread;
    this.#progressAtMs = this.#nowMs();
    return thread;
  }

  /** Takes every answer there is, oldest window first. */
  #collect({ ring }: InferenceThread): void {
    const { control, status, probabilities, slots } = ring;
    this.#batches += 1;
    this.#failures = 0;
    this.#progressAtMs = this.#nowMs();
    const head = control[ControlWord.head] ?? 0;
    let tail = control[ControlWord.tail] ?? 0;
    for (let at = tail; at !== head; at = (at + 1) | 0) {
      const slot = at & (slots - 1);
      const owner = this.#owners[slot];
      if (owner !== undefined && Atomics.load(status, slot) === SlotStatus.judged) {
        this.#owners[slot] = undefined;
        this.#inferred += 1;
        owner.answer(probabilities[slot] ?? 0);
      }
    }
    while (tail !== head && this.#owners[tail & (slots - 1)] === undefined) tail = (tail + 1) | 0;
    Atomics.store(control, ControlWord.tail, tail);
  }

  #onDeath(): void {
    this.#thread = undefined;
    // A thread that worked is started again at once; one that cannot start, ever more seldom.
    const delayMs = this.#failures === 0 ? 0 : Math.min(MAX_RETRY_DELAY_MS, 100 * 2 ** this.#failures);
    this.#retryAtMs = this.#nowMs() + delayMs;
    this.#failures += 1;
    this.#restarts += 1;
    this.#owners.fill(undefined);
    this.#abandoning = true;
    try {
      for (const stream of this.#streams) stream.abandon();
    } finally {
      this.#abandoning = false;
    }
  }
}
