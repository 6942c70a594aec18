import type { AgentRequest } from '../processes/agent-messages.ts';
import { DuplexLoad } from './duplex-load.ts';
import type { DuplexCommand, DuplexReply } from './duplex-messages.ts';

// The duplex load generator's process: commands come from the parent over IPC, one at a time.
let load: DuplexLoad | undefined;

function reply(message: DuplexReply): void {
  process.send?.(message);
}

async function handle(command: DuplexCommand): Promise<void> {
  if (command.type === 'converse') load = new DuplexLoad(command.spec);
  if (load === undefined) throw new Error(`${command.type} came before converse`);
  reply(await load.perform(command));
}

process.on('message', (command: DuplexCommand | AgentRequest) => {
  if (command.type === 'agent:usage') return;
  handle(command).catch((error: unknown) => {
    reply({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});
process.on('SIGTERM', () => {
  load?.close();
  process.exit(0);
});
reply({ type: 'ready' });
// It lives as long as its parent may have commands for it.
process.channel?.ref();
