import { fileURLToPath } from 'node:url';
import type { BenchProcess } from './processes/bench-process.ts';
import type { BenchProcesses } from './processes/bench-processes.ts';
import { listeningPort } from './processes/listening.ts';
import type { SpeechPlan } from './speech-plan.ts';

/** A tone worker that takes calls. */
export interface ToneWorker {
  readonly process: BenchProcess;
  /** `host:port`. */
  readonly address: string;
}

/** How the worker is to speak, and for how many. */
export interface ToneWorkerRequest {
  readonly sessions: number;
  readonly plan: SpeechPlan;
  /** How far it runs ahead of real time, in milliseconds. */
  readonly leadMs: number;
  readonly core: number | undefined;
}

/** Starts a tone worker with counted samples among `processes`, which end it. */
export async function startToneWorker(
  processes: BenchProcesses,
  { sessions, plan, leadMs, core }: ToneWorkerRequest,
): Promise<ToneWorker> {
  const worker = processes.start({
    name: 'tone worker',
    script: fileURLToPath(new URL('tone-worker.ts', import.meta.url)),
    args: [String(sessions), String(plan.durationMs), String(leadMs)],
    ...(core === undefined ? {} : { core }),
  });
  const port = await worker.receive(listeningPort, 20_000);
  return { process: worker, address: `127.0.0.1:${port}` };
}
