import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Clock, Timer } from '../../clock.ts';
import { WorkerError } from '../../worker-error.ts';
import { type ChildCommand, type ChildMessage, parseChildMessage } from './child-messages.ts';

/** What {@link startModelProcess} needs. */
export interface ModelProcessOptions {
  /** Told to the process first. */
  readonly load: Extract<ChildCommand, { type: 'load' }>;
  readonly loadTimeoutMs: number;
  readonly silenceTimeoutMs: number;
  readonly clock: Clock;
  /** For messages. */
  readonly modelId: string;
  readonly signal?: AbortSignal;
}

/** One piece of text. */
export interface Piece {
  readonly text: string;
  readonly speaker: number;
  readonly speed: number;
  readonly signal: AbortSignal;
  /** Given s16le audio while it is made. */
  readonly onAudio: (pcm: Uint8Array) => void;
}

const script = fileURLToPath(
  new URL(`./model-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);
/** Of what native code writes before it dies, the last is kept. */
const KEPT_STDERR = 2000;

/** A process that has loaded one model and speaks one piece of text at a time. Whoever starts it ends it. */
export class ModelProcess {
  sampleRateHz = 0;
  speakers = 1;
  readonly #child: ChildProcess;
  readonly #options: ModelProcessOptions;
  readonly #exited: Promise<void>;
  #onMessage: ((message: ChildMessage) => void) | undefined;
  #onExit: ((error: WorkerError) => void) | undefined;
  #stderr = '';
  #isAlive = true;

  /** Use {@link startModelProcess}. */
  constructor(options: ModelProcessOptions) {
    this.#options = options;
    // Advanced serialization carries audio as bytes. Its errors are those of a child that is gone: see 'exit'.
    this.#child = fork(script, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.on('error', () => undefined);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR);
    });
    this.#child.on('message', (value) => {
      const message = parseChildMessage(value);
      if (message !== undefined) this.#onMessage?.(message);
    });
    // Comes before 'close', which waits for the pipe of its last words.
    this.#child.on('disconnect', () => {
      this.#isAlive = false;
    });
    this.#exited = once(this.#child, 'close').then(([code, signal]) => {
      this.#isAlive = false;
      this.#onExit?.(this.#describeExit(signal ?? `code ${code}`));
    });
  }

  /** Whether it can be given a text. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Loads the model. @throws WorkerError `LOAD_FAILED` with the reason, also that of a crash */
  async load(): Promise<void> {
    const { load, loadTimeoutMs, signal, modelId } = this.#options;
    const stop = (): void => this.kill();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      await this.#exchange(load, loadTimeoutMs, (message) => {
        if (message.type === 'load_failed') throw new WorkerError('LOAD_FAILED', message.message);
        if (message.type !== 'loaded') return false;
        this.sampleRateHz = message.sampleRateHz;
        this.speakers = message.speakers;
        return true;
      });
    } catch (cause) {
      this.kill();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new WorkerError('LOAD_FAILED', `${modelId} could not be loaded: ${why}`, { cause });
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /**
   * Speaks; settles when the process can take the next piece, after an abort too.
   *
   * @throws WorkerError `ENGINE_FAILED`; `ENGINE_UNAVAILABLE` after a crash and `ENGINE_TIMEOUT` after a silence,
   *   and the process is then gone
   */
  async speak({ text, speaker, speed, signal, onAudio }: Piece): Promise<void> {
    const cancel = (): void => this.#send({ type: 'cancel' });
    signal.addEventListener('abort', cancel, { once: true });
    try {
      await this.#exchange(
        { type: 'speak', text, speaker, speed },
        this.#options.silenceTimeoutMs,
        (message) => {
          if (message.type === 'failed') throw new WorkerError('ENGINE_FAILED', message.message);
          if (message.type === 'audio' && !signal.aborted) onAudio(message.pcm);
          return message.type === 'done';
        },
      );
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Ends the process at once. Idempotent. */
  kill(): void {
    this.#isAlive = false;
    this.#child.kill('SIGKILL');
  }

  /** Ends the process and settles when it is gone. */
  async close(): Promise<void> {
    this.kill();
    await this.#exited;
  }

  /** Sends a command and takes messages until `take` says that it was the last. */
  async #exchange(
    command: ChildCommand,
    silenceMs: number,
    take: (message: ChildMessage) => boolean,
  ): Promise<void> {
    const { clock } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (!this.#isAlive) throw this.#describeExit('earlier');
    let timer: Timer | undefined;
    const wait = (): void => {
      timer?.cancel();
      timer = clock.setTimer(silenceMs, () => {
        reject(
          new WorkerError('ENGINE_TIMEOUT', `its process gave nothing for ${silenceMs} ms and was ended`),
        );
        this.kill();
      });
    };
    this.#onExit = reject;
    this.#onMessage = (message) => {
      wait();
      try {
        if (take(message)) resolve();
      } catch (error) {
        reject(error);
      }
    };
    wait();
    this.#send(command);
    try {
      await promise;
    } finally {
      timer?.cancel();
      this.#onMessage = undefined;
      this.#onExit = undefined;
    }
  }

  #send(command: ChildCommand): void {
    // A failure is that of a process that is gone, and told by 'close'.
    if (this.#child.connected) this.#child.send(command, undefined, undefined, () => undefined);
  }

  #describeExit(how: string): WorkerError {
    const lines = this.#stderr.trim().split('\n').slice(-3).join(' | ').trim();
    const last = lines === '' ? '' : `; it wrote: ${lines}`;
    return new WorkerError('ENGINE_UNAVAILABLE', `the process of the model ended (${how})${last}`);
  }
}

/** Starts a process and loads the model in it. @throws WorkerError `LOAD_FAILED`; the process is then gone */
export async function startModelProcess(options: ModelProcessOptions): Promise<ModelProcess> {
  const started = new ModelProcess(options);
  await started.load();
  return started;
}
