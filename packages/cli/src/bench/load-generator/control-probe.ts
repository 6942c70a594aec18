import { setTimeout as delay } from 'node:timers/promises';
import { LatencyHistogram } from './latency-histogram.ts';
import type { ControlResult, LoadSpec, ProbedCommand } from './load-messages.ts';
import type { LoadSession } from './load-session.ts';

/** Long enough for every frame that was on its way to arrive, also from a target that lags. */
const quietMs = 300;
const leakWatchMs = 200;
const resumeTimeoutMs = 2000;
/** Probes are this far apart, so that they meet the target at any phase of its frame clock. */
const spacingMs = 17;

/** Times the commands of `spec` on its sample of `sessions`, while the others go on speaking. */
export async function probeControls(
  spec: LoadSpec,
  sessions: readonly LoadSession[],
): Promise<ControlResult> {
  const sample = pickEvenly(sessions, spec.controlSample);
  const result = {
    pauseMs: undefined as ControlResult['pauseMs'],
    stopMs: undefined as ControlResult['stopMs'],
    leakedFrames: 0,
    failedResumes: 0,
  };
  for (const command of spec.commands) {
    const histogram = new LatencyHistogram();
    const probes = sample.map(async (session, index) => {
      await delay(index * spacingMs);
      result.leakedFrames += await probe(session, command, histogram);
      if (command === 'PAUSE' && !(await resumes(session))) result.failedResumes += 1;
    });
    await Promise.all(probes);
    if (command === 'PAUSE') result.pauseMs = histogram.summary();
    else result.stopMs = histogram.summary();
  }
  return result;
}

async function probe(
  session: LoadSession,
  command: ProbedCommand,
  histogram: LatencyHistogram,
): Promise<number> {
  const sentMs = performance.now();
  session.control(command);
  await delay(quietMs);
  histogram.record(session.lastFrameMs - sentMs);
  const before = session.frames;
  await delay(leakWatchMs);
  return session.frames - before;
}

async function resumes(session: LoadSession): Promise<boolean> {
  const heard = session.nextFrame().then(() => true);
  session.control('RESUME');
  return Promise.race([heard, delay(resumeTimeoutMs, false, { ref: false })]);
}

function pickEvenly<T>(all: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(all.length / Math.max(1, count)));
  return all.filter((_, index) => index % step === 0).slice(0, count);
}
