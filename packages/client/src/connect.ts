import type { ConnectOptions } from './session/connect-options.ts';
import { abortError } from './session/end-error.ts';
import { initialSettings } from './session/initial-settings.ts';
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
  const { signal } = options;
  if (signal?.aborted === true) throw abortError(signal);
  const session = new ClientSession(options);
  const abort = (): void => session.fail(abortError(signal));
  signal?.addEventListener('abort', abort, { once: true });
  void session.ended.then(() => signal?.removeEventListener('abort', abort));
  try {
    await session.start(initialSettings(options));
  } catch (error) {
    await session.close();
    throw error;
  }
  return session;
}
