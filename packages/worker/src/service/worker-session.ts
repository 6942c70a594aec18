import type { SessionOptions } from '../engine.ts';
import type { ModelLease } from '../models/model-manager.ts';
import type { SynthesisRun } from './synthesis-run.ts';

/** One session on this worker. All state of its speech is here: no other session is ever touched. */
export class WorkerSession {
  readonly id: string;
  readonly runs: Set<SynthesisRun> = new Set();
  lastUsedAtMs: number;
  /** How long it will be silent at most, as its orchestrator says. */
  silenceMs: number = Infinity;
  #lease: ModelLease;
  #options: SessionOptions;
  #paused = false;

  constructor(id: string, lease: ModelLease, options: SessionOptions, nowMs: number) {
    this.id = id;
    this.#lease = lease;
    this.#options = options;
    this.lastUsedAtMs = nowMs;
  }

  get lease(): ModelLease {
    return this.#lease;
  }

  get options(): SessionOptions {
    return this.#options;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Takes another model and other options for what is spoken from now on. */
  replace(lease: ModelLease, options: SessionOptions): void {
    const old = this.#lease;
    this.#lease = lease;
    this.#options = options;
    old.release();
  }

  /** Holds the audio of this session; it stays held for later texts too. */
  pause(): void {
    this.#paused = true;
    for (const run of this.runs) run.writer.pause();
  }

  resume(): void {
    this.#paused = false;
    for (const run of this.runs) run.writer.resume();
  }

  /** Ends what is being spoken with an end marker, and a pause with it. Returns how many streams that were. */
  stop(): number {
    const { size } = this.runs;
    this.#paused = false;
    for (const run of this.runs) run.stop();
    return size;
  }

  /** Ends the session because the worker goes: who listens is to have the rest spoken elsewhere. */
  breakOff(): void {
    for (const run of this.runs) run.breakOff();
    this.#lease.release();
  }

  /** Ends the session. Idempotent. */
  end(): void {
    this.stop();
    this.#lease.release();
  }
}
