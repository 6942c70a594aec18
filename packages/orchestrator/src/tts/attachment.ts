import { RETRY_AFTER_MS, type Router, type WorkerPlace, type WorkerRequest } from '../routing/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import type { VoiceRequest } from '../session/ports/worker-pool.ts';
import { blamesWorker } from './blame.ts';
import { unlessAborted } from './delay.ts';
import type { ModelLoader } from './model-loader.ts';
import type { Retries } from './retry-budget.ts';
import type { SpeechMetrics } from './speech-metrics.ts';
import type { WorkerChannel, WorkerChannels } from './worker-channels.ts';
import { endWorkerSession, startWorkerSession } from './worker-session.ts';

/** What attaching needs, the same for all sessions. */
export interface AttachmentContext {
  readonly router: Router;
  readonly channels: WorkerChannels;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SpeechMetrics;
  readonly loader: ModelLoader;
  readonly retries: Retries;
  /** Longest wait for a worker to accept a session, in ms. */
  readonly startTimeoutMs: number;
  /** How long a session keeps its place after speaking, in ms. */
  readonly slotLingerMs: number;
  /** Model to speak with while the one asked for is being loaded. */
  readonly fallbackModel?: string;
}

/** What a session wants of the worker it is attached to. */
export interface AttachWish {
  readonly voice: VoiceRequest;
  /** Taken again if it has room. */
  readonly previousWorker?: string | undefined;
  /** Models of the worker before, which failed. */
  readonly similarTo?: readonly string[] | undefined;
  /** Workers that have failed on what is to be said. */
  readonly exclude?: ReadonlySet<string>;
  /** One of `exclude` that may be tried again when no other takes the session, or has room. */
  readonly lastResort?: string | undefined;
  /** `false`: only what can be had at once, as the session has a worker. Default `true`. */
  readonly mayWait?: boolean;
}

/** A session's place on a worker, its connection there, and the worker's side of the session, open. */
export interface Attachment {
  readonly place: WorkerPlace;
  readonly channel: WorkerChannel;
  /** The voice asked for. */
  readonly voice: VoiceRequest;
  /** Whether it speaks with the fallback model, until the one asked for is loaded. */
  readonly isFallback: boolean;
}

/** Why there is no attachment. */
export type NotAttached =
  /** `message` may be shown to clients. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly retryAfterMs?: number }
  | { readonly kind: 'aborted' };

/** Result of {@link SessionAttacher.attach}. */
export type AttachResult = { readonly kind: 'attached'; readonly attachment: Attachment } | NotAttached;

/** How a start on one place ended. `isGone`: nobody listens there. */
type StartOutcome = AttachResult & { readonly isGone?: boolean };

/** How taking a place ended. */
interface Taken {
  readonly result: StartOutcome;
  /** The place on which it ended, which is not always the one to begin with. */
  readonly place: WorkerPlace;
  /** The worker that loads the model meanwhile. */
  readonly loadingOn?: string;
}

interface SpokenVoice {
  readonly voice: VoiceRequest;
  readonly isFallback: boolean;
  /** Whether the worker has the session open, with another voice. Default `false`. */
  readonly isOpen?: boolean;
}

/** Workers that are asked to take a session, at most. Those that are not there cost no time and do not count. */
const MAX_ATTEMPTS = 3;
/**
 * A worker ends sessions that say nothing for so much longer than they would keep their place: with the default of
 * 5 s the places of a dead orchestrator are free on the worker when they are free in the lease book, in 10 s.
 */
const SILENCE_GRACE_MS = 4000;

/** Attaches one session to workers and detaches it. */
export class SessionAttacher {
  readonly #context: AttachmentContext;
  readonly #sessionId: string;
  /** Goodbyes under way by address: a late one must not end the session that was started after it. */
  readonly #endings = new Map<string, Promise<void>>();
  /** Workers that said no to what is asked for now, which is their failure if another one takes it. */
  #refusers: WorkerPlace[] = [];

  constructor(context: AttachmentContext, sessionId: string) {
    this.#context = context;
    this.#sessionId = sessionId;
  }

