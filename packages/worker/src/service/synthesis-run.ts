import { status } from '@grpc/grpc-js';
import { PREVIOUS_TEXT_CHARACTERS, type TextChunk } from '@parley/worker-api';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { messageOf } from '../worker-error.ts';
import { FrameWriter } from './frame-writer.ts';
import { isSpeakable } from './speakable.ts';
import { failCall, type SynthesisCall } from './rpc-error.ts';
import { statusOf } from './status-of.ts';
import type { WorkerMetrics } from './worker-metrics.ts';
import type { WorkerSession } from './worker-session.ts';

/** Limits and habits of Synthesize streams. */
export interface SynthesisPolicy {
  /** Length of a frame in milliseconds; 20 by default, 0 sends an engine's pieces as they come. */
  readonly frameMs?: number;
  /** How the last frame is told; `marker` by default. */
  readonly finalFrame?: 'marker' | 'data';
  /** Longest text of one chunk in UTF-16 units; 20,000 by default. */
  readonly maxTextLength?: number;
}

/** What a run works with. */
export interface SynthesisRunOptions extends SynthesisPolicy {
  readonly call: SynthesisCall;
  /** The end of what is said right before the first chunk; empty where nothing is. */
  readonly previousText: string;
  readonly session: WorkerSession;
  readonly clock: Clock;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
}

/** Chunks taken before the client must wait. */
const MAX_QUEUED_CHUNKS = 32;

/** One Synthesize call of one session: speaks its chunks in order. */
export class SynthesisRun {
  readonly writer: FrameWriter;
  readonly #options: SynthesisRunOptions;
  readonly #abort = new AbortController();
  readonly #chunks: TextChunk[] = [];
  #noMoreText = false;
  #wake: (() => void) | undefined;
  #textStartedMs = 0;
  #previousText: string;

  constructor(options: SynthesisRunOptions) {
    this.#options = options;
    this.#previousText = options.previousText;
    const { call, session, clock, metrics } = options;
    this.writer = new FrameWriter({
      sessionId: session.id,
      clock,
      write: (frame) => call.write(frame),
      frameMs: options.frameMs ?? 20,
      finalFrame: options.finalFrame ?? 'marker',
      onFirstAudio: () => metrics.firstAudio(clock.nowMs() - this.#textStartedMs),
    });
    if (session.paused) this.writer.pause();
  }

  get sessionId(): string {
    return this.#options.session.id;
  }

  /** Takes a chunk; the client is held back while many wait. */
  accept(chunk: TextChunk): void {
    if (this.#noMoreText) return;
    this.#chunks.push(chunk);
    if (chunk.isFinal) this.#noMoreText = true;
    else if (this.#chunks.length >= MAX_QUEUED_CHUNKS) this.#options.call.pause();
    this.#wake?.();
  }

  /** No more chunks will come. */
  endText(): void {
    this.#noMoreText = true;
    this.#wake?.();
  }

  /** Ends the speech now, with an end marker. */
  stop(): void {
    if (this.#abort.signal.aborted) return;
    this.writer.stop();
    this.#abort.abort();
    this.#options.call.end();
    this.#wake?.();
  }

  /** Ends the speech now, in the middle, as a failure: the worker goes. */
  breakOff(): void {
    if (this.#abort.signal.aborted) return;
    this.writer.abandon();
    this.#abort.abort();
    failCall(this.#options.call, status.UNAVAILABLE, 'this worker is closing');
    this.#wake?.();
  }

  /** The call is gone: nobody takes audio any more. */
  cancel(): void {
    this.writer.abandon();
    this.#abort.abort();
    this.#wake?.();
  }

  /** Speaks until the last chunk; settles when the call has ended. Never rejects. */
  async run(): Promise<void> {
    const { call, session, clock, logger } = this.#options;
    session.runs.add(this);
    try {
      for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) {
        await this.#speak(chunk);
      }
      await this.writer.finish();
      if (!this.#abort.signal.aborted) call.end();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      logger.warn({ session_id: session.id, err: error }, 'synthesis failed');
      await this.#fail(error);
    } finally {
      session.runs.delete(this);
      session.lastUsedAtMs = clock.nowMs();
    }
  }

  async #next(): Promise<TextChunk | undefined> {
    for (;;) {
      if (this.#abort.signal.aborted) return undefined;
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#options.call.resume();
        return chunk;
      }
      if (this.#noMoreText) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #speak({ text, sequenceNumber }: TextChunk): Promise<void> {
    if (!isSpeakable(text)) return;
    const { clock, metrics, session } = this.#options;
    const { signal } = this.#abort;
    const { writer } = this;
    this.#textStartedMs = clock.nowMs();
    const waitedBeforeMs = writer.waitedMs;
    const audioBeforeMs = writer.audioMs;
    const { model, done } = session.lease.use();
    try {
      writer.beginText(sequenceNumber);
      const previousText = this.#previousText;
      this.#previousText = text.slice(-PREVIOUS_TEXT_CHARACTERS);
      await model.synthesize({ text, previousText, options: session.options, signal }, writer);
      writer.endText();
    } finally {
      done();
    }
    const tookMs = clock.nowMs() - this.#textStartedMs - (writer.waitedMs - waitedBeforeMs);
    if (!signal.aborted) metrics.spoken(tookMs, writer.audioMs - audioBeforeMs);
  }

  async #fail(error: unknown): Promise<void> {
    try {
      await this.writer.settle();
    } catch {
      // What was made before the failure does not fit any more; the failure is what counts.
    }
    if (this.#abort.signal.aborted) return;
    this.writer.abandon();
    this.#abort.abort();
    failCall(this.#options.call, statusOf(error), `synthesis failed: ${messageOf(error)}`);
  }
}
