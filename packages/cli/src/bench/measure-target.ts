import { setTimeout as delay } from 'node:timers/promises';
import type { Disturbance, TargetMemory, TargetResult } from './bench-report.ts';
import type { ProcessUsage } from './processes/process-usage.ts';
import { type Rig, type RigOptions, type RigUsage, withRig } from './rig.ts';
import { warmUpMs } from './speech-plan.ts';

const replyTimeoutMs = 30_000;

/** Lets every session speak, and measures target, worker and load generator meanwhile. */
export async function measureTarget(options: RigOptions): Promise<TargetResult> {
  return withRig(options, (rig) => measure(rig, options));
}

async function measure(
  rig: Rig,
  { options, sessions, plan, signal, onProgress }: RigOptions,
): Promise<TargetResult> {
  const { driver, target } = rig;
  onProgress(`${sessions} sessions begin to speak`);
  const { firstAudioMs } = await driver.perform({ type: 'speak' }, plan.rampMs + replyTimeoutMs);
  await delay(warmUpMs, undefined, { signal });

  onProgress(`${sessions} sessions speak; measuring for ${options.seconds} s`);
  await driver.perform({ type: 'openWindow' }, replyTimeoutMs);
  const beganMs = performance.now();
  const before = await rig.usage();
  await delay(options.seconds * 1000, undefined, { signal });
  const after = await rig.usage();
  const tookMs = performance.now() - beganMs;
  const { window } = await driver.perform({ type: 'closeWindow' }, replyTimeoutMs);

  const probing = options.controlSample > 0;
  if (probing) onProgress(`timing ${target.commands.join(' and ')}`);
  const probe = probing ? await driver.perform({ type: 'probe' }, replyTimeoutMs) : undefined;
  const { counts } = await driver.perform({ type: 'finish' }, replyTimeoutMs);

  return {
    target: target.name,
    expectedFrames: Math.round((sessions * window.durationMs) / 20),
    window,
    counts,
    firstAudioMs,
    control: probe?.control,
    targetCpuPercent: cpuPercent(before.target, after.target, tookMs),
    workerCpuPercent: cpuPercent(before.worker, after.worker, tookMs),
    generatorCpuPercent: cpuPercent(before.generator, after.generator, tookMs) ?? 0,
    memory: memoryOf(rig, after.target),
    disturbance: disturbanceOf(before, after, tookMs),
  };
}

/** CPU time between two readings, in percent of one core. */
export function cpuPercent(
  before: ProcessUsage | undefined,
  after: ProcessUsage | undefined,
  tookMs: number,
): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  return ((after.cpuSeconds - before.cpuSeconds) * 100_000) / tookMs;
}

/** What else the machine did between two readings. */
export function disturbanceOf(before: RigUsage, after: RigUsage, tookMs: number): Disturbance | undefined {
  if (before.machine === undefined || after.machine === undefined) return undefined;
  const own = [
    cpuPercent(before.target, after.target, tookMs),
    cpuPercent(before.worker, after.worker, tookMs),
    cpuPercent(before.generator, after.generator, tookMs),
  ].reduce<number>((sum, percent) => sum + (percent ?? 0), 0);
  const all = ((after.machine.busySeconds - before.machine.busySeconds) * 100_000) / tookMs;
  const stolen = ((after.machine.stolenSeconds - before.machine.stolenSeconds) * 100_000) / tookMs;
  return { othersCpuPercent: Math.max(0, all - own), stolenPercent: stolen };
}

function memoryOf({ atStart, atIdle }: Rig, speaking: ProcessUsage | undefined): TargetMemory | undefined {
  if (atStart === undefined || atIdle === undefined || speaking === undefined) return undefined;
  return { startBytes: atStart.rssBytes, idleBytes: atIdle.rssBytes, speakingBytes: speaking.rssBytes };
}
