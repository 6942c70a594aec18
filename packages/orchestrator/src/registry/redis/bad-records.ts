import type { Logger } from '../../session/ports/logger.ts';

/** Reports records that cannot be read, each once for as long as it stays as it is. */
export class BadRecords {
  readonly #logger: Logger;
  readonly #problems = new Map<string, string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Logs that the record of `name` is bad, unless the same was said before. */
  report(name: string, problem: string): void {
    if (this.#problems.get(name) === problem) return;
    this.#problems.set(name, problem);
    this.#logger.warn(
      { worker: name.slice(0, 200), problem },
      'a worker record cannot be read and is left out',
    );
  }

  /** Forgets the reports of records that are good now or gone. `results`: everything there is. */
  retain(results: ReadonlyMap<string, { readonly kind: string }>): void {
    for (const name of this.#problems.keys()) {
      if (results.get(name)?.kind !== 'bad') this.#problems.delete(name);
    }
  }
}
