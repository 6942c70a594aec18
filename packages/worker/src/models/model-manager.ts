import type { Timer } from '../clock.ts';
import type { EngineModel, LoadedModel } from '../engine.ts';
import { messageOf, WorkerError } from '../worker-error.ts';
import { LoadSlots } from './load-slots.ts';
import { type ModelEntry, ModelInstance } from './model-entry.ts';
import type { ModelManagerOptions } from './model-manager-options.ts';

/** A session's hold on a model; it is not unloaded meanwhile. */
export interface ModelLease {
  readonly modelId: string;
  /** The model as it is now, kept until `done()`: after a reload the next call gives the new one. */
  use(): { readonly model: LoadedModel; readonly done: () => void };
  /** Gives the hold back. Idempotent. */
  release(): void;
}

/** A model and its state. */
export interface ModelStatus extends EngineModel {
  readonly isLoaded: boolean;
  /** Sessions that hold it. */
  readonly refs: number;
}

/** Result of {@link ModelManager.unload}. */
export type UnloadResult =
  | { readonly kind: 'unloaded' }
  | { readonly kind: 'not_loaded' }
  | { readonly kind: 'in_use'; readonly refs: number }
  | { readonly kind: 'unknown' };

/** Loads models when they are wanted and unloads them when they are not. Whoever creates it closes it. */
export class ModelManager {
  readonly defaultModelId: string;
  readonly #options: ModelManagerOptions;
  readonly #entries = new Map<string, ModelEntry>();
  readonly #slots: LoadSlots;
  readonly #abort = new AbortController();
  /** Unloads that are still under way. */
  readonly #retiring = new Set<Promise<void>>();
  #sweep: Timer | undefined;

