// Preloaded (`node --import`) into every process that a benchmark starts, whatever program it runs: ends the
// process when its parent is gone, however that died, and tells its use of the machine where /proc cannot.
import type { AgentReply, AgentRequest } from './agent-messages.ts';

process.on('disconnect', () => process.exit(1));
process.on('message', (message: AgentRequest | { readonly type: 'other' }) => {
  if (message.type !== 'agent:usage') return;
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const reply: AgentReply = {
    type: 'agent:usage',
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    rssBytes: process.memoryUsage.rss(),
  };
  process.send?.(reply);
});
// The program's own work decides how long the process lives, not this channel.
process.channel?.unref();
