import { judgeRecording, SpeechDetector, type VadEngine } from '@parley/audio/vad';
import { ASR_RATE_HZ, type AsrEngine, type AsrSegment } from './asr-engine.ts';

/** Options of {@link transcribeRecording}. Both engines stay the caller's. */
export interface TranscribeOptions {
  readonly engine: AsrEngine;
  /** Finds where somebody speaks. */
  readonly vad: VadEngine;
  /** BCP 47 or `auto`. */
  readonly language: string;
}

/** Kept before and after what was found to be speech, so that no sound is cut off. */
const MARGIN_MS = 300;
/** Silence that parts one piece of the transcript from the next. */
const PAUSE_MS = 500;
const SAMPLES_PER_MS = ASR_RATE_HZ / 1000;

/**
 * Transcribes a recording stretch by stretch, as it is spoken.
 *
 * @param samples s16 mono at 16 kHz
 * @throws AsrError when a stretch cannot be recognized
 */
export async function* transcribeRecording(
  samples: Int16Array,
  options: TranscribeOptions,
): AsyncGenerator<AsrSegment> {
  for (const { startMs, endMs } of await findSpeech(samples, options.vad)) {
    const fromMs = Math.max(0, startMs - MARGIN_MS);
    const stretch = samples.subarray(fromMs * SAMPLES_PER_MS, (endMs + MARGIN_MS) * SAMPLES_PER_MS);
    const text = await recognize(stretch, options);
    if (text !== '') yield { text, startMs, endMs };
  }
}

interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

async function findSpeech(samples: Int16Array, vad: VadEngine): Promise<readonly Stretch[]> {
  const stretches: Stretch[] = [];
  let startMs = 0;
  const detector = new SpeechDetector({
    minSilenceDurationMs: PAUSE_MS,
    onEvent: (event) => {
      if (event.kind === 'speech_started') startMs = Math.round(event.atMs);
      if (event.kind === 'speech_stopped') stretches.push({ startMs, endMs: Math.round(event.atMs) });
    },
  });
  for (const decision of await judgeRecording(vad, samples, { sampleRateHz: ASR_RATE_HZ })) {
    const { probability, levelDbfs, startSample, endSample } = decision;
    detector.update(probability, levelDbfs, startSample / SAMPLES_PER_MS, endSample / SAMPLES_PER_MS);
  }
  detector.finish();
  return stretches;
}

async function recognize(samples: Int16Array, { engine, language }: TranscribeOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const stream = engine.start({
    sampleRateHz: ASR_RATE_HZ,
    language,
    partials: false,
    onEvent: (event) => {
      if (event.kind === 'final') resolve(event.text);
      else if (event.kind === 'failed') reject(event.error);
    },
  });
  stream.push(samples);
  stream.end();
  return promise;
}
