import type { SegmentSynthesis, SynthesisResult } from '../session/ports/worker-pool.ts';
import type { SegmentCall } from './segment-call.ts';

/** One segment from the wish to its end, over however many calls it takes. */
export class SegmentRun implements SegmentSynthesis {
  readonly done: Promise<SynthesisResult>;
  readonly #aborting = new AbortController();
  readonly #resolve: (result: SynthesisResult) => void;
  #call: SegmentCall | undefined;
  #isSettled = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<SynthesisResult>();
    this.done = promise;
    this.#resolve = resolve;
  }

  /** Aborted by `cancel()`. */
  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  /** Whether it has ended. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** The call that serves it now; it is cancelled with the run. */
  use(call: SegmentCall): void {
    this.#call = call;
  }

  resume(): void {
    this.#call?.resume();
  }

  cancel(): void {
    if (this.#isSettled) return;
    this.#call?.cancel();
    this.settle({ kind: 'cancelled' });
    this.#aborting.abort();
  }

  /** Ends it; only the first call counts. */
  settle(result: SynthesisResult): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#call = undefined;
    this.#resolve(result);
  }
}
