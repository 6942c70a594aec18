import type { Timer } from '../session/ports/clock.ts';
import type {
  FrameSink,
  SegmentSynthesis,
  SpeechSession,
  SynthesisResult,
  VoiceRequest,
} from '../session/ports/worker-pool.ts';
import { SegmentRun } from './segment-run.ts';
import { SegmentSpeaker, type SpeakContext, type SpeakTask } from './speak-segment.ts';
import { WorkerHold } from './worker-hold.ts';

/** What a {@link WorkerSpeechSession} needs, the same for all sessions. */
export type SpeechSessionContext = SpeakContext;

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
 * speaks and for a while after, and goes on with another when its worker fails.
 */
export class WorkerSpeechSession implements SpeechSession {
  readonly #options: SpeechSessionOptions;
  readonly #context: SpeechSessionContext;
  readonly #hold: WorkerHold;
  #run: SegmentRun | undefined;
  /** What goes on between this session and workers, one thing after another. */
  #tail: Promise<void> = Promise.resolve();
  #linger: Timer | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SpeechSessionOptions) {
    this.#options = options;
    this.#context = options.context;
    this.#hold = new WorkerHold(options.context, options.sessionId);
  }

  get workerAddr(): string | undefined {
    return this.#hold.lastPlace?.addr;
  }

  synthesize(
    text: string,
    voice: VoiceRequest,
    sink: FrameSink,
    previousText: string = '',
  ): SegmentSynthesis {
    this.#run?.cancel();
    const run = new SegmentRun();
    if (this.#closed !== undefined) {
      run.cancel();
    } else if (text.trim() === '') {
      run.settle({ kind: 'completed' });
    } else {
      this.#run = run;
      this.#stopLingering();
      this.#tail = this.#speakAfter(this.#tail, run, { text, previousText, voice, sink });
    }
    return run;
  }

  /** Gives up a place that is held and not used; does nothing while one is used. */
  releaseIdlePlace(): void {
    if (this.#linger === undefined) return;
    this.#stopLingering();
    void this.#hold.leave();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#run?.cancel();
    this.#stopLingering();
    this.#hold.abort();
    await this.#tail;
    await this.#hold.close();
    this.#options.onClosed(this);
  }

  async #speakAfter(
    before: Promise<void>,
    run: SegmentRun,
    what: Pick<SpeakTask, 'text' | 'previousText' | 'voice' | 'sink'>,
  ): Promise<void> {
    const { metrics, logger } = this.#context;
    const { sessionId } = this.#options;
    await before;
    metrics.synthesisStarted();
    let result: SynthesisResult;
    try {
      const task = { sessionId, run, hold: this.#hold, ...what };
      result = await new SegmentSpeaker(this.#context, task).speak();
    } catch (err) {
      logger.error({ err, session_id: sessionId }, 'synthesis broke down');
      result = { kind: 'failed', message: 'The speech failed.' };
    }
    metrics.synthesisEnded(run.isSettled ? 'cancelled' : result.kind);
    run.settle(result);
    if (this.#run === run) {
      this.#run = undefined;
      this.#startLingering();
    }
  }

  #startLingering(): void {
    if (!this.#hold.isHeld || this.#closed !== undefined) return;
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