  /** @throws WorkerError `UNKNOWN_MODEL` when the default or a preloaded model does not exist */
  constructor(options: ModelManagerOptions) {
    this.#options = options;
    this.#slots = new LoadSlots(options.maxParallelLoads ?? 2);
    for (const info of options.engine.models) {
      this.#entries.set(info.modelId, {
        info,
        refs: 0,
        instance: undefined,
        loading: undefined,
        warmedUp: false,
        loadedAtMs: 0,
        lastUsedAtMs: 0,
      });
    }
    this.defaultModelId = options.defaultModelId ?? options.engine.models[0]?.modelId ?? '';
    for (const modelId of [this.defaultModelId, ...(options.preload ?? [])]) this.#entry(modelId);
  }

  /** Loads and warms up the default model and those to preload. @throws WorkerError `LOAD_FAILED`, `NO_ROOM` */
  async start(): Promise<void> {
    const wanted = new Set([this.defaultModelId, ...(this.#options.preload ?? [])]);
    await Promise.all([...wanted].map((modelId) => this.load(modelId)));
  }

  /** All models, loaded or not. */
  list(): ModelStatus[] {
    return Array.from(this.#entries.values(), ({ info, instance, refs }) => ({
      ...info,
      isLoaded: instance !== undefined,
      refs,
    }));
  }

  /** Ids of the models in memory. */
  residents(): string[] {
    return [...this.#entries.values()].filter((entry) => entry.instance).map((entry) => entry.info.modelId);
  }

  /**
   * Holds a model for a session, loading it when needed.
   *
   * @param modelId empty means the default model
   * @throws WorkerError `UNKNOWN_MODEL`, `LOAD_FAILED`, `NO_ROOM` or `CLOSED`
   */
  async acquire(modelId: string): Promise<ModelLease> {
    const entry = this.#entry(modelId === '' ? this.defaultModelId : modelId);
    // Counted before the load, so that nothing evicts the model between its load and its first use.
    entry.refs += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      entry.refs -= 1;
      this.#touch(entry);
    };
    try {
      await this.#resident(entry);
    } catch (error) {
      release();
      throw error;
    }
    this.#touch(entry);
    return {
      modelId: entry.info.modelId,
      use: () => {
        const { instance } = entry;
        if (instance === undefined)
          throw new WorkerError('CLOSED', `the model ${entry.info.modelId} was unloaded`);
        this.#touch(entry);
        return { model: instance.model, done: instance.use() };
      },
      release,
    };
  }

  /**
   * Loads a model, and warms it up unless told not to.
   *
   * @throws WorkerError `UNKNOWN_MODEL`, `LOAD_FAILED`, `NO_ROOM` or `CLOSED`
   */
  async load(modelId: string, { warmUp = true }: { readonly warmUp?: boolean } = {}): Promise<void> {
    const entry = this.#entry(modelId);
    const instance = await this.#resident(entry);
    this.#touch(entry);
    if (!warmUp || entry.warmedUp) return;
    try {
      await instance.model.warmUp?.();
      entry.warmedUp = true;
    } catch (cause) {
      throw new WorkerError('LOAD_FAILED', `${modelId} could not be warmed up: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  /** Loads a model anew; what is being spoken goes on with the old one. @throws as {@link load} */
  async reload(modelId: string): Promise<void> {
    const entry = this.#entry(modelId);
    const old = entry.instance;
    if (old === undefined) {
      await this.#resident(entry);
      return;
    }
    const fresh = await (entry.loading ??= this.#load(entry));
    // What is being spoken still uses the old weights; close() waits for them.
    if (fresh !== old) void this.#retire(old);
  }

  /** Unloads a model that no session holds. */
  async unload(modelId: string): Promise<UnloadResult> {
    const entry = this.#entries.get(modelId);
    if (entry === undefined) return { kind: 'unknown' };
    if (entry.refs > 0) return { kind: 'in_use', refs: entry.refs };
    if (entry.instance === undefined) return { kind: 'not_loaded' };
    await this.#drop(entry);
    return { kind: 'unloaded' };
  }

  /** Unloads everything and refuses loads from now on; sessions must have ended. Idempotent. */
  async close(): Promise<void> {
    this.#abort.abort(new WorkerError('CLOSED', 'the worker is closing'));
    this.#sweep?.cancel();
    const entries = [...this.#entries.values()];
    await Promise.allSettled(entries.flatMap(({ loading }) => (loading === undefined ? [] : [loading])));
    await Promise.all(entries.map((entry) => this.#drop(entry)));
    await Promise.all(this.#retiring);
  }

  #entry(modelId: string): ModelEntry {
    const entry = this.#entries.get(modelId);
    if (entry !== undefined) return entry;
    const known = [...this.#entries.keys()].join(', ');
    throw new WorkerError(
      'UNKNOWN_MODEL',
      `there is no model ${JSON.stringify(modelId)}; this worker has ${known}`,
    );
  }

  #resident(entry: ModelEntry): Promise<ModelInstance> {
    if (entry.instance !== undefined) return Promise.resolve(entry.instance);
    return (entry.loading ??= this.#load(entry));
  }

  async #load(entry: ModelEntry): Promise<ModelInstance> {
    const { engine, clock, logger } = this.#options;
    const { modelId } = entry.info;
    try {
      return await this.#slots.run(async () => {
        this.#abort.signal.throwIfAborted();
        if (entry.instance === undefined) await this.#makeRoom(entry);
        const startMs = clock.nowMs();
        const model = await engine.load(modelId, this.#abort.signal);
        const instance = new ModelInstance(model, (error) =>
          logger.warn({ model_id: modelId, err: error }, 'a model could not be unloaded cleanly'),
        );
        if (this.#abort.signal.aborted) {
          await instance.retire();
          this.#abort.signal.throwIfAborted();
        }
        entry.instance = instance;
        entry.warmedUp = false;
        entry.loadedAtMs = clock.nowMs();
        logger.info({ model_id: modelId, load_ms: Math.round(entry.loadedAtMs - startMs) }, 'model loaded');
        this.#touch(entry);
        this.#options.onResidentsChanged?.();
        return instance;
      });
    } catch (error) {
      if (error instanceof WorkerError) throw error;
      throw new WorkerError('LOAD_FAILED', `${modelId} could not be loaded: ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      entry.loading = undefined;
    }
  }

  /** Unloads the least recently used model when one more would be too many. */
  async #makeRoom(wanted: ModelEntry): Promise<void> {
    const { maxResident = 32 } = this.#options;
    const taken = [...this.#entries.values()].filter(
      (entry) => entry !== wanted && (entry.instance !== undefined || entry.loading !== undefined),
    );
    if (taken.length < maxResident) return;
    const oldest = taken
      .filter((entry) => entry.instance !== undefined && entry.loading === undefined && entry.refs === 0)
      .toSorted((a, b) => this.#evictionRank(a) - this.#evictionRank(b))[0];
    if (oldest === undefined) {
      const problem = `${wanted.info.modelId} does not fit: ${taken.length} models are in use, at most ${maxResident} may be in memory`;
      throw new WorkerError('NO_ROOM', problem);
    }
    this.#options.logger.info({ model_id: oldest.info.modelId }, 'model unloaded to make room');
    await this.#drop(oldest);
  }

  /** The default model goes last. */
  #evictionRank(entry: ModelEntry): number {
    return entry.info.modelId === this.defaultModelId ? Infinity : entry.lastUsedAtMs;
  }

  async #drop(entry: ModelEntry): Promise<void> {
    const { instance } = entry;
    if (instance === undefined) return;
    entry.instance = undefined;
    this.#options.onResidentsChanged?.();
    await this.#retire(instance);
  }

  async #retire(instance: ModelInstance): Promise<void> {
    const retired = instance.retire();
    this.#retiring.add(retired);
    await retired;
    this.#retiring.delete(retired);
  }

  #touch(entry: ModelEntry): void {
    entry.lastUsedAtMs = this.#options.clock.nowMs();
    if (entry.refs === 0) this.#scheduleSweep();
  }

  /** When an unused model may go; `undefined` for one that stays. */
  #dueMs(entry: ModelEntry): number | undefined {
    const { idleTtlMs = 600_000, minResidencyMs = 120_000 } = this.#options;
    if (entry.instance === undefined || entry.refs > 0 || idleTtlMs === 0) return undefined;
    if (entry.info.modelId === this.defaultModelId) return undefined;
    return Math.max(entry.lastUsedAtMs + idleTtlMs, entry.loadedAtMs + minResidencyMs);
  }

  #scheduleSweep(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    if (this.#abort.signal.aborted) return;
    const dues = [...this.#entries.values()].map((entry) => this.#dueMs(entry) ?? Infinity);
    const nextMs = Math.min(...dues);
    if (nextMs === Infinity) return;
    const { clock } = this.#options;
    this.#sweep = clock.setTimer(Math.max(0, nextMs - clock.nowMs()), () => this.#unloadIdle());
  }

  #unloadIdle(): void {
    const { clock, logger } = this.#options;
    for (const entry of this.#entries.values()) {
      const dueMs = this.#dueMs(entry);
      if (dueMs === undefined || dueMs > clock.nowMs() || entry.instance === undefined) continue;
      logger.info({ model_id: entry.info.modelId }, 'idle model unloaded');
      // Never rejects; close() waits for it.
      void this.#drop(entry);
    }
    this.#scheduleSweep();
  }
}
