import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

/** A worker with the tone engine in a process of its own, to be killed or frozen. */
export interface ToneProcess {
  /** `grpc://host:port`. */
  readonly addr: string;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
  /** Stops it where it stands; its connections stay open. */
  freeze(): void;
}

const SCRIPT = new URL('run-tone-worker.ts', import.meta.url);

/** Starts one with these `ToneOptions`; it ends with the test. */
export async function startToneProcess(
  t: TestContext,
  options: Readonly<Record<string, unknown>>,
): Promise<ToneProcess> {
  const child = fork(SCRIPT, [JSON.stringify(options)]);
  const kill = (): Promise<void> => end(child);
  t.after(kill);
  const [addr]: unknown[] = await once(child, 'message');
  return { addr: String(addr), kill, freeze: () => void child.kill('SIGSTOP') };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
