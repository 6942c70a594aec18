import { serveLoad } from '../processes/serve-load.ts';
import { Load } from './load.ts';
import type { LoadCommand, LoadReply } from './load-messages.ts';

// The load generator's process.
serveLoad<LoadCommand, LoadReply>((command) =>
  command.type === 'connect' ? new Load(command.spec) : undefined,
);
