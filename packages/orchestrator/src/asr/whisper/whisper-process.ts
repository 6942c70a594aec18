// The process that holds the runtime and one loaded model. A broken model file or too little audio ends it without
// a word, which is why it is a process of its own. It decodes one stretch of audio after the other.
import sherpa from 'sherpa-onnx-node';
import { ASR_RATE_HZ } from '../asr-engine.ts';
import { recognizerConfig } from './recognizer-config.ts';
import { toWaveform } from './to-waveform.ts';
import type { WhisperCommand, WhisperInput, WhisperReport } from './whisper-messages.ts';

// Written by the parent, which is of the same version.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const input = JSON.parse(process.argv[2] ?? '') as WhisperInput;

function report(message: WhisperReport): void {
  process.send?.(message);
}

// Keys pressed in a terminal and signals to the process group are for the orchestrator, which ends its children when
// it has drained.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

const recognizer = new sherpa.OfflineRecognizer(recognizerConfig(input, ''));
let language = '';

function decode(command: WhisperCommand): void {
  if (command.language !== language) {
    ({ language } = command);
    recognizer.setConfig(recognizerConfig(input, language));
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
report({ type: 'ready' });
