import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { messageOf } from '../worker-error.ts';
import { runEmbeddedWorker } from './run-embedded.ts';
import { runStandaloneWorker } from './run-standalone.ts';
import { parseWorkerInput } from './worker-input.ts';
import { createWorkerLogger } from './worker-logger.ts';

// A worker as a process of its own: `node worker-process.ts '<WorkerInput as JSON>'`. Forked with an IPC
// channel it serves its parent, else it runs until a signal. Exit codes: 0 done, 1 failed, 2 wrong input.

async function main(): Promise<number> {
  const parsed = parseWorkerInput(parseJson(process.argv[2] ?? '{}'));
  if (parsed.kind === 'invalid') {
    process.stderr.write(`wrong worker options:\n${parsed.problems.map((line) => `  ${line}\n`).join('')}`);
    return 2;
  }
  const { input } = parsed;
  const logger = createWorkerLogger(input.logLevel, input.name ?? input.engine);
  if (process.send !== undefined) return runEmbeddedWorker(input, logger);
  try {
    return await runStandaloneWorker({ input, logger });
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

// What grpc-js would print itself reaches us as an error, told in better words.
setLogVerbosity(logVerbosity.NONE);
// What is left over must not keep the process: a stuck engine, a half-open socket.
process.exit(await main());
