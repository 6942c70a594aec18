import type { WorkerPlace } from '../routing/index.ts';
import type { VoiceRequest } from '../session/ports/worker-pool.ts';
import {
  SessionAttacher,
  toWorkerRequest,
  type Attachment,
  type AttachmentContext,
  type AttachResult,
  type AttachWish,
} from './attachment.ts';

/** What is wanted of {@link WorkerHold.attach}. */
export type HoldWish = Pick<AttachWish, 'voice' | 'exclude' | 'lastResort'>;

/** A session's hold on its worker: it stays with the one it has as long as that serves. */
export class WorkerHold {
  readonly #context: AttachmentContext;
  readonly #attacher: SessionAttacher;
  readonly #closing = new AbortController();
  #attachment: Attachment | undefined;
  #lastPlace: WorkerPlace | undefined;
  /** The last worker, unless it has failed. */
  #previousWorker: string | undefined;
  #lostSinceMs: number | undefined;

  constructor(context: AttachmentContext, sessionId: string) {
    this.#context = context;
    this.#attacher = new SessionAttacher(context, sessionId);
  }

  /** Where the session speaks, or spoke last. */
  get lastPlace(): WorkerPlace | undefined {
    return this.#lastPlace;
  }

  /** Whether a worker is held. */
  get isHeld(): boolean {
    return this.#attachment !== undefined;
  }

  /** Since when the session has been without a worker because its worker is gone, by the clock in ms. */
  get lostSinceMs(): number | undefined {
    return this.#lostSinceMs;
  }

  /** Gives the worker that is held, if it serves, or finds one. `waiting` ends the wait for a place. */
  async attach(wish: HoldWish, waiting: AbortSignal): Promise<AttachResult> {
    const kept = await this.#keep(wish.voice);
    if (kept?.kind === 'attached' && this.#context.router.isLeaving(kept.attachment.place)) {
      return this.#moveFrom(kept.attachment, wish, waiting);
    }
    if (kept !== undefined) return kept;
    const similarTo = this.#lastPlace?.residentModels;
    const full = { ...wish, previousWorker: this.#previousFor(wish.voice), similarTo };
    const attached = await this.#attacher.attach(full, waiting, this.#closing.signal);
    if (attached.kind !== 'attached') return attached;
    if (this.#lostSinceMs !== undefined && this.#previousWorker !== undefined) {
      this.#context.metrics.failedOver('between_segments');
    }
    this.#hold(attached.attachment);
    return attached;
  }

  /** The worker has failed: leaves it. `isGone`: the connection to it broke. */
  fail(attachment: Attachment, isGone: boolean): void {
    this.forget(attachment);
    this.#previousWorker = undefined;
    if (isGone) this.#lostSinceMs ??= this.#context.clock.nowMs();
  }

  /** Leaves the worker, because it no longer knows of the session. */
  forget(attachment: Attachment): void {
    if (this.#attachment === attachment) this.#attachment = undefined;
    void this.#attacher.detach(attachment);
  }

  /** Gives the place back. Never rejects. */
  async leave(): Promise<void> {
    const attachment = this.#attachment;
    this.#attachment = undefined;
    if (attachment !== undefined) await this.#attacher.detach(attachment);
  }

  /** Ends every attempt to attach. */
  abort(): void {
    this.#closing.abort();
  }

  /** Gives the place back and waits until all that was left is gone. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.abort();
    await this.leave();
    await this.#attacher.settled();
  }

  /** The worker that is held, with the voice asked for; `undefined` where another is to be found. */
  async #keep(voice: VoiceRequest): Promise<AttachResult | undefined> {
    const current = this.#attachment;
    if (current === undefined) return undefined;
    const { router, clock } = this.#context;
    const request = toWorkerRequest(voice);
    if (!router.isLive(current.place)) {
      this.forget(current);
      this.#lostSinceMs ??= clock.nowMs();
      return undefined;
    }
    const isSame = sameVoice(current.voice, voice);
    if (isSame && !(current.isFallback && router.hasResident(request))) {
      return { kind: 'attached', attachment: current };
    }
    if (
      isSame ||
      current.isFallback ||
      !router.serves(current.place, request) ||
      !this.#hasReady(current.place, voice)
    ) {
      await this.leave();
      return undefined;
    }
    this.#attachment = undefined;
    const restarted = await this.#attacher.restart(current, voice, this.#closing.signal);
    if (restarted.kind === 'unavailable') return undefined;
    if (restarted.kind === 'attached') this.#hold(restarted.attachment);
    return restarted;
  }

  /** Whether the worker of a place has the model of this voice in memory, so that a session starts there at once. */
  #hasReady(place: WorkerPlace, voice: VoiceRequest): boolean {
    const { modelId } = voice;
    if (modelId === undefined) return true;
    const { router, loader } = this.#context;
    const request = { ...toWorkerRequest(voice), residentOnly: true };
    return router.serves(place, request) || loader.hasLoaded(place, modelId);
  }

  /** The worker to return to: not one that would have to load what another has in memory. */
  #previousFor(voice: VoiceRequest): string | undefined {
    const place = this.#lastPlace;
    if (place === undefined || this.#hasReady(place, voice)) return this.#previousWorker;
    return this.#context.router.hasResident(toWorkerRequest(voice)) ? undefined : this.#previousWorker;
  }

  /**
   * A worker that is drained is left with the next segment: who talks without a pause would keep it for ever. Where
   * nobody else has room now, or the model in memory, the session stays: each of its sentences looks again.
   */
  async #moveFrom(leaving: Attachment, wish: HoldWish, waiting: AbortSignal): Promise<AttachResult> {
    const { residentModels: similarTo } = leaving.place;
    const elsewhere = { ...wish, similarTo, mayWait: false };
    const moved = await this.#attacher.attach(elsewhere, waiting, this.#closing.signal);
    if (moved.kind === 'unavailable') return { kind: 'attached', attachment: leaving };
    if (moved.kind === 'attached') {
      void this.#attacher.detach(leaving);
      this.#hold(moved.attachment);
    }
    return moved;
  }

  #hold(attachment: Attachment): void {
    this.#attachment = attachment;
    this.#lastPlace = attachment.place;
    this.#previousWorker = attachment.place.workerName;
    this.#lostSinceMs = undefined;
  }
}

function sameVoice(a: VoiceRequest, b: VoiceRequest): boolean {
  return a.language === b.language && a.modelId === b.modelId && a.voice === b.voice;
}
