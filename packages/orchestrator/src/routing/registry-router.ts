import type { WorkerRecord } from '@parley/worker-api';
import type { LoadBalanceStrategy } from '../config/index.ts';
import type { WorkerRegistry } from '../registry/worker-registry.ts';
import type { Clock } from '../session/ports/clock.ts';
import { FirstAudioTimes } from './first-audio-times.ts';
import type { LeaseBook, LeaseCandidate } from './lease-book.ts';
import { fits, type NoWorkerReason } from './requirements.ts';
import type { RouteResult, Router, WorkerPlace } from './router.ts';
import { selectWorker, type Selection } from './select-worker.ts';
import { WaitQueue } from './wait-queue.ts';
import type { WorkerRequest } from './worker-request.ts';

/** Options of {@link RegistryRouter}. */
export interface RegistryRouterOptions {
  readonly registry: WorkerRegistry;
  readonly leases: LeaseBook;
  readonly clock: Clock;
  readonly strategy: LoadBalanceStrategy;
  readonly preferResident: boolean;
  /** Age of a heartbeat, in ms, from which its worker counts as gone. */
  readonly staleAfterMs: number;
  /** How long to wait for a place when all are taken, in ms; 0 means not at all. */
  readonly capacityWaitMs: number;
  /** Most sessions that may wait at once. Default 1000. */
  readonly maxWaiting?: number;
  /** Numbers between 0 and 1 for the strategy `random`. */
  readonly random: () => number;
}

const RETRY_AFTER_MS = 1000;

/** Reasons that pass by themselves when workers come (back), so that a client should try again. */
const passing: ReadonlySet<NoWorkerReason> = new Set(['no_workers', 'stale', 'draining', 'refused']);

/** Chooses among the workers of a registry. It closes neither the registry nor the lease book. */
export class RegistryRouter implements Router {
  readonly #options: RegistryRouterOptions;
  readonly #queue: WaitQueue;
  readonly #firstAudio = new FirstAudioTimes();
  readonly #stopListening: readonly (() => void)[];
  readonly #shortageListeners = new Set<() => void>();
  #turn = 0;
  #closed = false;

  constructor(options: RegistryRouterOptions) {
    this.#options = options;
    this.#queue = new WaitQueue(options.clock, options.maxWaiting ?? 1000);
    const wake = (): void => this.#queue.wakeAll();
    this.#stopListening = [
      options.leases.onRelease(wake),
      options.registry.onChange(() => this.#onWorkers()),
    ];
  }

  get strategy(): string {
    return this.#options.strategy;
  }

  async acquire(sessionId: string, request: WorkerRequest, signal: AbortSignal): Promise<RouteResult> {
    const { clock, leases, capacityWaitMs } = this.#options;
    const giveUpAtMs = clock.nowMs() + capacityWaitMs;
    for (;;) {
      if (this.#closed) return { kind: 'unavailable', reason: 'closed', message: 'The server is closing.' };
      if (signal.aborted) return { kind: 'aborted' };
      const { wakes } = this.#queue;
      const selection = this.#select(request);
      if (selection.kind === 'none') return unavailable(selection.reason, selection.message);
      const lease = await leases.claim(sessionId, selection.workers.map(toCandidate));
      const worker = selection.workers.find(({ name }) => name === lease?.workerName);
      if (lease !== undefined && worker !== undefined) {
        const place = { workerName: worker.name, addr: worker.addr, lease };
        if (!signal.aborted) return { kind: 'placed', place };
        await this.release(place);
        return { kind: 'aborted' };
      }
      // The wait is entered before the holders of idle places are told: they may let go at once.
      const waiting = this.#queue.wait(giveUpAtMs - clock.nowMs(), wakes, signal);
      for (const listener of this.#shortageListeners) listener();
      switch (await waiting) {
        case 'aborted':
          return { kind: 'aborted' };
        case 'full':
        case 'timeout':
          return { ...noRoom };
        case 'woken':
      }
    }
  }

  async release(place: WorkerPlace): Promise<void> {
    if (place.lease !== undefined) await this.#options.leases.release(place.lease);
  }

  isLive(place: WorkerPlace): boolean {
    return this.#workerOf(place) !== undefined;
  }

  serves(place: WorkerPlace, request: WorkerRequest): boolean {
    const worker = this.#workerOf(place);
    return worker !== undefined && fits(worker, request, this.#circumstances());
  }

  noteFirstAudio(place: WorkerPlace, ms: number): void {
    this.#firstAudio.add(place.workerName, ms);
  }

  onShortage(listener: () => void): () => void {
    this.#shortageListeners.add(listener);
    return () => void this.#shortageListeners.delete(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stop of this.#stopListening) stop();
    this.#queue.wakeAll();
  }

  #select(request: WorkerRequest): Selection {
    const { registry, leases, strategy, preferResident, random } = this.#options;
    this.#turn = (this.#turn + 1) >>> 0;
    return selectWorker(registry.snapshot(), request, {
      ...this.#circumstances(),
      strategy,
      preferResident,
      random,
      turn: this.#turn,
      activeSessions: (name) => leases.activeSessions(name),
      observedFirstAudioMs: (name) => this.#firstAudio.medianMs(name),
    });
  }

  /** A worker that came back under its name at another address is another worker. */
  #workerOf({ workerName, addr }: WorkerPlace): WorkerRecord | undefined {
    return this.#options.registry
      .snapshot()
      .find((worker) => worker.name === workerName && worker.addr === addr);
  }

  #circumstances(): { wallMs: number; staleAfterMs: number } {
    return { wallMs: this.#options.clock.wallMs(), staleAfterMs: this.#options.staleAfterMs };
  }

  #onWorkers(): void {
    const names = new Set(this.#options.registry.snapshot().map(({ name }) => name));
    this.#firstAudio.retain((name) => names.has(name));
    this.#queue.wakeAll();
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

function toCandidate(worker: {
  name: string;
  capabilities: { max_concurrent_sessions: number };
}): LeaseCandidate {
  return { workerName: worker.name, capacity: worker.capabilities.max_concurrent_sessions };
}
