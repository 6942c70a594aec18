import type { WorkerRecord } from '@parley/worker-api';
import type { LoadBalanceStrategy } from '../config/index.ts';
import type { WorkerRegistry } from '../registry/worker-registry.ts';
import type { Clock } from '../session/ports/clock.ts';
import { FirstAudioTimes } from './first-audio-times.ts';
import type { LeaseBook, LeaseCandidate } from './lease-book.ts';
import { fits, isResident, isUsable, whyNone, type NoWorkerReason } from './requirements.ts';
import {
  RETRY_AFTER_MS,
  type RouteResult,
  type Router,
  type RouterCondition,
  type WorkerCounts,
  type WorkerPlace,
  type WorkerOutcome,
} from './router.ts';
import { QUICK_LOOK, selectFrom, type Selection, type SelectionLook } from './select-worker.ts';
import { WaitQueue } from './wait-queue.ts';
import { WorkerBreakers } from './worker-breakers.ts';
import { WorkerIndex } from './worker-index.ts';
import type { WorkerRequest } from './worker-request.ts';

/** Options of {@link RegistryRouter}. */
export interface RegistryRouterOptions {
  readonly registry: WorkerRegistry;
  readonly leases: LeaseBook;
  /** The one that the registry has. */
  readonly clock: Clock;
  readonly strategy: LoadBalanceStrategy;
  readonly preferResident: boolean;
  /** Age of a heartbeat, in ms, from which its worker counts as gone. */
  readonly staleAfterMs: number;
  /** How long to wait for a place when all are taken, in ms; 0 means not at all. */
  readonly capacityWaitMs: number;
  /** Most sessions that may wait at once. Default 1000. */
  readonly maxWaiting?: number;
  /** Numbers between 0 and 1 that spread choices. */
  readonly random: () => number;
}

/** When the workers looked at first turn out to be full, so many are tried that have room as far as is known. */
const THOROUGH_LOOK: SelectionLook = { width: 256, onlyWithRoom: true };

/** Reasons that pass by themselves when workers come (back), so that a client should try again. */
const passing: ReadonlySet<NoWorkerReason> = new Set(['no_workers', 'stale', 'draining', 'refused']);

/** Chooses among the workers of a registry. It closes neither the registry nor the lease book. */
export class RegistryRouter implements Router {
  readonly #options: RegistryRouterOptions;
  readonly #queue: WaitQueue;
  readonly #firstAudio = new FirstAudioTimes();
  readonly #breakers: WorkerBreakers;
  #index: WorkerIndex;
  readonly #stopListening: readonly (() => void)[];
  readonly #shortageListeners = new Set<() => void>();
  #turn: number;
  #closed = false;

  constructor(options: RegistryRouterOptions) {
    this.#options = options;
    // Orchestrators that all began with the same worker would go from one to the next together.
    this.#turn = Math.floor(options.random() * 2 ** 32);
    this.#queue = new WaitQueue(options.clock, options.maxWaiting ?? 1000);
    this.#breakers = new WorkerBreakers(options.clock);
    this.#index = new WorkerIndex([], options.preferResident);
    this.#stopListening = [
      options.leases.onRelease((workerName) => {
        if (workerName === undefined) this.#queue.wakeAll();
        else this.#queue.wakeFor(workerName);
      }),
      options.registry.onChange(() => this.#queue.wakeAll()),
    ];
  }

  get strategy(): string {
    return this.#options.strategy;
  }

