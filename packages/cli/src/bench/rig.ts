import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions } from './bench-options.ts';
import { LoadDriver } from './load-generator/load-driver.ts';
import { BenchProcesses } from './processes/bench-processes.ts';
import type { CorePlan } from './processes/cores.ts';
import { type MachineUsage, readMachineUsage } from './processes/machine-usage.ts';
import { type ProcessUsage, readProcessUsage } from './processes/process-usage.ts';
import type { SpeechPlan } from './speech-plan.ts';
import { startToneWorker } from './start-tone-worker.ts';
import { startTarget, type Target } from './targets.ts';

/** Which target, and how many clients. */
export interface RigOptions {
  readonly kind: 'server' | 'bare pipe';
  readonly sessions: number;
  readonly options: BenchOptions;
  readonly plan: SpeechPlan;
  readonly cores: CorePlan;
  /** Ends everything early; what waits then rejects. */
  readonly signal: AbortSignal;
  /** Told what is going on, in a few words. */
  readonly onProgress: (what: string) => void;
}

/** What every process has used so far; `undefined` for one that is not known. */
export interface RigUsage {
  readonly target: ProcessUsage | undefined;
  readonly worker: ProcessUsage | undefined;
  readonly generator: ProcessUsage;
  readonly machine: MachineUsage | undefined;
}

/** Target, worker and load generator, running, with all clients connected and silent. */
export interface Rig {
  readonly target: Target;
  readonly driver: LoadDriver;
  /** Of the target, before the first connection. */
  readonly atStart: ProcessUsage | undefined;
  /** Of the target, with every client connected. */
  readonly atIdle: ProcessUsage | undefined;
  usage(): Promise<RigUsage>;
}

const settleMs = 500;
const connectTimeoutMs = 30_000;
const connectMsEach = 5;

/** Builds a rig, hands it to `use`, and ends every process whatever came of it. */
export async function withRig<T>(options: RigOptions, use: (rig: Rig) => Promise<T>): Promise<T> {
  const { signal } = options;
  signal.throwIfAborted();
  await using processes = new BenchProcesses();
  const onAbort = (): void => void processes.close();
  signal.addEventListener('abort', onAbort);
  try {
    return await use(await build(options, processes));
  } catch (error) {
    // Ended processes fail in many ways; the reason why they were ended says more.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function build(rig: RigOptions, processes: BenchProcesses): Promise<Rig> {
  const { options, sessions, plan, cores, signal } = rig;
  rig.onProgress('starting');
  const url = rig.kind === 'server' ? options.url : undefined;
  const worker =
    url === undefined
      ? await startToneWorker(processes, { sessions, plan, leadMs: options.workerLeadMs, core: cores.worker })
      : undefined;
  const target: Target =
    worker === undefined || url !== undefined
      ? { name: url ?? '', url: url ?? '', process: undefined, commands: ['PAUSE', 'STOP'] }
      : await startTarget(processes, {
          kind: rig.kind,
          sessions,
          worker: worker.address,
          core: cores.target,
          cpuProfileDir: options.cpuProfileDir,
        });
  const driver = new LoadDriver(processes, cores.generator);
  const usageOfTarget = async (): Promise<ProcessUsage | undefined> =>
    target.process?.usage() ?? readProcessUsage(options.serverPid ?? 0);
  await delay(settleMs, undefined, { signal });
  const atStart = await usageOfTarget();

  rig.onProgress(`connecting ${sessions} clients`);
  const spec = {
    url: target.url,
    sessions,
    text: plan.text,
    rampMs: plan.rampMs,
    content: worker === undefined ? 'any' : 'counted',
    commands: target.commands,
    controlSample: options.controlSample,
  } as const;
  await driver.perform({ type: 'connect', spec }, connectTimeoutMs + sessions * connectMsEach);
  await delay(settleMs, undefined, { signal });
  return {
    target,
    driver,
    atStart,
    atIdle: await usageOfTarget(),
    async usage() {
      const [ofTarget, ofWorker, ofGenerator, machine] = await Promise.all([
        usageOfTarget(),
        worker?.process.usage(),
        driver.process.usage(),
        readMachineUsage(),
      ]);
      return { target: ofTarget, worker: ofWorker, generator: ofGenerator, machine };
    },
  };
}
