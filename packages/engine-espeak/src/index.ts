export { createEspeak } from './espeak.ts';
export type { Espeak, EspeakOptions, EspeakRequest, EspeakSink } from './espeak.ts';
export { EspeakError } from './espeak-error.ts';
export type { EspeakErrorCode } from './espeak-error.ts';
export { espeakVariants, espeakVoices } from './espeak-voice.ts';
export type { EspeakVoice } from './espeak-voice.ts';
export type { EspeakMark } from './word-marks.ts';
