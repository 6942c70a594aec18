import { setTimeout as delay } from 'node:timers/promises';
import { LatencyHistogram } from '../load-generator/latency-histogram.ts';
import type { DuplexProbes } from './duplex-messages.ts';
import type { DuplexSession } from './duplex-session.ts';
import type { MicrophoneFrames } from './user-audio.ts';

/** Long enough for every frame that was on its way to arrive. */
const QUIET_MS = 300;
const RESUME_TIMEOUT_MS = 2000;
/** The voice, and the time to confirm it. */
const INTERRUPTION_MS = 2000;
/** From the first frame to a STOP: the lead has been sent. */
const SPEAKING_MS = 500;
/** Probes are this far apart, so that they meet the server at any phase of its frame clock. */
const SPACING_MS = 37;

/** Times PAUSE, then an interruption by voice, then STOP on the sessions of the sample, while the others go on. */
export async function probeDuplex(
  sample: readonly DuplexSession[],
  text: string,
  voice: MicrophoneFrames,
): Promise<DuplexProbes> {
  const pause = new LatencyHistogram();
  const stop = new LatencyHistogram();
  const onsetToLast = new LatencyHistogram();
  const decisionToLast = new LatencyHistogram();
  const decisionToHold = new LatencyHistogram();
  const onsetToClear = new LatencyHistogram();
  let missed = 0;
  let failedResumes = 0;

  await staggered(sample, async (session) => {
    await probeCommand(session, 'PAUSE', pause);
    if (!(await resumes(session))) failedResumes += 1;
  });
  await staggered(sample, async (session) => {
    const interruption = session.interrupt(voice);
    await delay(INTERRUPTION_MS);
    const { clearedMs, decidedMs, heldMs, lastFrameMs, onsetMs } = interruption;
    if (decidedMs === undefined || heldMs === undefined || clearedMs === undefined) {
      missed += 1;
      return;
    }
    onsetToLast.record(lastFrameMs - onsetMs);
    decisionToLast.record(lastFrameMs - decidedMs);
    decisionToHold.record(heldMs - decidedMs);
    onsetToClear.record(clearedMs - onsetMs);
  });
  await staggered(sample, async (session) => {
    const speaks = session.nextFrame();
    session.speak(text);
    await speaks;
    await delay(SPEAKING_MS);
    await probeCommand(session, 'STOP', stop);
  });
  return {
    pauseMs: pause.summary(),
    onsetToLastFrameMs: onsetToLast.summary(),
    decisionToLastFrameMs: decisionToLast.summary(),
    decisionToHoldMs: decisionToHold.summary(),
    onsetToClearMs: onsetToClear.summary(),
    stopMs: stop.summary(),
    missed,
    failedResumes,
  };
}

async function staggered(
  sessions: readonly DuplexSession[],
  act: (session: DuplexSession) => Promise<void>,
): Promise<void> {
  await Promise.all(
    sessions.map(async (session, index) => {
      await delay(index * SPACING_MS);
      await act(session);
    }),
  );
}

async function probeCommand(
  session: DuplexSession,
  command: 'PAUSE' | 'STOP',
  histogram: LatencyHistogram,
): Promise<void> {
  const sentMs = performance.now();
  session.control(command);
  await delay(QUIET_MS);
  histogram.record(session.lastFrameMs - sentMs);
}

async function resumes(session: DuplexSession): Promise<boolean> {
  const heard = session.nextFrame().then(() => true);
  session.control('RESUME');
  return await Promise.race([heard, delay(RESUME_TIMEOUT_MS, false, { ref: false })]);
}
