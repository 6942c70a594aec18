import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions } from '../bench-options.ts';
import { cpuPercent, disturbanceOf } from '../measure-target.ts';
import { BenchProcesses } from '../processes/bench-processes.ts';
import type { CorePlan } from '../processes/cores.ts';
import { readMachineUsage } from '../processes/machine-usage.ts';
import type { RigUsage } from '../rig.ts';
import { planSpeech, warmUpMs } from '../speech-plan.ts';
import { startServer } from '../start-server.ts';
import { startToneWorker } from '../start-tone-worker.ts';
import { DuplexDriver } from './duplex-driver.ts';
import type { DuplexCase, DuplexEngine } from './duplex-report.ts';

/** One case to measure. */
export interface DuplexRequest {
  readonly sessions: number;
  readonly engine: DuplexEngine;
  readonly options: BenchOptions;
  readonly cores: CorePlan;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Told what is going on. */
  readonly onProgress: (what: string) => void;
}

const replyTimeoutMs = 30_000;
/** Three probes, each of them waited out, one after the other. */
const probeTimeoutMs = 60_000;
const probeMs = 8000;
const probeMsEach = 120;
const connectMsEach = 10;

/** Lets every session hear and be heard, and measures the server meanwhile. Ends every process it started. */
export async function measureDuplex(request: DuplexRequest): Promise<DuplexCase> {
  const { signal } = request;
  signal.throwIfAborted();
  await using processes = new BenchProcesses();
  const onAbort = (): void => void processes.close();
  signal.addEventListener('abort', onAbort);
  try {
    return await measure(processes, request);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function measure(
  processes: BenchProcesses,
  { cores, engine, onProgress, options, sessions, signal }: DuplexRequest,
): Promise<DuplexCase> {
  onProgress('starting');
  const speech = planSpeech(options, sessions);
  const plan = { ...speech, durationMs: speech.durationMs + probeMs + options.controlSample * probeMsEach };
  const worker = await startToneWorker(processes, {
    sessions,
    plan,
    leadMs: options.workerLeadMs,
    core: cores.worker,
  });
  const server = await startServer(processes, {
    kind: 'server',
    sessions,
    worker: worker.address,
    core: cores.target,
    settings: { 'vad.engine': engine },
    cpuProfileDir: options.cpuProfileDir,
  });
  const driver = await DuplexDriver.start(processes, cores.generator);
  const usage = async (): Promise<RigUsage> => {
    const [target, ofWorker, generator, machine] = await Promise.all([
      server.process.usage(),
      worker.process.usage(),
      driver.process.usage(),
      readMachineUsage(),
    ]);
    return { target, worker: ofWorker, generator, machine };
  };
  onProgress(`${sessions} sessions begin`);
  const spec = {
    url: server.url,
    sessions,
    text: plan.text,
    rampMs: plan.rampMs,
    sample: options.controlSample,
  };
  await driver.perform({ type: 'converse', spec }, plan.rampMs + replyTimeoutMs + sessions * connectMsEach);
  await delay(warmUpMs, undefined, { signal });

  onProgress(`measuring for ${options.seconds} s`);
  await driver.perform({ type: 'openWindow' }, replyTimeoutMs);
  const beganMs = performance.now();
  const before = await usage();
  await delay(options.seconds * 1000, undefined, { signal });
  const after = await usage();
  const tookMs = performance.now() - beganMs;
  const { window } = await driver.perform({ type: 'closeWindow' }, replyTimeoutMs);

  onProgress('timing PAUSE, interruptions and STOP');
  const { probes } = await driver.perform({ type: 'probe' }, probeTimeoutMs);
  const { counts } = await driver.perform({ type: 'finish' }, replyTimeoutMs);
  return {
    sessions,
    engine,
    window,
    counts,
    probes,
    serverCpuPercent: cpuPercent(before.target, after.target, tookMs),
    workerCpuPercent: cpuPercent(before.worker, after.worker, tookMs),
    generatorCpuPercent: cpuPercent(before.generator, after.generator, tookMs),
    disturbance: disturbanceOf(before, after, tookMs),
  };
}
