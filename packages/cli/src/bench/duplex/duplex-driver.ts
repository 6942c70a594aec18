import { fileURLToPath } from 'node:url';
import { CliError } from '../../cli-error.ts';
import type { BenchProcess } from '../processes/bench-process.ts';
import type { BenchProcesses } from '../processes/bench-processes.ts';
import { hasType } from '../processes/has-type.ts';
import type { DuplexCommand, DuplexReply } from './duplex-messages.ts';

type Reply<T extends DuplexReply['type']> = Extract<DuplexReply, { type: T }>;
type Failure = Extract<DuplexReply, { type: 'failed' }>;

type Ready = Extract<DuplexReply, { type: 'ready' }>;

const startTimeoutMs = 20_000;

/** The parent's side of a duplex load generator process. */
export class DuplexDriver {
  readonly process: BenchProcess;

  private constructor(process: BenchProcess) {
    this.process = process;
  }

  /** Starts the load generator among `processes`, which end it; resolves when it listens to commands. */
  static async start(processes: BenchProcesses, core: number | undefined): Promise<DuplexDriver> {
    const generator = processes.start({
      name: 'duplex load generator',
      script: fileURLToPath(new URL('duplex-main.ts', import.meta.url)),
      args: [],
      ...(core === undefined ? {} : { core }),
    });
    await generator.receive((message) => hasType<Ready>(message, 'ready') || undefined, startTimeoutMs);
    return new DuplexDriver(generator);
  }

  /**
   * Gives one command and waits until it is carried out.
   *
   * @throws CliError `START_FAILED` when the load generator cannot, ends, or takes longer than `timeoutMs`.
   */
  async perform<T extends DuplexCommand['type']>(
    command: Extract<DuplexCommand, { type: T }>,
    timeoutMs: number,
  ): Promise<Reply<T>> {
    const answer = this.process.receive((message): { reply: Reply<T> } | { failure: string } | undefined => {
      if (hasType<Failure>(message, 'failed')) return { failure: message.message };
      return isReply(message, command.type) ? { reply: message } : undefined;
    }, timeoutMs);
    this.process.send(command);
    const outcome = await answer;
    if ('reply' in outcome) return outcome.reply;
    throw new CliError('START_FAILED', `the duplex load generator: ${outcome.failure}`);
  }
}

function isReply<T extends DuplexCommand['type']>(message: unknown, type: T): message is Reply<T> {
  return hasType<DuplexReply>(message, type);
}
