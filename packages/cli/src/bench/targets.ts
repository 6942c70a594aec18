import { fileURLToPath } from 'node:url';
import type { ProbedCommand } from './load-generator/load-messages.ts';
import type { BenchProcess } from './processes/bench-process.ts';
import type { BenchProcesses } from './processes/bench-processes.ts';
import { findFreePort } from './processes/free-port.ts';
import { listeningPort } from './processes/listening.ts';
import { profileFlags } from './processes/profile-flags.ts';
import { startServer } from './start-server.ts';

/** What the load is put on. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** Absent for a server that someone else runs. */
  readonly process: BenchProcess | undefined;
  /** The commands it knows. */
  readonly commands: readonly ProbedCommand[];
}

/** Which target to start, and for what. */
export interface TargetRequest {
  readonly kind: 'server' | 'bare pipe';
  readonly sessions: number;
  /** `host:port` of the worker. */
  readonly worker: string;
  readonly core: number | undefined;
  /** Further settings of the server, by their path. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Directory for a V8 CPU profile, written when the target ends. */
  readonly cpuProfileDir: string | undefined;
}

const startTimeoutMs = 20_000;

/** Starts a target among `processes`, which end it; resolves once it takes connections. */
export async function startTarget(processes: BenchProcesses, request: TargetRequest): Promise<Target> {
  if (request.kind === 'server') {
    const server = await startServer(processes, request);
    return { name: 'parley', ...server, commands: ['PAUSE', 'STOP'] };
  }
  const port = await findFreePort();
  const pipe = processes.start({
    name: 'bare pipe',
    script: fileURLToPath(new URL('bare-pipe.ts', import.meta.url)),
    args: [request.worker, String(port)],
    nodeFlags: profileFlags(request.cpuProfileDir, `bare-pipe-${request.sessions}`),
    ...(request.core === undefined ? {} : { core: request.core }),
  });
  await pipe.receive(listeningPort, startTimeoutMs);
  return { name: 'bare pipe', url: `ws://127.0.0.1:${port}/`, process: pipe, commands: ['STOP'] };
}
