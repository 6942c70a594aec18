export { checkWritable } from './check-writable.ts';
export { type LateWavFileOptions, openLateWavFile } from './open-late-wav-file.ts';
export { openPcmPipe, type PcmPipeOptions } from './open-pcm-pipe.ts';
export { findPlayer, openPlayer, type OpenPlayerOptions } from './open-player.ts';
export { openWavFile, type WavFileOptions } from './open-wav-file.ts';
export { noPlayerAdvice, type Player, players } from './players.ts';
export { SPEECH_RATE_HZ, type SpeechOutput, type SpeechOutputEvents } from './speech-output.ts';
