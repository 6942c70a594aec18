import type { LeaseBookContext } from './lease-book-context.ts';
import { countScript } from './lease-scripts.ts';
import { runLeaseScript } from './run-lease-script.ts';

/** Workers counted by one command. */
const AT_ONCE = 500;
const TIMEOUT_MS = 1000;

/** Counts in the background what others hold, so that choosing a worker costs no question. */
export class LeaseCount {
  readonly #context: LeaseBookContext;
  #isRunning = false;

  constructor(context: LeaseBookContext) {
    this.#context = context;
  }

  /** Counts the places taken on these workers. Never rejects; does nothing while it is at it already. */
  async refresh(workerNames: readonly string[]): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { keyOf, held } = this.#context;
    try {
      for (let from = 0; from < workerNames.length; from += AT_ONCE) {
        const batch = workerNames.slice(from, from + AT_ONCE);
        const keys = batch.map(keyOf);
        const [answer, , ...counts] = await runLeaseScript(this.#context, countScript, keys, [], TIMEOUT_MS);
        if (answer !== 1) return;
        batch.forEach((name, index) => held.noteCount(name, counts[index] ?? 0));
      }
      held.retainOthers(new Set(workerNames));
    } catch {
      // The last counts stand; claims find out for themselves.
    } finally {
      this.#isRunning = false;
    }
  }
}
