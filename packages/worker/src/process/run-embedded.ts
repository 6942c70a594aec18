import type { Logger } from '../logger.ts';
import { messageOf, WorkerError } from '../worker-error.ts';
import { parseEmbeddedWorkerCommand } from './ipc-messages.ts';
import { createIpcRegistration, createIpcSend } from './ipc-registration.ts';
import { startFromInput } from './start-from-input.ts';
import type { WorkerInput } from './worker-input.ts';

/**
 * Runs a worker for the process that forked this one, until that one says `drain` or `close`, or is gone.
 * SIGTERM, SIGINT and SIGHUP are ignored: they often go to the whole process group, and the parent decides when
 * its last sentence is spoken. Settles with the exit code.
 */
export async function runEmbeddedWorker(input: WorkerInput, logger: Logger): Promise<number> {
  const send = createIpcSend(process);
  const commands = listen();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, ignore);
  try {
    const worker = await startFromInput(input, { logger, registration: createIpcRegistration(send) });
    await send({ type: 'ready', addr: worker.addr });
    const drainMs = await Promise.race([commands.drain, commands.close]);
    if (drainMs !== 'close') {
      const timeoutMs = drainMs ?? input.drainTimeoutSeconds * 1000;
      await Promise.race([worker.drain(timeoutMs), commands.close]);
    }
    await worker.close();
    return 0;
  } catch (error) {
    logger.error({ err: error }, 'the embedded worker failed');
    const code = error instanceof WorkerError ? error.code : 'FAILED';
    await send({ type: 'failed', code, message: messageOf(error) }).catch(ignore);
    return 1;
  }
}

function ignore(): void {
  // The parent decides when this process ends.
}

interface ParentWishes {
  /** Settles with how long the drain may take, if the parent says so. */
  readonly drain: Promise<number | undefined>;
  /** Settles as well when the parent is gone. */
  readonly close: Promise<'close'>;
}

function listen(): ParentWishes {
  const drain = Promise.withResolvers<number | undefined>();
  const close = Promise.withResolvers<'close'>();
  process.on('disconnect', () => close.resolve('close'));
  process.on('message', (value) => {
    const command = parseEmbeddedWorkerCommand(value);
    if (command?.type === 'close') close.resolve('close');
    else if (command?.type === 'drain') drain.resolve(command.timeoutMs);
  });
  return { drain: drain.promise, close: close.promise };
}
