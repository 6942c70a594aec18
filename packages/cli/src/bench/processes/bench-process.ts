import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CliError } from '../../cli-error.ts';
import type { AgentReply, AgentRequest } from './agent-messages.ts';
import { hasType } from './has-type.ts';
import { type ProcessUsage, readProcessUsage } from './process-usage.ts';

/** A process to start. */
export interface BenchProcessOptions {
  /** Name in messages and in the report. */
  readonly name: string;
  /** The program: a TypeScript or JavaScript file that Node runs. */
  readonly script: string;
  readonly args: readonly string[];
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Core it may run on. Unset: any. */
  readonly core?: number;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
}

const killAfterMs = 5000;
const usageTimeoutMs = 2000;
const keptOutputCharacters = 4000;

/** A process of the benchmark. Whoever started it calls `close()`, which waits for its end. */
export class BenchProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = '';
  #closing = false;

  constructor(options: BenchProcessOptions) {
    this.name = options.name;
    const agent = fileURLToPath(new URL('agent.ts', import.meta.url));
    const node = [
      process.execPath,
      ...(options.nodeFlags ?? []),
      '--disable-warning=ExperimentalWarning',
      '--import',
      agent,
      options.script,
      ...options.args,
    ];
    const argv = options.core === undefined ? node : ['taskset', '-c', String(options.core), ...node];
    const [command = process.execPath, ...args] = argv;
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...options.env },
    });
    this.#exited = once(this.#child, 'exit');
    this.#exited.catch(() => {});
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-keptOutputCharacters);
      });
    }
  }

  /** Process id. `taskset` replaces itself by Node, so that this is the program's in either case. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The end of what it wrote to stdout and stderr. */
  get output(): string {
    return this.#output.trim();
  }

  /** Whether it still runs. */
  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a message over IPC. */
  send(message: object): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /**
   * Waits for the first message that `accept` maps to something.
   *
   * @throws CliError `START_FAILED` when the process ends first, or `timeoutMs` pass.
   */
  async receive<T>(accept: (message: unknown) => T | undefined, timeoutMs: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onMessage = (message: unknown): void => {
      const accepted = accept(message);
      if (accepted !== undefined) resolve(accepted);
    };
    const onExit = (): void => reject(this.#failure('ended too early'));
    const timer = setTimeout(() => reject(this.#failure(`did not answer in ${timeoutMs} ms`)), timeoutMs);
    this.#child.on('message', onMessage);
    this.#child.once('exit', onExit);
    this.#child.once('error', reject);
    try {
      if (!this.running) onExit();
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#child.off('message', onMessage);
      this.#child.off('exit', onExit);
      this.#child.off('error', reject);
    }
  }

  /** What it has used so far, from the operating system, or where that says nothing, from itself. */
  async usage(): Promise<ProcessUsage> {
    const usage = await readProcessUsage(this.pid);
    if (usage !== undefined) return usage;
    const answer = this.receive(
      (message) => (hasType<AgentReply>(message, 'agent:usage') ? message : undefined),
      usageTimeoutMs,
    );
    const request: AgentRequest = { type: 'agent:usage' };
    this.send(request);
    return answer;
  }

  /** Asks it to end (SIGTERM), and after 5 s ends it (SIGKILL). Resolves once it is gone. Idempotent. */
  async close(): Promise<void> {
    if (!this.running || this.pid === 0) return;
    if (!this.#closing) this.#child.kill('SIGTERM');
    this.#closing = true;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), killAfterMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #failure(what: string): CliError {
    const output = this.output === '' ? 'it wrote nothing' : `it wrote:\n${this.output}`;
    return new CliError('START_FAILED', `the ${this.name} (pid ${this.pid}) ${what}; ${output}`);
  }
}
