export { SILENCE_DBFS, dbFromGain, gainFromDb, levelDbfs } from './level.ts';
export {
  BYTES_PER_SAMPLE,
  DEFAULT_SAMPLE_RATE_HZ,
  FRAME_MS,
  bytesFromSamples,
  bytesPerFrame,
  durationMs,
  samplesFromBytes,
  samplesPerFrame,
} from './pcm-format.ts';
export { decodeMulaw, encodeMulaw, encodeMulawSample } from './mulaw.ts';
export { createReframer, type Reframer, type ReframerOptions } from './reframer.ts';
export {
  MAX_RESAMPLER_RATE_HZ,
  MIN_RESAMPLER_RATE_HZ,
  createResampler,
  loadResampler,
  type Resampler,
  type ResamplerFactory,
  type ResamplerOptions,
} from './resampler.ts';
export {
  WAV_HEADER_BYTES,
  WavError,
  parseWav,
  wavHeader,
  type WavAudio,
  type WavErrorCode,
  type WavHeaderOptions,
} from './wav.ts';