  /**
   * Finds a worker that takes the session.
   *
   * @param waiting ends the wait for a place
   * @param closing ends everything
   */
  async attach(wish: AttachWish, waiting: AbortSignal, closing: AbortSignal): Promise<AttachResult> {
    const { router, metrics, retries } = this.#context;
    const exclude = new Set(wish.exclude);
    let { lastResort, previousWorker } = wish;
    let refusal: AttachResult | undefined;
    this.#refusers = [];
    for (let attempt = 0; attempt < MAX_ATTEMPTS;) {
      const request = { ...toWorkerRequest(wish.voice, { ...wish, previousWorker }), exclude };
      const routed = await router.acquire(this.#sessionId, request, waiting);
      if (routed.kind === 'aborted') return routed;
      if (routed.kind === 'unavailable') {
        const hasNoOther = routed.reason === 'refused' || routed.reason === 'no_room';
        if (hasNoOther && lastResort !== undefined) {
          exclude.delete(lastResort);
          lastResort = undefined;
          continue;
        }
        if (refusal !== undefined) return refusal;
        if (wish.mayWait !== false) metrics.failure(routed.reason);
        return unavailable(routed.message, routed.retryAfterMs);
      }
      metrics.workerChosen(router.strategy);
      const taken = await this.#take(routed.place, { ...wish, exclude }, waiting, closing);
      const { result: started } = taken;
      if (started.kind === 'attached' && !started.attachment.isFallback) {
        for (const refuser of this.#refusers) router.noteOutcome(refuser, 'failed');
      }
      if (started.kind !== 'unavailable') return started;
      const { isGone = false, ...refused } = started;
      refusal = refused;
      if (wish.mayWait === false && taken.loadingOn !== undefined) break;
      exclude.add(taken.place.workerName);
      // One worker that loads the model is enough.
      previousWorker = taken.loadingOn ?? previousWorker;
      // A last resort is waited for, and there is one.
      if (routed.place.isLastResort === true) break;
      if (!isGone) attempt += 1;
      // A worker that is full, or not there, has lost nothing by being asked.
      if (started.retryAfterMs === undefined && attempt < MAX_ATTEMPTS && !retries.tryTake()) break;
    }
    return refusal ?? { kind: 'aborted' };
  }

  /** Opens the worker's side anew with another voice, on the same place. Where that fails the session is detached. */
  async restart(attachment: Attachment, voice: VoiceRequest, closing: AbortSignal): Promise<AttachResult> {
    const { place, channel } = attachment;
    return this.#start(place, channel, { voice, isFallback: false, isOpen: true }, closing);
  }

  /** Ends the worker's side of the session, then gives the place back. Takes 1 s at most, never rejects. */
  detach({ place, channel }: Attachment): Promise<void> {
    return this.#leave(place, channel, true);
  }

  /** Settles when all that was detached is gone. Never rejects. */
  async settled(): Promise<void> {
    await Promise.all(this.#endings.values());
  }

  /** Starts on a place; where the model must be loaded for that, sees to it. */
  async #take(
    place: WorkerPlace,
    { voice, exclude, mayWait }: AttachWish & { readonly exclude: ReadonlySet<string> },
    waiting: AbortSignal,
    closing: AbortSignal,
  ): Promise<Taken> {
    const { router, loader, fallbackModel } = this.#context;
    const { modelId } = voice;
    if (place.mustLoad !== true || modelId === undefined || loader.hasLoaded(place, modelId)) {
      return { result: await this.#startOn(place, { voice, isFallback: false }, closing), place };
    }
    const loading = loader.load(place, modelId);
    if (mayWait === false) {
      await router.release(place);
      return { result: unavailable('A worker is loading the model.'), place, loadingOn: place.workerName };
    }
    if (fallbackModel !== undefined && fallbackModel !== modelId) {
      const request = { ...toWorkerRequest(withFallback(voice, fallbackModel)), residentOnly: true, exclude };
      const fallback = await router.acquire(this.#sessionId, request, waiting);
      if (fallback.kind === 'placed') {
        await router.release(place);
        const result = await this.#startOn(fallback.place, { voice, isFallback: true }, closing);
        return { result, place: fallback.place, loadingOn: place.workerName };
      }
    }
    const outcome = await unlessAborted(loading, AbortSignal.any([waiting, closing]));
    if (outcome === 'loaded') {
      return { result: await this.#startOn(place, { voice, isFallback: false }, closing), place };
    }
    await router.release(place);
    const failed = unavailable('A worker could not load the model.');
    return { result: outcome === undefined ? { kind: 'aborted' } : failed, place };
  }

  async #startOn(place: WorkerPlace, spoken: SpokenVoice, closing: AbortSignal): Promise<StartOutcome> {
    const { channels, router, logger, metrics } = this.#context;
    await this.#endings.get(place.addr);
    let channel: WorkerChannel;
    try {
      channel = channels.acquire(place.addr);
    } catch (err) {
      logger.error({ err, worker: place.workerName, addr: place.addr }, 'worker has no usable address');
      metrics.failure('start_unreachable');
      router.noteOutcome(place, 'failed');
      await router.release(place);
      return unavailable('A worker could not be reached.');
    }
    return this.#start(place, channel, spoken, closing);
  }

  async #start(
    place: WorkerPlace,
    channel: WorkerChannel,
    { voice, isFallback, isOpen = false }: SpokenVoice,
    closing: AbortSignal,
  ): Promise<StartOutcome> {
    const { clock, startTimeoutMs, slotLingerMs, logger, metrics, router, fallbackModel } = this.#context;
    const request = {
      sessionId: this.#sessionId,
      voice: isFallback ? withFallback(voice, fallbackModel) : voice,
      timeoutMs: startTimeoutMs,
      silenceMs: slotLingerMs + SILENCE_GRACE_MS,
      place,
    };
    const result = await startWorkerSession(channel.client, clock, request, closing);
    if (result.kind === 'started' && !closing.aborted) {
      return { kind: 'attached', attachment: { place, channel, voice, isFallback } };
    }
    const { workerName, addr } = place;
    if (result.kind === 'started' || closing.aborted) {
      await this.#leave(place, channel, true);
      return { kind: 'aborted' };
    }
    logger.warn(
      {
        session_id: this.#sessionId,
        worker: workerName,
        addr,
        reason: result.reason,
        detail: result.message,
      },
      'worker refused',
    );
    metrics.failure(result.reason);
    const isSilent = result.reason === 'start_timeout';
    if (isSilent) channel.distrust();
    const isLost = result.reason === 'start_unreachable';
    if (blamesWorker(result.reason, result.statusCode)) {
      router.noteOutcome(place, isSilent ? 'silent' : isLost ? 'lost' : 'failed');
    } else if (result.statusCode === undefined && !isFallback && !isOpen && !asksForMore(voice)) {
      this.#refusers.push(place);
    }
    const leaving = this.#leave(place, channel, isOpen || result.mayBeOpen);
    // Nobody waits for the goodbye of a worker that does not answer; `settled` still knows of it.
    if (!isLost && !result.mayBeOpen) await leaving;
    if (isLost) return { ...unavailable(result.summary, RETRY_AFTER_MS), isGone: true };
    return unavailable(result.summary, result.isBusy ? RETRY_AFTER_MS : undefined);
  }

  #leave(place: WorkerPlace, channel: WorkerChannel, sayGoodbye: boolean): Promise<void> {
    const { clock, router } = this.#context;
    const leave = async (): Promise<void> => {
      if (sayGoodbye) await endWorkerSession(channel.client, clock, this.#sessionId);
      channel.release();
      await router.release(place);
      if (this.#endings.get(place.addr) === leaving) this.#endings.delete(place.addr);
    };
    const leaving = leave();
    this.#endings.set(place.addr, leaving);
    return leaving;
  }
}

/** What a session with this voice needs of its worker. */
export function toWorkerRequest(
  { language, modelId, voice }: VoiceRequest,
  { previousWorker, similarTo, mayWait }: Omit<AttachWish, 'voice'> = {},
): WorkerRequest {
  return {
    ...(language === undefined ? {} : { language }),
    ...(modelId === undefined ? {} : { modelId }),
    ...(voice === undefined ? {} : { voice }),
    ...(previousWorker === undefined ? {} : { previousWorker }),
    ...(similarTo === undefined || modelId !== undefined ? {} : { similarTo }),
    ...(mayWait === undefined ? {} : { mayWait }),
  };
}

/** Whether a worker may have good reason to refuse the wish: routing knows of no voices, and a client names any. */
function asksForMore({ modelId, voice }: VoiceRequest): boolean {
  return modelId !== undefined || voice !== undefined;
}

/** A voice belongs to its model. */
function withFallback({ language }: VoiceRequest, modelId: string | undefined): VoiceRequest {
  return { ...(language === undefined ? {} : { language }), ...(modelId === undefined ? {} : { modelId }) };
}

function unavailable(message: string, retryAfterMs?: number): NotAttached {
  return { kind: 'unavailable', message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
