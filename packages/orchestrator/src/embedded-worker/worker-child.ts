import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  parseEmbeddedWorkerMessage,
  type EmbeddedWorkerCommand,
  type EmbeddedWorkerMessage,
} from '@parley/worker/embedded';
import type { Logger } from '../session/ports/logger.ts';
import { forwardLines } from './forward-lines.ts';

/** Options of {@link WorkerChild}. */
export interface WorkerChildOptions {
  /** Module that the process runs. */
  readonly processUrl: URL;
  /** A `WorkerInput` of the worker package, as the process reads it. */
  readonly input: object;
  readonly logger: Logger;
  /** Called with everything the worker says. */
  readonly onMessage: (message: EmbeddedWorkerMessage) => void;
  /** Called once when the process is gone, or could not even begin. */
  readonly onExit: (how: string) => void;
}

/** How many of the last plain lines of output are told when the process fails. */
const KEPT_LINES = 5;

/** One life of the worker process. Whoever makes it ends it, by command or with `kill()`. */
export class WorkerChild {
  readonly #child: ChildProcess;
  readonly #options: WorkerChildOptions;
  readonly #exited = Promise.withResolvers<void>();
  readonly #lastLines: string[] = [];
  #isGone = false;

  constructor(options: WorkerChildOptions) {
    this.#options = options;
    const { processUrl, input, logger } = options;
    this.#child = fork(fileURLToPath(processUrl), [JSON.stringify(input)], {
      // Not our own flags: a debugger's port or a test runner's mode is not for the worker.
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const keep = (line: string): void => {
      this.#lastLines.push(line.trim());
      if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
    };
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output !== null) forwardLines(output, logger, keep);
    }
    this.#child.on('message', (value) => {
      const message = parseEmbeddedWorkerMessage(value);
      if (message !== undefined) options.onMessage(message);
    });
    // After `close` all its output has been read, so that the reason of a failure is known.
    this.#child.once('close', (code, signal) => this.#onGone(signal === null ? `code ${code}` : signal));
    this.#child.once('error', (error) => {
      if (this.#child.pid === undefined) this.#onGone(error.message);
    });
  }

  /** Process id; `undefined` when the process could not begin. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Settles when the process is gone. */
  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  /** Tells the worker something; does nothing once it is gone. */
  send(command: EmbeddedWorkerCommand): void {
    if (!this.#child.connected) return;
    // A worker that is dying does not listen: its exit says all there is to know.
    this.#child.send(command, () => {});
  }

  /** Ends the process at once, whatever it does. */
  kill(): void {
    if (!this.#isGone) this.#child.kill('SIGKILL');
  }

  #onGone(how: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#exited.resolve();
    this.#options.onExit([`it ended with ${how}`, ...this.#lastLines].join('; '));
  }
}
