import { systemClock } from '../clock.ts';
import { openPlatformWebSocket } from '../web-socket.ts';
import type { ConnectOptions } from './connect-options.ts';
import type { ConnectionOptions } from './connection.ts';
import { DEFAULT_RECONNECT } from './reconnect-policy.ts';

/** The options of `connect` with every default filled in. */
export interface ResolvedOptions extends Omit<ConnectionOptions, 'handlers'> {
  readonly maxUnconfirmedCharacters: number;
  readonly microphoneBacklogMs: number;
}

/** Fills in what was not given. Throws a TypeError for an address that is none. */
export function resolveOptions(options: ConnectOptions): ResolvedOptions {
  return {
    url: new URL(options.url),
    openWebSocket: options.openWebSocket ?? openPlatformWebSocket,
    reconnect: { ...DEFAULT_RECONNECT, ...options.reconnect },
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    heartbeatMs: options.heartbeatMs ?? 5000,
    maxUnconfirmedCharacters: options.maxUnconfirmedCharacters ?? 1_048_576,
    microphoneBacklogMs: options.microphoneBacklogMs ?? 2000,
  };
}
