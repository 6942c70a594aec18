import { fileURLToPath } from 'node:url';
import { CliError } from '../../cli-error.ts';
import type { BenchProcess } from '../processes/bench-process.ts';
import type { BenchProcesses } from '../processes/bench-processes.ts';
import { hasType } from '../processes/has-type.ts';
import type { LoadCommand, LoadReply } from './load-messages.ts';

type Reply<T extends LoadReply['type']> = Extract<LoadReply, { type: T }>;
type Failure = Extract<LoadReply, { type: 'failed' }>;

/** The parent's side of a load generator process. */
export class LoadDriver {
  readonly process: BenchProcess;

  /** Starts the load generator among `processes`, which end it. */
  constructor(processes: BenchProcesses, core: number | undefined) {
    this.process = processes.start({
      name: 'load generator',
      script: fileURLToPath(new URL('main.ts', import.meta.url)),
      args: [],
      ...(core === undefined ? {} : { core }),
    });
  }

  /**
   * Gives one command and waits until it is carried out.
   *
   * @throws CliError `START_FAILED` when the load generator cannot, ends, or takes longer than `timeoutMs`.
   */
  async perform<T extends LoadCommand['type']>(
    command: Extract<LoadCommand, { type: T }>,
    timeoutMs: number,
  ): Promise<Reply<T>> {
    const answer = this.process.receive((message): { reply: Reply<T> } | { failure: string } | undefined => {
      if (hasType<Failure>(message, 'failed')) return { failure: message.message };
      return isReply(message, command.type) ? { reply: message } : undefined;
    }, timeoutMs);
    this.process.send(command);
    const outcome = await answer;
    if ('reply' in outcome) return outcome.reply;
    throw new CliError('START_FAILED', `the load generator: ${outcome.failure}`);
  }
}

function isReply<T extends LoadReply['type']>(message: unknown, type: T): message is Reply<T> {
  return hasType<LoadReply>(message, type);
}
