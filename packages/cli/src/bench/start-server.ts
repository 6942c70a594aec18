import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CliError } from '../cli-error.ts';
import type { BenchProcess } from './processes/bench-process.ts';
import type { BenchProcesses } from './processes/bench-processes.ts';
import { findFreePort } from './processes/free-port.ts';
import { profileFlags } from './processes/profile-flags.ts';
import type { TargetRequest } from './targets.ts';

/** A server that takes connections. */
export interface StartedServer {
  readonly process: BenchProcess;
  readonly url: string;
}

const startTimeoutMs = 20_000;
const pollMs = 50;

/** Starts `parley start` with the worker of `request` and no other, among `processes`, which end it. */
export async function startServer(processes: BenchProcesses, request: TargetRequest): Promise<StartedServer> {
  const port = await findFreePort();
  const settings = {
    'routing.static_worker_addr': `grpc://${request.worker}`,
    'transport.websocket.max_connections': request.sessions + 10,
    ...request.settings,
  };
  const server = processes.start({
    name: 'server',
    script: fileURLToPath(new URL('../main.ts', import.meta.url)),
    args: [
      'start',
      '--config',
      fileURLToPath(new URL('server.yaml', import.meta.url)),
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
    ],
    nodeFlags: profileFlags(request.cpuProfileDir, `server-${request.sessions}`),
    ...(request.core === undefined ? {} : { core: request.core }),
  });
  await untilAlive(server, `http://127.0.0.1:${port}/livez`);
  return { process: server, url: `ws://127.0.0.1:${port}/` };
}

async function untilAlive(server: BenchProcess, url: string): Promise<void> {
  const endMs = performance.now() + startTimeoutMs;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok === true) return;
    if (!server.running || performance.now() > endMs) {
      throw new CliError('START_FAILED', `the server did not start; it wrote:\n${server.output}`);
    }
    await delay(pollMs);
  }
}
