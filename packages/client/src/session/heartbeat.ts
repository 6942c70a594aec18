import type { ClientClock } from '../clock.ts';

/** Options of {@link Heartbeat}. */
export interface HeartbeatOptions {
  readonly clock: ClientClock;
  /** Time between beats; after two of them without a sign of life the other side counts as gone. */
  readonly intervalMs: number;
  /** Asks the other side for a sign of life. */
  readonly onBeat: () => void;
  /** Nothing was heard for two intervals. */
  readonly onSilence: () => void;
}

/** Notices when a connection is dead though nobody said so. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #missed = 0;
  #cancel: (() => void) | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Begins to beat; beats go on until {@link stop}. */
  start(): void {
    this.stop();
    this.#missed = 0;
    this.#schedule();
  }

  /** Something arrived. */
  noteLife(): void {
    this.#missed = 0;
  }

  /** Ends it. Idempotent. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(): void {
    const { clock, intervalMs } = this.#options;
    this.#cancel = clock.after(intervalMs, () => {
      this.#missed += 1;
      if (this.#missed > 2) {
        this.stop();
        this.#options.onSilence();
        return;
      }
      this.#schedule();
      this.#options.onBeat();
    });
  }
}
