import type { AudioFrame, WordMark } from '@parley/worker-api';
import type { AudioSink, EngineMark } from '../engine.ts';
import type { Clock } from '../clock.ts';
import { WorkerError } from '../worker-error.ts';

/** Options of {@link FrameWriter}. */
export interface FrameWriterOptions {
  readonly sessionId: string;
  readonly clock: Clock;
  /** The transport; `false` when it wants no more until `drained()`. */
  readonly write: (frame: AudioFrame) => boolean;
  /** Length of a frame in milliseconds; 0 sends an engine's pieces as they come. */
  readonly frameMs: number;
  /** `marker`: an empty final frame ends the stream. `data`: the last frame with audio is the final one. */
  readonly finalFrame: 'marker' | 'data';
  /** Called with the first audio of each text. */
  readonly onFirstAudio: () => void;
}

/** The most that an engine which ignores back-pressure may pile up: 87 s at 48 kHz. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;
const noAudio = Buffer.alloc(0);
/** Shared by all frames without marks; nothing adds to a frame once it is made. */
const noMarks: WordMark[] = [];

/**
 * Turns the audio of one Synthesize call into frames, and keeps them while the session is paused or the
 * transport is full. It is the sink of one text after the other; nothing to close.
 */
export class FrameWriter implements AudioSink {
  readonly #options: FrameWriterOptions;
  readonly #pending: AudioFrame[] = [];
  #pendingBytes = 0;
  #paused = false;
  #full = false;
  #ended = false;
  #sequence = 0;
  #textSequence = 0;
  #textHasAudio = false;
  /** Audio that does not make a frame yet. */
  #rest: Buffer = noAudio;
  #restRateHz = 0;
  #lastRateHz = 0;
  #marks: WordMark[] = noMarks;
  /** With `finalFrame: 'data'`: a frame that may turn out to be the last. */
  #held: AudioFrame | undefined;
  #ready:
    | { readonly promise: Promise<void>; readonly resolve: () => void; readonly sinceMs: number }
    | undefined;
  #waitedMs = 0;
  #audioMs = 0;

  constructor(options: FrameWriterOptions) {
    this.#options = options;
  }

  /** Milliseconds of audio made so far. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** Milliseconds that the engine was kept waiting so far. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Begins a text; what follows belongs to it. */
  beginText(textSequence: number): void {
    this.#textSequence = textSequence;
    this.#textHasAudio = false;
  }

