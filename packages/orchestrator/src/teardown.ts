import type { Logger } from './session/ports/logger.ts';

interface Step {
  readonly name: string;
  readonly close: () => void | Promise<void>;
}

/** Closes what was started, last started first, each once, whatever the others do. */
export class Teardown {
  readonly #logger: Logger;
  readonly #steps: Step[] = [];
  #running: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds what closes a part that has just been started. */
  add(name: string, close: () => void | Promise<void>): void {
    this.#steps.push({ name, close });
  }

  /** Closes everything; later calls wait for the first one. A part that fails is logged and passed over. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.close();
      } catch (error) {
        this.#logger.error({ err: error, part: step.name }, 'could not close a part');
      }
    }
  }
}
