import type { AgentRequest } from './agent-messages.ts';

/** A load in a process of its own: does what its parent says. */
export interface CommandedLoad<Command, Reply> {
  perform(command: Command): Promise<Reply>;
  close(): void;
}

type Failure = { readonly type: 'failed'; readonly message: string };

/**
 * Makes this process a load generator: commands come from the parent over IPC, one at a time, and each is answered. It
 * ends with SIGTERM.
 *
 * @param make the load, by the command that begins it; `undefined` for any other command
 */
export function serveLoad<Command extends { readonly type: string }, Reply>(
  make: (command: Command) => CommandedLoad<Command, Reply> | undefined,
): void {
  let load: CommandedLoad<Command, Reply> | undefined;
  const reply = (message: Reply | Failure): void => void process.send?.(message);
  const handle = async (command: Command): Promise<void> => {
    load = make(command) ?? load;
    if (load === undefined) throw new Error(`${command.type} came before there was a load`);
    reply(await load.perform(command));
  };
  process.on('message', (command: Command | AgentRequest) => {
    if (isForAgent(command)) return;
    handle(command).catch((error: unknown) => {
      reply({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    });
  });
  process.on('SIGTERM', () => {
    load?.close();
    process.exit(0);
  });
  // It lives as long as its parent may have commands for it.
  process.channel?.ref();
}

function isForAgent(command: { readonly type: string }): command is AgentRequest {
  return command.type === 'agent:usage';
}
