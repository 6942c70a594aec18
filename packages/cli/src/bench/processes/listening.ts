import { hasType } from './has-type.ts';

/** What a process of the benchmark tells its parent once it takes connections. */
export interface Listening {
  readonly type: 'listening';
  readonly port: number;
}

/** Tells the parent, from inside the process. */
export function reportListening(port: number): void {
  const message: Listening = { type: 'listening', port };
  process.send?.(message);
}

/** The port, when `message` is a {@link Listening}. */
export function listeningPort(message: unknown): number | undefined {
  return hasType<Listening>(message, 'listening') ? message.port : undefined;
}
