import type { OfflineRecognizerConfig } from 'sherpa-onnx-node';
import { ASR_RATE_HZ } from '../asr-engine.ts';
import type { WhisperInput } from './whisper-messages.ts';

/** What the runtime is told of a model; the language is Whisper's code, empty to detect it. */
export function recognizerConfig(input: WhisperInput, language: string): OfflineRecognizerConfig {
  const { decoder, encoder, melBins, provider, threads, tokens } = input;
  return {
    featConfig: { sampleRate: ASR_RATE_HZ, featureDim: melBins },
    modelConfig: {
      whisper: { encoder, decoder, language, task: 'transcribe' },
      tokens,
      numThreads: threads,
      provider,
    },
  };
}
