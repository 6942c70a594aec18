export { playerPrograms, recorderPrograms, type AudioProgram } from './audio-programs.ts';
export type { PcmOutput } from './pcm-output.ts';
export { createPcmPlayer, type PcmPlayerOptions } from './pcm-player.ts';
export { openPlayerProgram, type PlayerProgramOptions } from './player-program.ts';
export { openProgramMicrophone, type ProgramMicrophoneOptions } from './program-microphone.ts';
export { WAV_HEADER_BYTES, parseWav, wavHeader, type WavSamples } from './wav-format.ts';
export { createWavMicrophone, type WavMicrophoneOptions } from './wav-microphone.ts';
export { openWavRecorder, type WavRecorder, type WavRecorderOptions } from './wav-recorder.ts';
