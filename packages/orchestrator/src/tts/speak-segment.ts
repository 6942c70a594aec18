import { status } from '@grpc/grpc-js';
import type { ResamplerFactory } from '@parley/audio';
import type { WorkerPlace } from '../routing/index.ts';
import type { FrameSink, SynthesisResult, VoiceRequest } from '../session/ports/worker-pool.ts';
import type { Attachment, AttachmentContext } from './attachment.ts';
import { blamesWorker } from './blame.ts';
import type { Continuation } from './continuation.ts';
import type { SegmentDeadlines } from './deadline-watch.ts';
import { delay } from './delay.ts';
import { decideFailOver } from './fail-over.ts';
import { SegmentCall, type SegmentEnd } from './segment-call.ts';
import { SegmentProgress } from './segment-progress.ts';
import type { SegmentRun } from './segment-run.ts';
import type { WorkerHold } from './worker-hold.ts';

/** What speaking needs, the same for all sessions. */
export interface SpeakContext extends AttachmentContext {
  readonly resamplers: ResamplerFactory;
  readonly deadlines: SegmentDeadlines;
  /** How long a session whose worker is gone waits for another, or for the same to come back, in ms. */
  readonly recoveryWaitMs: number;
}

/** One segment to be spoken. */
export interface SpeakTask {
  readonly sessionId: string;
  readonly run: SegmentRun;
  readonly hold: WorkerHold;
  readonly text: string;
  /** What is said right before it; empty after a silence. */
  readonly previousText: string;
  readonly voice: VoiceRequest;
  readonly sink: FrameSink;
}

type FailedEnd = SegmentEnd & { readonly kind: 'failed' };

const RECOVERY_RETRY_MS = 100;
const LONGEST_RECOVERY_RETRY_MS = 800;
const CANCELLED: SynthesisResult = { kind: 'cancelled' };

/**
 * Speaks one segment, on as many workers as it takes; see `decideFailOver` for how many, and `continuationOf` for
 * where each goes on.
 */
export class SegmentSpeaker {
  readonly #context: SpeakContext;
  readonly #task: SpeakTask;
  readonly #progress: SegmentProgress;
  readonly #failed = new Set<string>();
  /** Workers that gave no audio, which is their failure if another one does. */
  readonly #silent: WorkerPlace[] = [];
  #failures = 0;
  #lastEnd: FailedEnd | undefined;
  #lastAttachment: Attachment | undefined;
  #lastResort: string | undefined;
  #hasReopened = false;
  #recoveryDelayMs = RECOVERY_RETRY_MS;

  constructor(context: SpeakContext, task: SpeakTask) {
    this.#context = context;
    this.#task = task;
    this.#progress = new SegmentProgress(task.text, task.sink);
  }