  async acquire(sessionId: string, request: WorkerRequest, signal: AbortSignal): Promise<RouteResult> {
    const { clock, capacityWaitMs } = this.#options;
    const giveUpAtMs = clock.nowMs() + capacityWaitMs;
    let freed: readonly string[] | undefined;
    for (let isFirst = true; ; isFirst = false) {
      if (this.#closed) return { kind: 'unavailable', reason: 'closed', message: 'The server is closing.' };
      if (signal.aborted) return { kind: 'aborted' };
      const { wakes } = this.#queue;
      let place: WorkerPlace | undefined;
      if (freed === undefined) {
        const selection = this.#select(request, QUICK_LOOK);
        if (selection.kind === 'none') return unavailable(selection.reason, selection.message);
        place = await this.#claim(sessionId, request, selection.workers);
        if (isFirst && selection.isPartial) place ??= await this.#lookThoroughly(sessionId, request);
      } else place = await this.#claimFreed(sessionId, request, freed);
      if (place !== undefined) return this.#give(place, signal);
      if (request.mayWait === false) return { ...noRoom };
      // The wait is entered before the holders of idle places are told: they may let go at once.
      const waiting = this.#queue.wait({
        timeoutMs: giveUpAtMs - clock.nowMs(),
        since: wakes,
        signal,
        wants: (workerName) => this.#usable(workerName, request) !== undefined,
      });
      for (const listener of this.#shortageListeners) listener();
      const end = await waiting;
      switch (end.kind) {
        case 'aborted':
          return { kind: 'aborted' };
        case 'full':
        case 'timeout':
          place = await this.#claimLastResort(sessionId, request);
          return place === undefined ? { ...noRoom } : this.#give({ ...place, isLastResort: true }, signal);
        case 'woken':
          ({ freed } = end);
      }
    }
  }

  async release(place: WorkerPlace): Promise<void> {
    if (place.lease !== undefined) await this.#options.leases.release(place.lease);
  }

  isLive(place: WorkerPlace): boolean {
    return this.#workerOf(place) !== undefined;
  }

  isLeaving(place: WorkerPlace): boolean {
    return this.#workerOf(place)?.draining === true;
  }

  serves(place: WorkerPlace, request: WorkerRequest): boolean {
    const worker = this.#workerOf(place);
    return worker !== undefined && fits(worker, request, this.#circumstances());
  }

  hasResident(request: WorkerRequest): boolean {
    return this.#select({ ...request, residentOnly: true }, QUICK_LOOK).kind === 'candidates';
  }

  noteOutcome({ workerName: name, addr, knownLosses }: WorkerPlace, outcome: WorkerOutcome): void {
    if (outcome === 'succeeded') this.#breakers.succeeded({ name, addr });
    else if (this.#currentIndex().get(name)?.addr === addr) {
      this.#breakers.failed({ name, addr }, outcome, knownLosses);
    }
  }

  noteFirstAudio(place: WorkerPlace, ms: number): void {
    this.#firstAudio.add(place.workerName, ms);
  }

  onShortage(listener: () => void): () => void {
    this.#shortageListeners.add(listener);
    return () => void this.#shortageListeners.delete(listener);
  }

  workers(): WorkerCounts {
    const { workers } = this.#currentIndex();
    const circumstances = this.#circumstances();
    const usable = workers.filter((worker) => fits(worker, {}, circumstances));
    const healthy = usable.filter((worker) => this.#breakers.admits(worker)).length;
    const why = usable.length > 0 ? undefined : whyNone(workers, {}, circumstances)?.message;
    const counts = { known: workers.length, usable: usable.length, healthy };
    return why === undefined ? counts : { ...counts, whyNone: why };
  }

  condition(): RouterCondition {
    return { waiting: this.#queue.length, breakers: this.#breakers.counts };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stop of this.#stopListening) stop();
    this.#queue.wakeAll();
  }

  async #claim(
    sessionId: string,
    request: WorkerRequest,
    workers: readonly WorkerRecord[],
  ): Promise<WorkerPlace | undefined> {
    const { leases } = this.#options;
    const lease = await leases.claim(sessionId, workers.map(toCandidate));
    const worker = workers.find(({ name }) => name === lease?.workerName);
    if (lease === undefined || worker === undefined) return undefined;
    this.#breakers.chosen(worker);
    const { modelId } = request;
    return {
      workerName: worker.name,
      addr: worker.addr,
      lease,
      ...(worker.epoch !== undefined && { epoch: worker.epoch }),
      residentModels: worker.resident_models,
      mustLoad: modelId !== undefined && !isResident(worker, modelId),
      knownLosses: this.#breakers.losses(worker),
    };
  }

  /**
   * Whoever was woken asks for these places alone. All who wait in all orchestrators hear of them: if each looked
   * at many workers, that would be too much for a Redis whose fleet is full.
   */
  async #claimFreed(
    sessionId: string,
    request: WorkerRequest,
    freed: readonly string[],
  ): Promise<WorkerPlace | undefined> {
    const workers = [...new Set(freed)].map((name) => this.#usable(name, request));
    return this.#claim(
      sessionId,
      request,
      workers.filter((worker) => worker !== undefined),
    );
  }

  /**
   * When no other has had room in time, a worker that has failed again and again is better than none: what it does
   * now shows whether it still fails.
   */
  async #claimLastResort(sessionId: string, request: WorkerRequest): Promise<WorkerPlace | undefined> {
    if (this.#closed) return undefined;
    const { leases } = this.#options;
    const index = this.#currentIndex();
    const circumstances = this.#circumstances();
    const workers = this.#breakers
      .shut()
      .map((name) => index.get(name))
      .filter((worker) => worker !== undefined)
      .filter((worker) => fits(worker, request, circumstances))
      .filter(({ name, capabilities }) => leases.activeSessions(name) < capabilities.max_concurrent_sessions);
    return this.#claim(sessionId, request, workers.slice(0, QUICK_LOOK.width));
  }

  /** Hands a place over, unless nobody wants it any more. */
  async #give(place: WorkerPlace, signal: AbortSignal): Promise<RouteResult> {
    if (!signal.aborted) return { kind: 'placed', place };
    await this.release(place);
    return { kind: 'aborted' };
  }

