import type { Router, WorkerPlace, WorkerRequest } from '../routing/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import type { VoiceRequest } from '../session/ports/worker-pool.ts';
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
  /** Longest wait for a worker to accept a session, in ms. */
  readonly startTimeoutMs: number;
}

/** A session's place on a worker, its connection there, and the worker's side of the session, open. */
export interface Attachment {
  readonly place: WorkerPlace;
  readonly channel: WorkerChannel;
  readonly voice: VoiceRequest;
}

/** Why there is no attachment. */
export type NotAttached =
  /** `message` may be shown to clients. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly retryAfterMs?: number }
  | { readonly kind: 'aborted' };

/** Result of {@link SessionAttacher.attach}. */
export type AttachResult = { readonly kind: 'attached'; readonly attachment: Attachment } | NotAttached;

/** Workers that are asked for one segment, at most. */
const MAX_ATTEMPTS = 3;
const BUSY_RETRY_MS = 1000;

/** Attaches one session to workers and detaches it. */
export class SessionAttacher {
  readonly #context: AttachmentContext;
  readonly #sessionId: string;
  /** Goodbyes under way by address: a late one must not end the session that was started after it. */
  readonly #endings = new Map<string, Promise<void>>();

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
  async attach(
    voice: VoiceRequest,
    previousWorker: string | undefined,
    waiting: AbortSignal,
    closing: AbortSignal,
  ): Promise<AttachResult> {
    const { router, metrics } = this.#context;
    const exclude = new Set<string>();
    let refusal: AttachResult | undefined;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const request = { ...toWorkerRequest(voice, previousWorker), exclude };
      const routed = await router.acquire(this.#sessionId, request, waiting);
      if (routed.kind === 'aborted') return routed;
      if (routed.kind === 'unavailable') {
        if (refusal !== undefined) return refusal;
        metrics.failure(routed.reason);
        return unavailable(routed.message, routed.retryAfterMs);
      }
      metrics.workerChosen(router.strategy);
      const started = await this.#startOn(routed.place, voice, closing);
      if (started.kind !== 'unavailable') return started;
      refusal = started;
      exclude.add(routed.place.workerName);
    }
    return refusal ?? { kind: 'aborted' };
  }

  /** Opens the worker's side anew with another voice, on the same place. Where that fails the session is detached. */
  async restart(attachment: Attachment, voice: VoiceRequest, closing: AbortSignal): Promise<AttachResult> {
    const { place, channel } = attachment;
    return this.#start(place, channel, voice, closing);
  }

  /** Ends the worker's side of the session, then gives the place back. Takes 1 s at most, never rejects. */
  detach({ place, channel }: Attachment): Promise<void> {
    return this.#leave(place, channel, true);
  }

  /** Settles when all that was detached is gone. Never rejects. */
  async settled(): Promise<void> {
    await Promise.all(this.#endings.values());
  }

  async #startOn(place: WorkerPlace, voice: VoiceRequest, closing: AbortSignal): Promise<AttachResult> {
    const { channels, router, logger, metrics } = this.#context;
    await this.#endings.get(place.addr);
    let channel: WorkerChannel;
    try {
      channel = channels.acquire(place.addr);
    } catch (err) {
      logger.error({ err, worker: place.workerName, addr: place.addr }, 'worker has no usable address');
      metrics.failure('start_unreachable');
      await router.release(place);
      return unavailable('A worker could not be reached.');
    }
    return this.#start(place, channel, voice, closing);
  }

  async #start(
    place: WorkerPlace,
    channel: WorkerChannel,
    voice: VoiceRequest,
    closing: AbortSignal,
  ): Promise<AttachResult> {
    const { clock, startTimeoutMs, logger, metrics } = this.#context;
    const request = { sessionId: this.#sessionId, voice, timeoutMs: startTimeoutMs };
    const result = await startWorkerSession(channel.client, clock, request, closing);
    if (result.kind === 'started' && !closing.aborted) {
      return { kind: 'attached', attachment: { place, channel, voice } };
    }
    const { workerName, addr } = place;
    if (result.kind === 'started' || closing.aborted) {
      await this.#leave(place, channel, true);
      return { kind: 'aborted' };
    }
    logger.warn(
      { worker: workerName, addr, reason: result.reason, detail: result.message },
      'worker refused',
    );
    metrics.failure(result.reason);
    if (result.reason === 'start_timeout') channel.distrust();
    const leaving = this.#leave(place, channel, result.mayBeOpen);
    // Nobody waits for the goodbye of a worker that does not answer; `settled` still knows of it.
    if (!result.mayBeOpen) await leaving;
    return unavailable(result.summary, result.isBusy ? BUSY_RETRY_MS : undefined);
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
export function toWorkerRequest(voice: VoiceRequest, previousWorker?: string): WorkerRequest {
  return {
    ...(voice.language === undefined ? {} : { language: voice.language }),
    ...(voice.modelId === undefined ? {} : { modelId: voice.modelId }),
    ...(previousWorker === undefined ? {} : { previousWorker }),
  };
}

function unavailable(message: string, retryAfterMs?: number): NotAttached {
  return { kind: 'unavailable', message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
