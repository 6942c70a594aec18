import type { AgentRequest } from '../processes/agent-messages.ts';
import { Load } from './load.ts';
import type { LoadCommand, LoadReply } from './load-messages.ts';

// The load generator's process: commands come from the parent over IPC, one at a time.
let load: Load | undefined;

function reply(message: LoadReply): void {
  process.send?.(message);
}

async function handle(command: LoadCommand): Promise<void> {
  if (command.type === 'connect') load = new Load(command.spec);
  if (load === undefined) throw new Error(`${command.type} came before connect`);
  reply(await load.perform(command));
}

process.on('message', (command: LoadCommand | AgentRequest) => {
  if (command.type === 'agent:usage') return;
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
