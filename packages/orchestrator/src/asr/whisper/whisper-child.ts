import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { forwardLines } from '../../embedded-worker/forward-lines.ts';
import type { Logger } from '../../session/ports/logger.ts';
import { AsrError } from '../asr-error.ts';
import type { Recognition } from '../recognizer.ts';
import type { WhisperCommand, WhisperInput, WhisperReport } from './whisper-messages.ts';

/** Options of {@link WhisperChild}. */
export interface WhisperChildOptions {
  readonly input: WhisperInput;
  readonly logger: Logger;
  /** Called once when the process has loaded the model. */
  readonly onReady: () => void;
  /** Called once when the process is gone, or could not even begin. */
  readonly onExit: (how: string) => void;
}

/** The process went away while it worked; another may do the work. */
export class ChildGoneError extends Error {
  override readonly name = 'ChildGoneError';
}

const processUrl = new URL('whisper-process.ts', import.meta.url);
/** How many of the last lines of output are told when the process fails. */
const KEPT_LINES = 3;

/** One life of a recognizer's process. Whoever makes it ends it with `kill()`. */
export class WhisperChild {
  readonly #child: ChildProcess;
  readonly #options: WhisperChildOptions;
  readonly #exited = Promise.withResolvers<void>();
  readonly #lastLines: string[] = [];
  #work: { readonly id: number; readonly outcome: PromiseWithResolvers<Recognition> } | undefined;
  #lastId = 0;
  #isGone = false;

  constructor(options: WhisperChildOptions) {
    this.#options = options;
    this.#child = fork(fileURLToPath(processUrl), [JSON.stringify(options.input)], {
      // Not our own flags: a debugger's port or a test runner's mode is not for it.
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Samples go as bytes, not as text.
      serialization: 'advanced',
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output === null) continue;
      forwardLines(output, options.logger, (line) => this.#keep(line), 'output of a recognizer process');
    }
    this.#child.on('message', (report: WhisperReport) => this.#onReport(report));
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

  /**
   * Decodes one stretch of audio, of 100 ms to 28 s. One at a time.
   *
   * @param language Whisper's code of the language; empty to detect it
   * @throws ChildGoneError when the process ends before it has answered
   */
  decode(samples: Int16Array, language: string): Promise<Recognition> {
    const outcome = Promise.withResolvers<Recognition>();
    this.#lastId += 1;
    this.#work = { id: this.#lastId, outcome };
    const command: WhisperCommand = { id: this.#lastId, samples, language };
    // One that is dying does not listen: its exit says all there is to know.
    if (this.#child.connected) this.#child.send(command, () => {});
    else if (this.#isGone) outcome.reject(new ChildGoneError('the process has ended'));
    return outcome.promise;
  }

  /** Ends the process at once, whatever it does. */
  kill(): void {
    if (!this.#isGone) this.#child.kill('SIGKILL');
  }

  #onReport(report: WhisperReport): void {
    if (report.type === 'ready') return this.#options.onReady();
    const work = this.#work;
    if (work?.id !== report.id) return undefined;
    this.#work = undefined;
    switch (report.type) {
      case 'text': {
        const { text, language } = report;
        return work.outcome.resolve({ text, ...(language !== '' && { language }) });
      }
      case 'failed':
        return work.outcome.reject(new AsrError('ENGINE_FAILED', `the recognizer failed: ${report.message}`));
      default:
        report satisfies never;
    }
    return undefined;
  }

  #onGone(how: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    const told = [`it ended with ${how}`, ...this.#lastLines].join('; ');
    this.#work?.outcome.reject(new ChildGoneError(told));
    this.#work = undefined;
    this.#exited.resolve();
    this.#options.onExit(told);
  }

  #keep(line: string): void {
    this.#lastLines.push(line.trim());
    if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
  }
}
