import type { ConnectOptions } from './session/connect-options.ts';
import type { ParleySession } from './session/parley-session.ts';
import { ClientSession } from './session/session.ts';

/**
 * Opens a session with a Parley server; resolves when it has started with the settings asked for. A first
 * connection that fails is not tried again; one that is lost later is.
 *
 * @throws ParleyClientError `CONNECT_FAILED`, `TIMEOUT`, `NOT_PARLEY`, `ABORTED`, or what the server answers:
 *   `INVALID_MESSAGE` for wrong settings, `TOO_MANY_CONNECTIONS`, ...
 */
export async function connect(options: ConnectOptions): Promise<ParleySession> {
  return await new ClientSession(options).open();
}
