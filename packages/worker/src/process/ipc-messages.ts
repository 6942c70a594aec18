import { parseWorkerRecord, type WorkerRecord } from '@parley/worker-api';

/** From an embedded worker to the process that started it, over Node's IPC channel. */
export type EmbeddedWorkerMessage =
  /** It listens and the default model is warm. Sent once, after its first `register`. */
  | { readonly type: 'ready'; readonly addr: string }
  | { readonly type: 'register'; readonly record: WorkerRecord }
  | { readonly type: 'heartbeat'; readonly record: WorkerRecord }
  | { readonly type: 'deregister'; readonly name: string }
  /** It could not start and exits; `code` is a `WorkerErrorCode` where it is known. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** From the starting process to its embedded worker. */
export type EmbeddedWorkerCommand =
  /** Finish what is being spoken, then exit. */
  | { readonly type: 'drain'; readonly timeoutMs?: number }
  /** Exit now. */
  | { readonly type: 'close' };

/** Reads a message of an embedded worker; `undefined` for what is none. */
export function parseEmbeddedWorkerMessage(value: unknown): EmbeddedWorkerMessage | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { type, addr, name, code, message } = fields;
  switch (type) {
    case 'ready':
      return typeof addr === 'string' ? { type, addr } : undefined;
    case 'register':
    case 'heartbeat': {
      const result = parseWorkerRecord(fields['record']);
      return result.kind === 'ok' ? { type, record: result.record } : undefined;
    }
    case 'deregister':
      return typeof name === 'string' ? { type, name } : undefined;
    case 'failed':
      return typeof code === 'string' && typeof message === 'string' ? { type, code, message } : undefined;
    default:
      return undefined;
  }
}

/** Reads a command for an embedded worker; `undefined` for what is none. */
export function parseEmbeddedWorkerCommand(value: unknown): EmbeddedWorkerCommand | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  if (value.type === 'close') return { type: 'close' };
  if (value.type !== 'drain') return undefined;
  const timeoutMs = 'timeoutMs' in value ? value.timeoutMs : undefined;
  return typeof timeoutMs === 'number' ? { type: 'drain', timeoutMs } : { type: 'drain' };
}
