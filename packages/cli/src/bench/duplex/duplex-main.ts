import { serveLoad } from '../processes/serve-load.ts';
import { DuplexLoad } from './duplex-load.ts';
import type { DuplexCommand, DuplexReply } from './duplex-messages.ts';

// The duplex load generator's process.
serveLoad<DuplexCommand, DuplexReply>((command) =>
  command.type === 'converse' ? new DuplexLoad(command.spec) : undefined,
);
const ready: DuplexReply = { type: 'ready' };
process.send?.(ready);
