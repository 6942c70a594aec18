import type { WordTiming } from '../../playout/heard-ledger.ts';

/** What a session asks of whoever speaks for it. All fields may be absent: then the worker's default holds. */
export interface VoiceRequest {
  /** BCP 47 language tag such as `en` or `de-AT`. */
  readonly language?: string;
  /** Model to speak with. */
  readonly modelId?: string;
  /** Voice within the model. */
  readonly voice?: string;
}

/** Where synthesized frames go: 20 ms of s16le mono at 48 kHz, 1,920 bytes each. */
export interface FrameSink {
  /** How many frames may be pushed now. */
  readonly room: number;
  /** Takes one frame and keeps it: the caller must never write to its memory again. */
  push(frame: Uint8Array): void;
  /**
   * Takes the engine's times of words of the segment, before or with the audio in which they end. Offsets count
   * in the whole text of the segment and times from its first sample, however many workers speak it.
   */
  words(words: readonly WordTiming[]): void;
}

/** How the synthesis of one segment ended. Expected outcomes are values, not exceptions. */
export type SynthesisResult =
  /** All audio of the segment has been pushed. */
  | { readonly kind: 'completed' }
  /** `cancel()` was called before the end. */
  | { readonly kind: 'cancelled' }
  /** No worker could be had; nothing was pushed. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly retryAfterMs?: number }
  /** A worker was found and failed; part of the segment may have been pushed. */
  | { readonly kind: 'failed'; readonly message: string };

/** One segment being synthesized. */
export interface SegmentSynthesis {
  /** Settles once, never rejects. After it has settled the sink is not touched again. */
  readonly done: Promise<SynthesisResult>;
  /** Says that the sink has room again. Cheap, and harmless when nothing waits. */
  resume(): void;
  /** Ends the synthesis; no frame is pushed after this call returns. Idempotent. */
  cancel(): void;
}

/** One session's way to the workers: keeps its slot, its worker and its worker-side session. */
export interface SpeechSession {
  /** gRPC address of the worker that speaks, or spoke last, for this session. */
  readonly workerAddr: string | undefined;
  /**
   * Starts to synthesize `text`. One at a time: the previous one must have settled or been cancelled.
   *
   * @param previousText what is said right before it; empty, the default, after a silence
   */
  synthesize(text: string, voice: VoiceRequest, sink: FrameSink, previousText?: string): SegmentSynthesis;
  /** Cancels what runs, ends the worker-side session and gives the slot back. Idempotent. */
  close(): Promise<void>;
}

/** All workers, as the conversation sees them. */
export interface WorkerPool {
  /** Makes a session's way to the workers. Takes no slot until something is to be said. */
  openSession(sessionId: string): SpeechSession;
}
