export { loadWhisperModel, type LoadWhisperModelOptions, type WhisperModel } from './whisper-model.ts';
export { startWhisper, type WhisperOptions, type WhisperRecognizer } from './whisper-recognizer.ts';
