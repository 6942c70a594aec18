import { setTimeout as sleep } from 'node:timers/promises';
import type { VadEngine, VadStream } from '@parley/audio/vad';
import { CORPUS_RATE_HZ } from '../turns/index.ts';
import { quantile } from './statistics.ts';

/** What judging streams in real time costs. */
export interface VadCost {
  /** CPU time of the process, all threads, for 20 ms of one stream, in microseconds. */
  readonly cpuUsPerFrame: number;
  /** From the push that completes a decision's audio until the decision is told, in ms. */
  readonly latencyMedianMs: number;
  readonly latencyP99Ms: number;
}

const FRAME_MS = 20;
const FRAME_SAMPLES = (CORPUS_RATE_HZ * FRAME_MS) / 1000;

/**
 * Sends 20 ms frames in real time over many streams, evenly spread, and measures. What the sending itself
 * costs is measured with an engine that does nothing, and taken off.
 */
export async function measureCost(
  engine: VadEngine,
  audio: Int16Array,
  streamCount: number,
  durationMs: number,
): Promise<VadCost> {
  const idle = await send(() => undefined, streamCount, durationMs / 2);
  const latencies: number[] = [];
  const pushedAt = new Float64Array(streamCount);
  const streams: VadStream[] = Array.from({ length: streamCount }, (_, index) =>
    engine.createStream({
      sampleRateHz: CORPUS_RATE_HZ,
      onDecision: () => latencies.push(performance.now() - (pushedAt[index] ?? 0)),
    }),
  );
  const frames = Math.floor(audio.length / FRAME_SAMPLES);
  const push = (index: number, turn: number): void => {
    // Streams are at different places of the audio, as sessions are.
    const at = ((turn + index * 37) % frames) * FRAME_SAMPLES;
    pushedAt[index] = performance.now();
    streams[index]?.push(audio.subarray(at, at + FRAME_SAMPLES));
  };
  try {
    await send(push, streamCount, 500);
    latencies.length = 0;
    const busy = await send(push, streamCount, durationMs);
    return {
      cpuUsPerFrame: Math.max(0, busy - idle),
      latencyMedianMs: quantile(latencies, 0.5) ?? 0,
      latencyP99Ms: quantile(latencies, 0.99) ?? 0,
    };
  } finally {
    for (const stream of streams) stream.close();
  }
}

/** Returns the CPU time for each push, in microseconds. */
async function send(
  push: (index: number, turn: number) => void,
  streamCount: number,
  durationMs: number,
): Promise<number> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const total = Math.ceil(durationMs / FRAME_MS) * streamCount;
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) / FRAME_MS) * streamCount) + 1);
    for (; sent < due; sent += 1) push(sent % streamCount, Math.floor(sent / streamCount));
    await sleep(streamCount > 1 ? 1 : FRAME_MS / 2);
  }
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / total;
}
