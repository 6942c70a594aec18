/** The right to make a worker load a model, held by one orchestrator at a time. */
export interface LoadPermit {
  /** Gives it back. Idempotent, never rejects. */
  release(): Promise<void>;
}

/** Sees to it that a worker loads one model at a time, whoever asks for it. */
export interface LoadLock {
  /**
   * Takes the right to load on a worker; `undefined` while somebody has it.
   *
   * @param holdMs after so long, in ms, it ends by itself, as its holder may have died
   */
  tryAcquire(workerName: string, holdMs: number): Promise<LoadPermit | undefined>;
}
