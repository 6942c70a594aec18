import type { VadEngine } from './vad-engine.ts';

/** One decision of {@link judgeRecording}; arguments as of `VadDecisionHandler`. */
export interface VadDecision {
  readonly probability: number;
  readonly levelDbfs: number;
  readonly startSample: number;
  readonly endSample: number;
}

/** Options of {@link judgeRecording}. */
export interface JudgeRecordingOptions {
  /** Rate of the recording, in Hz. */
  readonly sampleRateHz: number;
  /** Samples pushed at a time. Default 20 ms. */
  readonly chunkSamples?: number;
}

/** Far less than what makes an engine shed, far more than it needs to be kept busy. */
const MAX_PENDING = 8;

/**
 * Judges a whole recording as fast as the engine goes, never so fast that it sheds. What is left after the
 * last whole frame or window is not judged.
 */
export async function judgeRecording(
  engine: VadEngine,
  samples: Int16Array,
  options: JudgeRecordingOptions,
): Promise<VadDecision[]> {
  const { sampleRateHz, chunkSamples = sampleRateHz / 50 } = options;
  const decisions: VadDecision[] = [];
  let decided = Promise.withResolvers<void>();
  const stream = engine.createStream({
    sampleRateHz,
    onDecision(probability, levelDbfs, startSample, endSample) {
      decisions.push({ probability, levelDbfs, startSample, endSample });
      decided.resolve();
    },
  });
  const waitForAllBut = async (pending: number): Promise<void> => {
    while (stream.pendingDecisions > pending) {
      await decided.promise;
      decided = Promise.withResolvers();
    }
  };
  try {
    for (let at = 0; at < samples.length; at += chunkSamples) {
      stream.push(samples.subarray(at, at + chunkSamples));
      await waitForAllBut(MAX_PENDING);
    }
    await waitForAllBut(0);
  } finally {
    stream.close();
  }
  return decisions;
}
