import type { ControlResult, FrameCounts, WindowResult } from './load-generator/load-messages.ts';
import type { LatencySummary } from './load-generator/latency-histogram.ts';

/** Everything one `parley bench` run found; what `--json` writes and `parley bench report` reads. */
export interface BenchReport {
  /** Version of this format. */
  readonly version: 1;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The command line, from `parley` on. */
  readonly command: string;
  readonly machine: MachineInfo;
  /** Which process ran on which core. */
  readonly pinning: string;
  /** Length of each steady window, in seconds. */
  readonly seconds: number;
  /** How far the worker ran ahead of real time, in milliseconds. */
  readonly workerLeadMs: number;
  readonly cases: readonly BenchCase[];
  readonly idle: IdleCase | undefined;
  /** Whether every case lost, repeated or broke nothing, and met no error. */
  readonly sound: boolean;
}

/** Where a run took place. */
export interface MachineInfo {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Git commit of the checkout, `-dirty` when it has changes; `unknown` outside of one. */
  readonly commit: string;
  /** One-minute load average before the run: above 0.3 or so something else was running. */
  readonly loadAverage: number;
}

/** One session count, against the server and, in the same minute, against the bare pipe. */
export interface BenchCase {
  readonly sessions: number;
  readonly server: TargetResult;
  readonly barePipe: TargetResult | undefined;
}

/** What one target did under load. */
export interface TargetResult {
  readonly target: string;
  /** Frames the clients should have received in the window, were every one in time. */
  readonly expectedFrames: number;
  readonly window: WindowResult;
  readonly counts: FrameCounts;
  /** From sending the text to the first frame, over all sessions, while the others already speak. */
  readonly firstAudioMs: LatencySummary;
  readonly control: ControlResult | undefined;
  /** CPU time over the window, in percent of one core; `undefined` when the process is not known. */
  readonly targetCpuPercent: number | undefined;
  readonly workerCpuPercent: number | undefined;
  readonly generatorCpuPercent: number;
  readonly memory: TargetMemory | undefined;
  readonly disturbance: Disturbance | undefined;
}

/** What else went on during the window, in percent of one core: above a few, times are not to be trusted. */
export interface Disturbance {
  /** CPU of processes that are none of the benchmark's. */
  readonly othersCpuPercent: number;
  /** Time that the host of a virtual machine gave to something else. */
  readonly stolenPercent: number;
}

/** Resident memory of a target, in bytes. */
export interface TargetMemory {
  /** Before the first connection. */
  readonly startBytes: number;
  /** With every client connected and silent. */
  readonly idleBytes: number;
  /** At the end of the steady window. */
  readonly speakingBytes: number;
}

/** What silent connections weigh. */
export interface IdleCase {
  readonly connections: number;
  readonly serverBytesEach: number;
  readonly barePipeBytesEach: number | undefined;
}

/** CPU of one session in percent of a core. */
export function cpuPerSessionPercent(result: TargetResult, sessions: number): number | undefined {
  return result.targetCpuPercent === undefined ? undefined : result.targetCpuPercent / sessions;
}

/** CPU time of one delivered frame in microseconds: comparable also where a busy machine kept frames from coming. */
export function cpuPerFrameUs({ targetCpuPercent, window }: TargetResult): number | undefined {
  if (targetCpuPercent === undefined || window.frames === 0) return undefined;
  return (targetCpuPercent * 10 * window.durationMs) / window.frames;
}

/** Whether a target delivered every frame once, in order, with the right samples, and without an error. */
export function isSound(result: TargetResult): boolean {
  const { counts, control } = result;
  return (
    counts.frames > 0 &&
    counts.lost + counts.duplicates + counts.contentBreaks + counts.wrongSize === 0 &&
    counts.errors + counts.disconnects === 0 &&
    (control === undefined || control.leakedFrames + control.failedResumes === 0)
  );
}
