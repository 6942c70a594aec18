import type { EngineModel, LoadedModel } from '../engine.ts';

/**
 * A model's weights in memory and the syntheses that use them. After a reload the old weights live on until
 * their last synthesis ends.
 */
export class ModelInstance {
  readonly model: LoadedModel;
  readonly #onUnloadError: (error: unknown) => void;
  #uses = 0;
  #retired: PromiseWithResolvers<void> | undefined;

  constructor(model: LoadedModel, onUnloadError: (error: unknown) => void) {
    this.model = model;
    this.#onUnloadError = onUnloadError;
  }

  /** Keeps the weights until the returned function is called; that is idempotent. */
  use(): () => void {
    this.#uses += 1;
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.#uses -= 1;
      if (this.#uses === 0 && this.#retired !== undefined) this.#unload(this.#retired);
    };
  }

  /** Unloads as soon as nothing uses the weights; settles then. Idempotent, never rejects. */
  retire(): Promise<void> {
    if (this.#retired === undefined) {
      this.#retired = Promise.withResolvers();
      if (this.#uses === 0) this.#unload(this.#retired);
    }
    return this.#retired.promise;
  }

  #unload(retired: PromiseWithResolvers<void>): void {
    // An unload that fails or throws at once must not take its caller down.
    Promise.try(() => this.model.unload())
      .catch(this.#onUnloadError)
      .finally(retired.resolve)
      .catch(this.#onUnloadError);
  }
}

/** What the manager knows about one model. */
export interface ModelEntry {
  readonly info: EngineModel;
  /** Sessions that hold the model. */
  refs: number;
  instance: ModelInstance | undefined;
  /** The load that runs now, if any: everybody waits for the same one. */
  loading: Promise<ModelInstance> | undefined;
  warmedUp: boolean;
  loadedAtMs: number;
  lastUsedAtMs: number;
}
