import { setTimeout as wait } from 'node:timers/promises';
import type { TurnClip } from '../../turns/index.ts';
import { InterruptedSession } from './interrupted-session.ts';

/** What the system did while a clip was its user's microphone. Times are ms of the clip. */
export interface ClipOutcome {
  readonly clip: TurnClip;
  /** Each time speech was held, and when the last frame before that came. */
  readonly holds: readonly { readonly atMs: number; readonly lastFrameMs: number }[];
  /** Each time speech was dropped for good. */
  readonly interruptionsMs: readonly number[];
  /** Frames that came while speech was held. */
  readonly framesWhileHeld: number;
}

const FRAME_MS = 20;
const FRAME_SAMPLES = 320;

/** Plays a clip into the microphone of a session in real time, while the system speaks. */
export async function playClip(url: string, clip: TurnClip): Promise<ClipOutcome> {
  const session = await InterruptedSession.open(url);
  const startMs = performance.now();
  for (let frame = 0; frame * FRAME_SAMPLES < clip.samples.length; frame += 1) {
    // A frame is there when its last sample was spoken.
    const delayMs = startMs + (frame + 1) * FRAME_MS - performance.now();
    if (delayMs > 0) await wait(delayMs);
    session.hear(clip.samples.slice(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES));
  }
  const { holds, clearsMs, framesWhileHeld } = session.log;
  await session.close();
  return {
    clip,
    holds: holds.map(({ atMs, lastFrameMs }) => ({
      atMs: atMs - startMs,
      lastFrameMs: lastFrameMs - startMs,
    })),
    interruptionsMs: clearsMs.map((atMs) => atMs - startMs),
    framesWhileHeld,
  };
}