  /** The worker of this name if the request may go there now. */
  #usable(workerName: string, request: WorkerRequest): WorkerRecord | undefined {
    const worker = this.#currentIndex().get(workerName);
    if (worker === undefined || !fits(worker, request, this.#circumstances())) return undefined;
    // As in every choice, one that fails is better than none.
    return this.#breakers.admits(worker) || !this.#hasHealthy(request) ? worker : undefined;
  }

  /** Whether any worker that fits has not failed again and again. */
  #hasHealthy(request: WorkerRequest): boolean {
    const circumstances = this.#circumstances();
    const isHealthy = (worker: WorkerRecord): boolean =>
      this.#breakers.admits(worker) && isUsable(worker, request, circumstances);
    return this.#currentIndex()
      .tiersFor(request)
      .some((tier) => tier.some(isHealthy));
  }

  /** Those looked at first were a part of all, and full. */
  async #lookThoroughly(sessionId: string, request: WorkerRequest): Promise<WorkerPlace | undefined> {
    if (this.#closed) return undefined;
    const selection = this.#select(request, THOROUGH_LOOK);
    return selection.kind === 'none' ? undefined : this.#claim(sessionId, request, selection.workers);
  }

  #select(request: WorkerRequest, look: SelectionLook): Selection {
    const { leases, strategy, random } = this.#options;
    this.#turn = (this.#turn + 1) >>> 0;
    const context = {
      ...this.#circumstances(),
      strategy,
      random,
      turn: this.#turn,
      admits: (worker: WorkerRecord) => this.#breakers.admits(worker),
      activeSessions: (name: string) => leases.activeSessions(name),
      observedFirstAudioMs: (name: string) => this.#firstAudio.medianMs(name),
    };
    return selectFrom(this.#currentIndex(), request, context, look);
  }

  #currentIndex(): WorkerIndex {
    const workers = this.#options.registry.snapshot();
    if (this.#index.workers !== workers) {
      this.#index = new WorkerIndex(workers, this.#options.preferResident);
      this.#breakers.retain((name) => this.#index.get(name)?.addr);
      this.#firstAudio.retain((name) => this.#index.get(name) !== undefined);
    }
    return this.#index;
  }

  /** A worker that came back under its name at another address is another worker. */
  #workerOf({ workerName, addr }: WorkerPlace): WorkerRecord | undefined {
    const worker = this.#currentIndex().get(workerName);
    return worker?.addr === addr ? worker : undefined;
  }

  #circumstances(): { nowMs: number; staleAfterMs: number } {
    return { nowMs: this.#options.clock.nowMs(), staleAfterMs: this.#options.staleAfterMs };
  }
}

const noRoom: RouteResult = {
  kind: 'unavailable',
  reason: 'no_room',
  message: 'All workers are busy.',
  retryAfterMs: RETRY_AFTER_MS,
};

function unavailable(reason: NoWorkerReason, message: string): RouteResult {
  const refused: RouteResult = { kind: 'unavailable', reason, message };
  return passing.has(reason) ? { ...refused, retryAfterMs: RETRY_AFTER_MS } : refused;
}

function toCandidate(worker: WorkerRecord): LeaseCandidate {
  return { workerName: worker.name, capacity: worker.capabilities.max_concurrent_sessions };
}
