import { status } from '@grpc/grpc-js';
import { MAX_RESAMPLER_RATE_HZ, MIN_RESAMPLER_RATE_HZ, type ResamplerFactory } from '@parley/audio';
import type { ReceivedAudio } from '@parley/worker-api';
import type { Clock } from '../session/ports/clock.ts';
import type { FrameSink } from '../session/ports/worker-pool.ts';
import { AudioIntake } from './audio-intake.ts';
import { DeadlineWatch, type MissedDeadline, type SegmentDeadlines } from './deadline-watch.ts';
import type { StreamConnection } from './grpc/stream-connection.ts';
import { hasWords } from '../text/index.ts';
import type { SpeechFailureReason, SpeechMetrics } from './speech-metrics.ts';
import { SynthesizeCall, type SynthesizeReceiver } from './synthesize-call.ts';
import { readWordMarks } from './word-timings.ts';

/** How a {@link SegmentCall} ended. */
export type SegmentEnd =
  | { readonly kind: 'completed' }
  | {
      readonly kind: 'failed';
      readonly reason: SpeechFailureReason;
      /** For logs: may hold what the worker said. */
      readonly message: string;
      /** Whether the worker had sent audio before. */
      readonly hadAudio: boolean;
      /** The gRPC status with which the worker ended the call, if it did. */
      readonly statusCode?: status;
    };

/** Options of {@link SegmentCall}. */
export interface SegmentCallOptions {
  readonly connection: StreamConnection;
  readonly clock: Clock;
  readonly resamplers: ResamplerFactory;
  readonly deadlines: SegmentDeadlines;
  readonly metrics: SpeechMetrics;
  readonly sessionId: string;
  readonly text: string;
  /** What is said right before it. Default none. */
  readonly previousText?: string;
  /** Frames at the beginning that are left out, because they have been pushed already. Default 0. */
  readonly skipFrames?: number;
  readonly sink: FrameSink;
  /** Called once, unless the call is cancelled; the sink is not touched any more then. */
  readonly onEnd: (end: SegmentEnd) => void;
  /** Called with the time to the first audio, in ms. */
  readonly onFirstAudio: (ms: number) => void;
}

const COMPLETED: SegmentEnd = { kind: 'completed' };

/**
 * One segment on one worker: asks for it, watches deadlines and protocol, and pushes frames as the sink has
 * room. A worker's message is asked for only when all audio before it has gone into the sink, so at most one
 * message is held.
 */
export class SegmentCall implements SynthesizeReceiver {
  readonly #options: SegmentCallOptions;
  readonly #sink: FrameSink;
  readonly #call: SynthesizeCall;
  readonly #watch: DeadlineWatch;
  readonly #intake: AudioIntake;
  #hadAudio = false;
  #skipFrames: number;
  #held = false;
  /** How it will end once all audio that came has gone into the sink. */
  #end: SegmentEnd | undefined;
  #settled = false;

  /** Starts at once. */
  constructor(options: SegmentCallOptions) {
    this.#options = options;
    this.#sink = options.sink;
    this.#skipFrames = options.skipFrames ?? 0;
    this.#intake = new AudioIntake(options.resamplers);
    this.#call = new SynthesizeCall(options.connection, options.clock, this);
    // Before the watch, whose timer nobody would stop if this failed; nothing is received in the same breath.
    this.#call.start(options);
    this.#watch = new DeadlineWatch(options.clock, options.deadlines, (missed) => this.#onMissed(missed));
  }

  /** The sink has room again. */
  resume(): void {
    if (!this.#held || this.#sink.room <= 0) return;
    this.#held = false;
    this.#watch.unhold();
    this.#pump();
  }

  /** Ends at once and says nothing. Idempotent. */
  cancel(): void {
    if (!this.#settled) this.#settle();
    this.#call.cancel();
  }

  onFrame(frame: ReceivedAudio): void {
    if (this.#settled) return;
    const { audioData, sampleRate, isFinal, marks } = frame;
    if (marks.length > 0) this.#sink.words(readWordMarks(marks, this.#options.text));
    if (audioData.byteLength > 0) {
      if (!(sampleRate >= MIN_RESAMPLER_RATE_HZ && sampleRate <= MAX_RESAMPLER_RATE_HZ)) {
        return this.#fail(
          'protocol',
          `The worker sent audio with a sample rate of ${sampleRate} Hz, outside ${MIN_RESAMPLER_RATE_HZ}-${MAX_RESAMPLER_RATE_HZ}.`,
        );
      }
      this.#watch.frame();
      if (!this.#hadAudio) this.#onFirstAudio();
      this.#intake.push(audioData, sampleRate);
    } else if (!isFinal) {
      return this.#fail('protocol', 'The worker sent an empty frame that is not final.');
    }
    if (isFinal) this.#onComplete();
    this.#pump();
  }

  onGarbage(cause: unknown): void {
    this.#fail('protocol', `The worker sent a message that cannot be read: ${String(cause)}`);
  }

  onEnd(code: status, details: string): void {
    if (this.#settled || this.#end !== undefined) return;
    if (code === status.OK) {
      this.#onComplete();
    } else {
      this.#end = {
        kind: 'failed',
        reason: 'worker_error',
        message: `The worker ended the call with status ${status[code] ?? code}: ${details}`,
        hadAudio: this.#hadAudio,
        statusCode: code,
      };
      this.#watch.stop();
    }
    // What did arrive is still worth playing.
    this.#pump();
  }

  /** The worker has said all it had to say. */
  #onComplete(): void {
    this.#watch.stop();
    this.#intake.end();
    this.#end =
      this.#hadAudio || !hasWords(this.#options.text)
        ? COMPLETED
        : {
            kind: 'failed',
            reason: 'no_audio',
            message: 'The worker ended without any audio for a text that can be spoken.',
            hadAudio: false,
          };
  }

  #onFirstAudio(): void {
    this.#hadAudio = true;
    this.#options.onFirstAudio(this.#watch.elapsedMs);
  }

  #onMissed(missed: MissedDeadline): void {
    this.#fail(missed, missedTexts[missed]);
  }

  /** The hot path: moves audio on until there is no more, or no room for it. */
  #pump(): void {
    const sink = this.#sink;
    const intake = this.#intake;
    while (this.#skipFrames > 0 || sink.room > 0) {
      const frame = intake.next();
      if (frame === undefined) {
        this.#onDrained();
        return;
      }
      if (this.#skipFrames > 0) {
        this.#skipFrames -= 1;
        continue;
      }
      sink.push(frame);
      if (this.#settled) return;
    }
    if (this.#end !== undefined && intake.isDrained) {
      this.#onDrained();
      return;
    }
    this.#held = true;
    this.#watch.hold();
  }

  #onDrained(): void {
    if (this.#end === undefined) {
      this.#call.read();
      return;
    }
    this.#settle();
    this.#call.release();
    this.#options.onEnd(this.#end);
  }

  #fail(reason: SpeechFailureReason, message: string): void {
    if (this.#settled) return;
    this.#settle();
    this.#call.cancel();
    this.#options.onEnd({ kind: 'failed', reason, message, hadAudio: this.#hadAudio });
  }

  #settle(): void {
    this.#settled = true;
    this.#watch.stop();
    this.#intake.close();
    const { heldMs } = this.#watch;
    if (heldMs > 0) this.#options.metrics.backPressureMs(heldMs);
  }
}

const missedTexts: Readonly<Record<MissedDeadline, string>> = {
  first_frame_timeout: 'The worker sent no audio in time.',
  frame_gap_timeout: 'The worker stopped sending audio in the middle of the text.',
  segment_timeout: 'The worker took too long over the text.',
};
