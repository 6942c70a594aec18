import type { BenchOptions } from './bench-options.ts';

/** What every session says, and how long it takes a tone worker to say it. */
export interface SpeechPlan {
  /** One sentence, short enough for one segment, so that one Synthesize call lasts the whole case. */
  readonly text: string;
  /** Milliseconds of audio the worker makes of it. */
  readonly durationMs: number;
  /** Time over which the sessions start to speak. */
  readonly rampMs: number;
}

/** From the last session's first frame to the steady window: compilers and buffers settle. */
export const warmUpMs: number = 2000;

const sentence = 'every session says this until the count is done.';
const rampMsPerSession = 5;
const shortestRampMs = 500;
/** Probing waits out each command twice, and starts its probes one after the other. */
const probeMs = 6000;
const probeMsEach = 40;
const marginMs = 10_000;

/** Plans a speech that outlasts ramp, warm-up, window and probes. */
export function planSpeech(options: BenchOptions, sessions: number): SpeechPlan {
  const rampMs = options.rampMs ?? Math.max(shortestRampMs, sessions * rampMsPerSession);
  const durationMs =
    rampMs + warmUpMs + options.seconds * 1000 + probeMs + options.controlSample * probeMsEach + marginMs;
  return { text: sentence, durationMs, rampMs };
}
