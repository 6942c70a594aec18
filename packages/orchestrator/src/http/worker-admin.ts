/** How an action on a worker ended. */
export type AdminResult =
  | { readonly kind: 'done'; readonly message: string }
  /** It was begun and goes on; how it ends will be seen in the list of workers. */
  | { readonly kind: 'under_way'; readonly message: string }
  /** There is no such worker. */
  | { readonly kind: 'unknown_worker' }
  /** It cannot be done as things are; `message` says why. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The worker, or the registry, did not answer. */
  | { readonly kind: 'unreachable'; readonly message: string };

/** What operators can do to a worker, by its name. None of these rejects. */
export interface WorkerAdmin {
  /** Gives it no new sessions from now on, on any orchestrator of the same registry. Idempotent. */
  drain(workerName: string): Promise<AdminResult>;
  /** Takes a drain back. Idempotent. */
  undrain(workerName: string): Promise<AdminResult>;
  /** Has it load a model. */
  loadModel(workerName: string, modelId: string): Promise<AdminResult>;
  /** Has it unload a model that no session uses. */
  unloadModel(workerName: string, modelId: string): Promise<AdminResult>;
}
