import { status } from '@grpc/grpc-js';
import type { ResamplerFactory } from '@parley/audio';
import type { Timer } from '../session/ports/clock.ts';
import type {
  FrameSink,
  SegmentSynthesis,
  SpeechSession,
  SynthesisResult,
  VoiceRequest,
} from '../session/ports/worker-pool.ts';
import {
  SessionAttacher,
  toWorkerRequest,
  type Attachment,
  type AttachmentContext,
  type AttachResult,
} from './attachment.ts';
import type { SegmentDeadlines } from './deadline-watch.ts';
import { SegmentCall, type SegmentEnd } from './segment-call.ts';
import { SegmentRun } from './segment-run.ts';

/** What a {@link WorkerSpeechSession} needs, the same for all sessions. */
export interface SpeechSessionContext extends AttachmentContext {
  readonly resamplers: ResamplerFactory;
  readonly deadlines: SegmentDeadlines;
  /** How long the place is kept after speaking, in ms; 0 gives it back at once. */
  readonly slotLingerMs: number;
}

/** Options of {@link WorkerSpeechSession}. */
export interface SpeechSessionOptions {
  readonly context: SpeechSessionContext;
  readonly sessionId: string;
  /** Called when the session begins (`true`) or ceases (`false`) to hold a place that it does not use. */
  readonly onIdlePlace: (session: WorkerSpeechSession, isIdle: boolean) => void;
  /** Called once when it is closed. */
  readonly onClosed: (session: WorkerSpeechSession) => void;
}

/**
 * One session's way to the workers. It attaches to a worker with the first segment, stays there while it
 * speaks and for a while after, and leaves a worker that failed, so that the next segment chooses anew.
 */
