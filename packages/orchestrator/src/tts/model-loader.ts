import type { LoadLock, WorkerPlace } from '../routing/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { delay } from './delay.ts';
import type { SpeechMetrics } from './speech-metrics.ts';
import type { WorkerChannels } from './worker-channels.ts';
import { loadWorkerModel } from './worker-session.ts';

/** Options of {@link ModelLoader}. */
export interface ModelLoaderOptions {
  readonly channels: WorkerChannels;
  readonly lock: LoadLock;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SpeechMetrics;
  /** Longest wait for a worker to load a model, and for its turn to load, in ms. */
  readonly timeoutMs: number;
}

/** How a load ended. */
export type LoadOutcome = 'loaded' | 'failed';

interface Load {
  readonly outcome: Promise<LoadOutcome>;
  /** The outcome once there is one, and until when it is held to be true. */
  known: { readonly outcome: LoadOutcome; readonly untilMs: number } | undefined;
}

type LoadTarget = Pick<WorkerPlace, 'workerName' | 'addr'>;

const LOCK_RETRY_MS = 250;
/** By then a worker has told the registry. */
const LOADED_KNOWN_MS = 30_000;
/** A worker that could not is not asked again for so long. */
const FAILED_KNOWN_MS = 10_000;
const MAX_REMEMBERED = 1000;

/** Makes workers load models, one at a time each, and once however many sessions wait for it. */
export class ModelLoader {
  readonly #options: ModelLoaderOptions;
  readonly #loads = new Map<string, Load>();
  readonly #closing = new AbortController();

  constructor(options: ModelLoaderOptions) {
    this.#options = options;
  }

  /** Whether the worker has loaded the model lately, whatever its record says still. */
  hasLoaded(target: LoadTarget, modelId: string): boolean {
    return this.#current(keyOf(target, modelId))?.known?.outcome === 'loaded';
  }

  /** Makes the worker of `target` load a model. Never rejects. */
  load(target: LoadTarget, modelId: string): Promise<LoadOutcome> {
    const key = keyOf(target, modelId);
    const current = this.#current(key);
    if (current !== undefined) return current.outcome;
    if (this.#loads.size >= MAX_REMEMBERED) this.#forgetOld();
    const outcome = this.#load(target, modelId);
    const load: Load = { outcome, known: undefined };
    this.#loads.set(key, load);
    void outcome.then((ended) => {
      const knownMs = ended === 'loaded' ? LOADED_KNOWN_MS : FAILED_KNOWN_MS;
      load.known = { outcome: ended, untilMs: this.#options.clock.nowMs() + knownMs };
    });
    return outcome;
  }

  /** Gives up all loads and waits until each has let go of its lock and its connection. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(Array.from(this.#loads.values(), ({ outcome }) => outcome));
  }

  #current(key: string): Load | undefined {
    const load = this.#loads.get(key);
    if (load?.known === undefined || this.#options.clock.nowMs() < load.known.untilMs) return load;
    this.#loads.delete(key);
    return undefined;
  }

  #forgetOld(): void {
    for (const key of this.#loads.keys()) this.#current(key);
  }

  async #load(target: LoadTarget, modelId: string): Promise<LoadOutcome> {
    const { logger, metrics } = this.#options;
    const fields = { worker: target.workerName, addr: target.addr, modelId };
    const permit = await this.#waitForPermit(target.workerName).catch((err: unknown) => {
      logger.warn({ ...fields, err }, 'the lock for loading models cannot be had');
    });
    if (permit === undefined) return 'failed';
    try {
      logger.info(fields, 'asking a worker to load a model');
      const result = await this.#ask(target, modelId);
      if (result.kind === 'loaded') return 'loaded';
      if (this.#closing.signal.aborted) return 'failed';
      logger.warn({ ...fields, detail: result.message }, 'a worker did not load a model');
      metrics.failure('model_load');
      return 'failed';
    } finally {
      await permit.release();
    }
  }

  async #waitForPermit(workerName: string) {
    const { lock, clock, timeoutMs } = this.#options;
    const giveUpAtMs = clock.nowMs() + timeoutMs;
    while (!this.#closing.signal.aborted) {
      const permit = await lock.tryAcquire(workerName, timeoutMs);
      if (permit !== undefined || clock.nowMs() >= giveUpAtMs) return permit;
      await delay(clock, LOCK_RETRY_MS, this.#closing.signal);
    }
    return undefined;
  }

  async #ask({ addr }: LoadTarget, modelId: string) {
    const { channels, clock, timeoutMs } = this.#options;
    let channel;
    try {
      channel = channels.acquire(addr);
    } catch (error) {
      return { kind: 'failed', message: String(error) } as const;
    }
    try {
      return await loadWorkerModel(channel.client, clock, { modelId, timeoutMs }, this.#closing.signal);
    } finally {
      channel.release();
    }
  }
}

function keyOf({ workerName, addr }: LoadTarget, modelId: string): string {
  return JSON.stringify([workerName, addr, modelId]);
}