  /** Settles when all audio has been pushed or there is no hope of it. */
  async speak(): Promise<SynthesisResult> {
    const { run, hold, voice } = this.#task;
    this.#context.retries.noteCall();
    for (;;) {
      if (run.isSettled) return CANCELLED;
      if (this.#progress.continuation(true).kind === 'covered') return { kind: 'completed' };
      const wish = { voice, exclude: this.#failed, lastResort: this.#lastResort };
      const attached = await hold.attach(wish, run.signal);
      if (attached.kind === 'aborted' || run.isSettled) return CANCELLED;
      if (attached.kind === 'unavailable') {
        if (await this.#recovers()) continue;
        return this.#failures > 0 ? this.#giveUp() : attached;
      }
      const end = await this.#speakOn(attached.attachment);
      if (end.kind === 'failed' && (await this.#goesOn(attached.attachment, end))) continue;
      return end.kind === 'failed' ? this.#giveUp() : end;
    }
  }

  async #speakOn(attachment: Attachment): Promise<SegmentEnd | { readonly kind: 'cancelled' }> {
    const { router, metrics } = this.#context;
    const before = this.#lastAttachment;
    const continuation = this.#progress.continuation(
      before === undefined || haveSameModel(before, attachment, this.#task.voice),
    );
    if (continuation.kind === 'covered') return { kind: 'completed' };
    if (this.#failures > 0) metrics.failedOver(this.#progress.hasAudio ? 'mid_segment' : 'before_audio');
    this.#lastAttachment = attachment;
    const end = await this.#call(attachment, continuation);
    if (end.kind === 'completed') {
      router.noteOutcome(attachment.place, 'succeeded');
      if (this.#progress.hasAudio) for (const place of this.#silent) router.noteOutcome(place, 'failed');
    }
    return end;
  }

  #call(
    attachment: Attachment,
    continuation: Continuation & { readonly kind: 'speak' },
  ): Promise<SegmentEnd | { readonly kind: 'cancelled' }> {
    const { router, metrics, clock, resamplers, deadlines } = this.#context;
    const { run, sessionId, text, previousText } = this.#task;
    this.#progress.begin(continuation);
    return new Promise((resolve) => {
      run.signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }), { once: true });
      const call = new SegmentCall({
        connection: attachment.channel.streams,
        clock,
        resamplers,
        deadlines,
        metrics,
        sessionId,
        text: text.slice(continuation.fromOffset),
        previousText: previousText + text.slice(0, continuation.fromOffset),
        skipFrames: continuation.skipFrames,
        sink: this.#progress,
        onEnd: resolve,
        onFirstAudio: (ms) => {
          metrics.workerFirstAudioMs(ms);
          router.noteFirstAudio(attachment.place, ms);
        },
      });
      run.use(call);
    });
  }

  /** Takes note of a failure and decides whether the segment goes on. */
  async #goesOn(attachment: Attachment, end: FailedEnd): Promise<boolean> {
    const { hold } = this.#task;
    const { place } = attachment;
    if (hasForgotten(end) && !this.#hasReopened) {
      // A worker that was started again, or ended the session by itself, is simply told of it again.
      this.#hasReopened = true;
      hold.forget(attachment);
      return true;
    }
    this.#report(attachment, end);
    hold.fail(attachment, end.statusCode === status.UNAVAILABLE);
    this.#lastEnd = end;
    this.#failures += 1;
    // An error may pass, or be one of the connection. What is silent or sends nonsense goes on doing so.
    const mayPass = end.reason === 'worker_error' && !this.#failed.has(place.workerName);
    this.#lastResort = mayPass ? place.workerName : undefined;
    this.#failed.add(place.workerName);
    const decision = decideFailOver({ failures: this.#failures, hasAudio: this.#progress.hasAudio });
    switch (decision) {
      case 'go_on':
        return true;
      case 'go_on_within_budget':
        // One that is gone bears no load: however many sessions it had, each is given to another.
        return end.statusCode === status.UNAVAILABLE || this.#context.retries.tryTake();
      case 'give_up':
        return false;
      default:
        return decision satisfies never;
    }
  }

  #report({ place, channel }: Attachment, { reason, message: detail, statusCode }: FailedEnd): void {
    const { logger, metrics, router } = this.#context;
    const { workerName: worker, addr } = place;
    logger.warn({ session_id: this.#task.sessionId, worker, addr, reason, detail }, 'worker failed');
    metrics.failure(reason);
    if (blamesWorker(reason, statusCode))
      router.noteOutcome(place, statusCode === status.UNAVAILABLE ? 'lost' : 'failed');
    if (reason === 'no_audio') this.#silent.push(place);
    if (reason === 'first_frame_timeout' || reason === 'frame_gap_timeout') channel.distrust();
  }

  /** Waits a moment for a worker where the session's own is gone, as one may be starting in its place. */
  async #recovers(): Promise<boolean> {
    const { clock, recoveryWaitMs } = this.#context;
    const { hold, run } = this.#task;
    const { lostSinceMs } = hold;
    if (lostSinceMs === undefined || clock.nowMs() - lostSinceMs >= recoveryWaitMs) return false;
    await delay(clock, this.#recoveryDelayMs, run.signal);
    this.#recoveryDelayMs = Math.min(this.#recoveryDelayMs * 2, LONGEST_RECOVERY_RETRY_MS);
    this.#failed.clear();
    return true;
  }

  #giveUp(): SynthesisResult {
    const reason = this.#lastEnd?.reason;
    return { kind: 'failed', message: (reason && failureTexts[reason]) ?? 'The worker failed.' };
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

function hasForgotten({ statusCode, hadAudio }: FailedEnd): boolean {
  return !hadAudio && (statusCode === status.NOT_FOUND || statusCode === status.FAILED_PRECONDITION);
}

/** Whether two workers speak with one model, so that their audio of a text is the same. */
function haveSameModel(a: Attachment, b: Attachment, { modelId }: VoiceRequest): boolean {
  if (a.isFallback !== b.isFallback) return false;
  if (a.place.workerName === b.place.workerName || modelId !== undefined || a.isFallback) return true;
  const [first, second] = [a.place.residentModels, b.place.residentModels];
  if (first === undefined || second === undefined || first.length === 0) return false;
  return first.length === second.length && first.every((model) => second.includes(model));
}