export class WorkerSpeechSession implements SpeechSession {
  readonly #options: SpeechSessionOptions;
  readonly #context: SpeechSessionContext;
  readonly #attacher: SessionAttacher;
  readonly #closing = new AbortController();
  #attachment: Attachment | undefined;
  #lastPlace: { readonly workerName: string; readonly addr: string } | undefined;
  #run: SegmentRun | undefined;
  /** What goes on between this session and workers, one thing after another. */
  #tail: Promise<void> = Promise.resolve();
  #linger: Timer | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SpeechSessionOptions) {
    this.#options = options;
    this.#context = options.context;
    this.#attacher = new SessionAttacher(options.context, options.sessionId);
  }

  get workerAddr(): string | undefined {
    return this.#lastPlace?.addr;
  }

  synthesize(text: string, voice: VoiceRequest, sink: FrameSink): SegmentSynthesis {
    this.#run?.cancel();
    const run = new SegmentRun();
    if (this.#closed !== undefined) {
      run.cancel();
    } else if (text.trim() === '') {
      run.settle({ kind: 'completed' });
    } else {
      this.#run = run;
      this.#stopLingering();
      this.#tail = this.#speakAfter(this.#tail, run, text, voice, sink);
    }
    return run;
  }

  /** Gives up a place that is held and not used; does nothing while one is used. */
  releaseIdlePlace(): void {
    if (this.#linger === undefined) return;
    this.#stopLingering();
    const attachment = this.#attachment;
    this.#attachment = undefined;
    if (attachment !== undefined) void this.#attacher.detach(attachment);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#run?.cancel();
    this.#stopLingering();
    this.#closing.abort();
    await this.#tail;
    if (this.#attachment !== undefined) await this.#attacher.detach(this.#attachment);
    this.#attachment = undefined;
    await this.#attacher.settled();
    this.#options.onClosed(this);
  }

  async #speakAfter(
    before: Promise<void>,
    run: SegmentRun,
    text: string,
    voice: VoiceRequest,
    sink: FrameSink,
  ): Promise<void> {
    const { metrics } = this.#context;
    await before;
    metrics.synthesisStarted();
    let result: SynthesisResult;
    try {
      result = await this.#speak(run, text, voice, sink);
    } catch (err) {
      this.#context.logger.error({ err, sessionId: this.#options.sessionId }, 'synthesis broke down');
      result = { kind: 'failed', message: 'The speech failed.' };
    }
    metrics.synthesisEnded(run.isSettled ? 'cancelled' : result.kind);
    run.settle(result);
    if (this.#run === run) {
      this.#run = undefined;
      this.#startLingering();
    }
  }

  async #speak(
    run: SegmentRun,
    text: string,
    voice: VoiceRequest,
    sink: FrameSink,
  ): Promise<SynthesisResult> {
    for (let isFirst = true; ; isFirst = false) {
      if (run.isSettled) return { kind: 'cancelled' };
      const attached = await this.#attachFor(voice, run.signal);
      if (attached.kind === 'aborted' || run.isSettled) return { kind: 'cancelled' };
      if (attached.kind === 'unavailable') return attached;
      const end = await this.#callFor(run, attached.attachment, text, sink);
      if (end.kind !== 'failed') return end;
      this.#attachment = undefined;
      // A worker that was started again, or ended the session by itself, is simply told of it again.
      if (!(isFirst && hasForgotten(end))) return this.#failed(attached.attachment, end);
      void this.#attacher.detach(attached.attachment);
    }
  }

  async #attachFor(voice: VoiceRequest, waiting: AbortSignal): Promise<AttachResult> {
    const current = this.#attachment;
    if (current !== undefined && !this.#context.router.isLive(current.place)) {
      this.#attachment = undefined;
      void this.#attacher.detach(current);
    } else if (current !== undefined) {
      if (sameVoice(current.voice, voice)) return { kind: 'attached', attachment: current };
      this.#attachment = undefined;
      if (this.#context.router.serves(current.place, toWorkerRequest(voice))) {
        const restarted = await this.#attacher.restart(current, voice, this.#closing.signal);
        if (restarted.kind === 'attached') this.#attachment = restarted.attachment;
        if (restarted.kind !== 'unavailable') return restarted;
      } else {
        await this.#attacher.detach(current);
      }
    }
    const previous = this.#lastPlace?.workerName;
    const attached = await this.#attacher.attach(voice, previous, waiting, this.#closing.signal);
    if (attached.kind === 'attached') {
      this.#attachment = attached.attachment;
      this.#lastPlace = attached.attachment.place;
    }
    return attached;
  }

  #callFor(
    run: SegmentRun,
    attachment: Attachment,
    text: string,
    sink: FrameSink,
  ): Promise<SegmentEnd | { readonly kind: 'cancelled' }> {
    const { router, metrics, clock, resamplers, deadlines } = this.#context;
    return new Promise((resolve) => {
      run.signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }), { once: true });
      const call = new SegmentCall({
        channel: attachment.channel.channel,
        clock,
        resamplers,
        deadlines,
        metrics,
        sessionId: this.#options.sessionId,
        text,
        sink,
        onEnd: resolve,
        onFirstAudio: (ms) => {
          metrics.workerFirstAudioMs(ms);
          router.noteFirstAudio(attachment.place, ms);
        },
      });
      run.use(call);
    });
  }

  #failed(attachment: Attachment, end: SegmentEnd & { readonly kind: 'failed' }): SynthesisResult {
    const { logger, metrics } = this.#context;
    const { workerName: worker, addr } = attachment.place;
    const { reason, message: detail } = end;
    logger.warn({ sessionId: this.#options.sessionId, worker, addr, reason, detail }, 'worker failed');
    metrics.failure(reason);
    if (reason === 'first_frame_timeout' || reason === 'frame_gap_timeout') attachment.channel.distrust();
    void this.#attacher.detach(attachment);
    return { kind: 'failed', message: failureTexts[reason] ?? 'The worker failed.' };
  }

  #startLingering(): void {
    if (this.#attachment === undefined || this.#closed !== undefined) return;
    this.#linger = this.#context.clock.setTimer(this.#context.slotLingerMs, () => this.releaseIdlePlace());
    if (this.#context.slotLingerMs <= 0) this.releaseIdlePlace();
    else this.#options.onIdlePlace(this, true);
  }

  #stopLingering(): void {
    if (this.#linger === undefined) return;
    this.#linger.cancel();
    this.#linger = undefined;
    this.#options.onIdlePlace(this, false);
  }
}

/** What clients are told; the log has more. */
const failureTexts: Readonly<Partial<Record<string, string>>> = {
  first_frame_timeout: 'The worker sent no audio in time.',
  frame_gap_timeout: 'The worker fell silent in the middle of the text.',
  segment_timeout: 'The worker took too long.',
  protocol: 'The worker sent something that is not audio.',
  no_audio: 'The worker gave no audio.',
};

function hasForgotten(end: SegmentEnd & { readonly kind: 'failed' }): boolean {
  const { statusCode, hadAudio } = end;
  return !hadAudio && (statusCode === status.NOT_FOUND || statusCode === status.FAILED_PRECONDITION);
}

function sameVoice(a: VoiceRequest, b: VoiceRequest): boolean {
  return a.language === b.language && a.modelId === b.modelId && a.voice === b.voice;
}