  audio(pcm: Uint8Array, sampleRateHz: number): boolean {
    if (this.#ended || pcm.length === 0) return this.#open;
    if (this.#restRateHz !== sampleRateHz) this.endText();
    this.#restRateHz = sampleRateHz;
    const frameBytes =
      this.#options.frameMs > 0 ? 2 * Math.round((sampleRateHz * this.#options.frameMs) / 1000) : 0;
    const piece = asBuffer(pcm);
    if (frameBytes === 0) {
      this.frame(piece, sampleRateHz, durationMs(piece, sampleRateHz));
      return this.#open;
    }
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece;
    let from = 0;
    // The text's last frame is sent by endText(), so that marks told after the last audio go with it.
    for (; bytes.length - from > frameBytes; from += frameBytes) {
      this.frame(bytes.subarray(from, from + frameBytes), sampleRateHz, this.#options.frameMs);
    }
    this.#rest = bytes.subarray(from);
    return this.#open;
  }

  frame(pcm: Uint8Array, sampleRateHz: number, frameDurationMs: number): boolean {
    if (this.#ended) return false;
    if (!this.#textHasAudio) {
      this.#textHasAudio = true;
      this.#options.onFirstAudio();
    }
    this.#audioMs += frameDurationMs;
    this.#lastRateHz = sampleRateHz;
    const frame = this.#makeFrame(asBuffer(pcm), sampleRateHz, Math.round(frameDurationMs));
    if (this.#options.finalFrame === 'marker') this.#queue(frame);
    else {
      if (this.#held !== undefined) this.#queue(this.#held);
      this.#held = frame;
    }
    return this.#open;
  }

  mark({ word, startMs, endMs, textOffset }: EngineMark): void {
    if (this.#marks === noMarks) this.#marks = [];
    this.#marks.push({ word, startMs: Math.round(startMs), endMs: Math.round(endMs), textOffset });
  }

  ready(): Promise<void> {
    if (this.#open || this.#ended) return Promise.resolve();
    if (this.#ready === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#ready = { promise, resolve, sinceMs: this.#options.clock.nowMs() };
    }
    return this.#ready.promise;
  }

  /** Ends a text: what is left of its audio goes out as a frame, shorter if need be. */
  endText(): void {
    const rest = this.#rest;
    this.#rest = noAudio;
    if (rest.length > 0) this.frame(rest, this.#restRateHz, durationMs(rest, this.#restRateHz));
  }

  /** Queues the final frame after everything else and settles when all is with the transport. */
  async finish(): Promise<void> {
    if (this.#ended) return;
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) this.#queue(this.#makeFinalMarker());
    else this.#queue({ ...held, isFinal: true });
    await this.#allSent();
    this.#end();
  }

  /** Settles when what was made so far is with the transport: nothing of it is lost to a failure to come. */
  async settle(): Promise<void> {
    this.endText();
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#queue(held);
    await this.#allSent();
  }

  /** Drops what waits and sends the end marker at once, paused or not. */
  stop(): void {
    if (this.#ended) return;
    const marker = this.#makeFinalMarker();
    this.#end();
    this.#options.write(marker);
  }

  /** Drops what waits and sends nothing more: nobody is there to take it. Idempotent. */
  abandon(): void {
    this.#end();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#flush();
  }

  /** The transport can take frames again. */
  drained(): void {
    this.#full = false;
    this.#flush();
  }

  get #open(): boolean {
    return !this.#paused && !this.#full && !this.#ended;
  }

  async #allSent(): Promise<void> {
    while (this.#pending.length > 0) await this.ready();
  }

  #makeFrame(audioData: Buffer, sampleRate: number, frameDurationMs: number): AudioFrame {
    const marks = this.#marks;
    this.#marks = noMarks;
    return {
      sessionId: this.#options.sessionId,
      audioData,
      sampleRate,
      frameDurationMs,
      sequenceNumber: this.#sequence++,
      isFinal: false,
      marks,
      textSequence: this.#textSequence,
    };
  }

  #makeFinalMarker(): AudioFrame {
    return { ...this.#makeFrame(noAudio, this.#lastRateHz, 0), isFinal: true };
  }

  #queue(frame: AudioFrame): void {
    if (this.#open) {
      this.#full = !this.#options.write(frame);
      return;
    }
    this.#pendingBytes += frame.audioData.length;
    if (this.#pendingBytes > MAX_PENDING_BYTES) {
      throw new WorkerError('ENGINE_OVERRUN', 'the engine went on giving audio although it was told to wait');
    }
    this.#pending.push(frame);
  }

  #flush(): void {
    let sent = 0;
    for (const frame of this.#pending) {
      if (!this.#open) break;
      this.#pendingBytes -= frame.audioData.length;
      this.#full = !this.#options.write(frame);
      sent += 1;
    }
    if (sent > 0) this.#pending.splice(0, sent);
    if (this.#open) this.#wake();
  }

  #end(): void {
    this.#ended = true;
    this.#pending.length = 0;
    this.#pendingBytes = 0;
    this.#held = undefined;
    this.#rest = noAudio;
    this.#wake();
  }

  #wake(): void {
    if (this.#ready === undefined) return;
    this.#waitedMs += this.#options.clock.nowMs() - this.#ready.sinceMs;
    this.#ready.resolve();
    this.#ready = undefined;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function durationMs(pcm: Uint8Array, sampleRateHz: number): number {
  return (pcm.length * 500) / sampleRateHz;
}
