export { VADDetector, type VADDetectorOptions } from '@parley/audio/vad';
export { openVad, type Vad } from './open-vad.ts';
