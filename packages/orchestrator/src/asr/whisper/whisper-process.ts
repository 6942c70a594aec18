// The process that holds the runtime and one loaded model. A broken model file or too little audio ends it without
// a word, which is why it is a process of its own. It decodes one stretch of audio after the other.
import sherpa, { type OfflineRecognizerConfig } from 'sherpa-onnx-node';
import { ASR_RATE_HZ } from '../asr-engine.ts';
import { toWaveform } from './to-waveform.ts';
import type { WhisperCommand, WhisperInput, WhisperReport } from './whisper-messages.ts';

// Written by the parent, which is of the same version.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const input = JSON.parse(process.argv[2] ?? '') as WhisperInput;

function configFor(language: string): OfflineRecognizerConfig {
  return {
    featConfig: { sampleRate: ASR_RATE_HZ, featureDim: 80 },
    modelConfig: {
      whisper: { encoder: input.encoder, decoder: input.decoder, language, task: 'transcribe' },
      tokens: input.tokens,
      numThreads: input.threads,
      provider: input.provider,
    },
  };
}

function report(message: WhisperReport): void {
  process.send?.(message);
}

const recognizer = new sherpa.OfflineRecognizer(configFor(''));
let language = '';

function decode(command: WhisperCommand): void {
  if (command.language !== language) {
    ({ language } = command);
    recognizer.setConfig(configFor(language));
  }
  const stream = recognizer.createStream();
  stream.acceptWaveform({ samples: toWaveform(command.samples), sampleRate: ASR_RATE_HZ });
  recognizer.decode(stream);
  const { text, lang } = recognizer.getResult(stream);
  report({ type: 'text', id: command.id, text: text.trim(), language: lang });
}

process.on('message', (command: WhisperCommand) => {
  try {
    decode(command);
  } catch (error) {
    report({
      type: 'failed',
      id: command.id,
      message: error instanceof Error ? error.message : String(error),
    });
  }
});
// Whoever started it is gone, or wants it to end.
process.on('disconnect', () => process.exit());
// Keys pressed in a terminal are for the orchestrator, which ends its children when it has drained.
process.on('SIGINT', () => {});
report({ type: 'ready' });
